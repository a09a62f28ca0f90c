# SPDX-License-Identifier: MIT
#
# `make help` lists the targets.  CC, CROSS_COMPILE, ARCH, CPPFLAGS, CFLAGS,
# LDFLAGS, STATIC, CONFIG, O, DESTDIR, PREFIX, SBINDIR and MANDIR are yours.
# The flags hold nothing that the build needs, and come last, so that what a
# packager asks for is what the compiler does.

VERSION = 0.2.0

PREFIX = /usr/local
SBINDIR = $(PREFIX)/sbin
MANDIR = $(PREFIX)/share/man
STATIC = 1
O = .

# ARCH=arm64 and so on fetches a cross compiler with musl, unless CC names one:
# some build systems set ARCH for every package.
ifeq ($(origin CC),default)
ifneq ($(ARCH),)
TOOLCHAIN = toolchain
TOOLS = $(CURDIR)/build/toolchain/bin/$(ARCH)-musl-
CC = $(TOOLS)gcc
else ifneq ($(CROSS_COMPILE),)
TOOLS = $(CROSS_COMPILE)
CC = $(TOOLS)gcc
else
CC = musl-gcc
endif
endif
STRIP ?= $(TOOLS)strip
NM ?= $(TOOLS)nm

CFLAGS ?= -Os
# No tables to unwind the stack by (2 to 8 KB).  The linker drops what nobody
# calls in libc.a; sections for our own functions would cost 500 bytes on ARM.
ALL_CFLAGS = -std=c11 -Wall -Wextra -Wvla -fno-asynchronous-unwind-tables \
	-fno-unwind-tables -ffile-prefix-map=$(CURDIR)=. $(STATIC_CFLAGS) \
	$(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = -Wl,--gc-sections $(STATIC_LDFLAGS) $(LDFLAGS)

ifeq ($(STATIC),1)
# No padding to whole pages: 4 KB on x86-64, 6 on i386, 45 on arm64, for the 48
# bytes that relro would protect in a static program.  Only where LDFLAGS aren't
# set: who asks for hardening, or for the linker's defaults (LDFLAGS=), gets it.
LDFLAGS ?= -Wl,-z,noseparate-code -Wl,-z,norelro
# At a fixed address, unless the flags want it otherwise.
ifeq ($(filter -pie -static-pie,$(CFLAGS) $(LDFLAGS)),)
STATIC_CFLAGS = -fno-pie
STATIC_LDFLAGS = -static
endif
endif
ifneq ($(CONFIG),)
# config.h guards each option, so what a board sets before it stays.
ALL_CFLAGS += -include $(abspath $(CONFIG))
endif

all: $(O)/bustd $(O)/mem-eater ## bustd and mem-eater

# What the last build was made with: another CC, CONFIG or CFLAGS rebuilds.
FLAGS_NOW = $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)
$(O)/.flags: FORCE
	@mkdir -p $(O)
	@echo '$(FLAGS_NOW)' | cmp -s - $@ || echo '$(FLAGS_NOW)' >$@

$(O)/bustd: bustd.c config.h $(CONFIG) $(O)/.flags | $(TOOLCHAIN)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ bustd.c

# record writes what bustd senses, for a bug report.
$(O)/mem-eater: bustd.c config.h
$(O)/mem-eater $(O)/record: $(O)/%: tools/%.c $(O)/.flags | $(TOOLCHAIN)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $<

toolchain: ; qemu/toolchain $(ARCH)

install: $(O)/bustd ## bustd and its manual, below DESTDIR
	install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(MANDIR)/man8
	install -m 755 $(O)/bustd $(DESTDIR)$(SBINDIR)/bustd
	install -m 644 bustd.8 $(DESTDIR)$(MANDIR)/man8/bustd.8
uninstall: ## removes them
	rm -f $(DESTDIR)$(SBINDIR)/bustd $(DESTDIR)$(MANDIR)/man8/bustd.8
size: $(O)/bustd ## the biggest symbols, and the file against its limit
	STRIP='$(STRIP)' NM='$(NM)' test/size $(O)/bustd
clean: ## removes what was built here, but not build/
	rm -f $(O)/bustd $(O)/mem-eater $(O)/record $(O)/.flags
demo: ## boots a kernel, lets a process eat its memory, shows the kill
	test/setup demo
	$(MAKE) all
	qemu/demo
check: ## all that proves bustd in under 20 minutes
	test/setup check
	$(MAKE) all
	$(MAKE) check-static check-unit check-guest check-bench check-quick
check-static: all ## the tests that need no guest
	test/check lint doc invariants config-matrix distro-flags flags \
	    mem-eater daemon
check-unit: ## the unit tests, the traces, the fuzzers' corpus
	test/check unit record replay cases fuzz/replay
check-guest: all ## the scenarios, in QEMU
	qemu/check
	qemu/check -w -a -K 6.12
check-bench: all ## the scenarios of the bench that decide: fails if one is lost
	qemu/bench-check
check-quick: all ## the cases of the world that are quick
	qemu/check-cases -q
check-cases: all ## all cases of the world, beside the kernel alone
	qemu/check-cases
check-cases-32: ## the same on 32 bits: armhf and mipsel
	qemu/check-cases -A armhf
	qemu/check-cases -A mipsel
check-kernels: all ## scenarios and bench on each kernel, MGLRU on and off
	qemu/check-kernels
check-real: all ## real programs, on one CPU and more: days, or QUICK=1
	qemu/real/suite $(if $(QUICK),-q)
check-hard: all ## failing system calls, poor surroundings, hostile processes
	qemu/check -w -s qemu/scenarios-hard
	qemu/faults -q
check-boards: ## each architecture, built and booted
	qemu/boards
check-openwrt: ## a kernel as OpenWrt configures it
	qemu/boards openwrt
check-packages: all ## the recipes of packaging/
	packaging/check
check-compilers: ## compilers, libcs and flags
	test/compilers
check-all: ## all but check-real
	$(MAKE) check check-cases check-cases-32 check-kernels \
	    check-compilers check-hard check-packages check-boards
mutants: ## changes each number and operator of the rules: what notices?
	test/mutants
bench: all ## beside the kernel alone, earlyoom and nohang; some hours
	qemu/bench-all
bench-hour: all ## an hour of reading in which nobody may die
	qemu/bench-hour
bench-with: ## what the values of the options are worth
	qemu/bench-options
soak: all ## a thousand out-of-memory events in one boot
	qemu/soak
fuzz: ## the parsers, by libFuzzer
	test/fuzz/run
release: ## stripped binaries for each architecture, and the source
	qemu/release

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1	\2/p' Makefile | expand -t 18

.PHONY: all toolchain install uninstall size clean demo check check-static \
	check-unit check-guest check-bench check-quick check-cases \
	check-cases-32 check-kernels check-real check-hard check-boards \
	check-openwrt check-packages check-compilers check-all mutants bench \
	bench-hour bench-with soak fuzz release help FORCE
