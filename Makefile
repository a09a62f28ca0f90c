# SPDX-License-Identifier: MIT
# bustd.  For people: CC, CROSS_COMPILE, ARCH, CFLAGS, LDFLAGS, STATIC, CONFIG,
# O, DESTDIR, PREFIX, SBINDIR, MANDIR.  CFLAGS and LDFLAGS carry nothing that
# the build needs, so that a packager's own may replace them.

VERSION = 0.1.0

# musl-gcc is what bustd is made for; any C11 compiler builds it.
# ARCH=arm64 and so on fetch a cross compiler first (qemu/toolchain).
ARCH =
CROSS_COMPILE =
ifneq ($(ARCH),)
CC = build/toolchain/bin/$(ARCH)-musl-gcc
STRIP = build/toolchain/bin/$(ARCH)-strip
else ifneq ($(CROSS_COMPILE),)
CC = $(CROSS_COMPILE)gcc
STRIP = $(CROSS_COMPILE)strip
else ifeq ($(origin CC),default)
CC = musl-gcc
endif
STRIP ?= strip

LDFLAGS =
STATIC = 1
CONFIG =
O = .

PREFIX = /usr/local
SBINDIR = $(PREFIX)/sbin
MANDIR = $(PREFIX)/share/man
DESTDIR =

# Smaller, and only where the compiler knows it: no unwind tables, sections
# that the linker may drop, and no vector registers for a variadic function.
try = $(shell $(CC) $(1) -Werror -c -o /dev/null -x c /dev/null 2>&1 && \
	echo '$(1)')
CFLAGS = $(if $(call try,-Oz),-Oz,-Os)
SMALL_CFLAGS := $(foreach flag,-ffunction-sections -fdata-sections \
	-fno-asynchronous-unwind-tables -fno-unwind-tables -fno-ident \
	-fno-tree-switch-conversion -mgeneral-regs-only,$(call try,$(flag)))
SMALL_LDFLAGS = -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,norelro \
	-Wl,-z,noseparate-code -Wl,-z,common-page-size=512

ALL_CFLAGS = -std=c11 -Wall -Wextra -Wvla $(SMALL_CFLAGS) \
	-ffile-prefix-map=$(CURDIR)=. $(CFLAGS)
ALL_LDFLAGS = $(SMALL_LDFLAGS) $(LDFLAGS)
ifeq ($(STATIC),1)
ALL_CFLAGS += -fno-pie
ALL_LDFLAGS += -static -no-pie
endif
ifneq ($(CONFIG),)
# config.h guards each option, so what a board sets before it stays.
ALL_CFLAGS += -include $(abspath $(CONFIG))
endif

all: $(O)/bustd $(O)/mem-eater

# What the last build was made with: another CC, CONFIG or CFLAGS rebuilds.
$(O)/.flags: FORCE
	@mkdir -p $(O)
	@echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' >$@

$(O)/bustd: bustd.c config.h $(CONFIG) $(O)/.flags | $(if $(ARCH),toolchain)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ bustd.c

$(O)/mem-eater: tools/mem-eater.c $(O)/.flags | $(if $(ARCH),toolchain)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ tools/mem-eater.c

toolchain:
	qemu/toolchain $(ARCH)

install: $(O)/bustd
	install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(MANDIR)/man8
	install -m 755 $(O)/bustd $(DESTDIR)$(SBINDIR)/bustd
	install -m 644 bustd.8 $(DESTDIR)$(MANDIR)/man8/bustd.8

uninstall:
	rm -f $(DESTDIR)$(SBINDIR)/bustd $(DESTDIR)$(MANDIR)/man8/bustd.8

# Set-up: names or installs the Debian packages that a target needs.
setup:
	test/setup

demo: setup
	$(MAKE) O=build/x86_64 all
	qemu/demo

clean:
	rm -f bustd mem-eater .flags tools/mem-eater
	rm -rf build/x86_64

FORCE:
.PHONY: all toolchain install uninstall setup demo clean FORCE
