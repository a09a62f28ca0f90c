# SPDX-License-Identifier: MIT
# bustd.  For people: CC, CROSS_COMPILE, ARCH, CFLAGS, LDFLAGS, STATIC, SMALL_C,
# CONFIG, O, DESTDIR, PREFIX, SBINDIR, MANDIR.  CFLAGS and LDFLAGS carry nothing
# that the build needs, so that a packager's own may replace them.

VERSION = 0.1.0

# musl-gcc is what bustd is made for; any C11 compiler builds it.  ARCH=arm64
# and so on fetch a cross compiler first, unless CC says which one to take: some
# build systems set ARCH for every package.
ifeq ($(origin CC),default)
ifneq ($(ARCH),)
ifneq ($(shell qemu/toolchain $(ARCH) >&2 && echo ready),ready)
$(error qemu/toolchain $(ARCH) failed: see above)
endif
CC = $(CURDIR)/build/toolchain/bin/$(ARCH)-musl-gcc
STRIP ?= $(CURDIR)/build/toolchain/bin/$(ARCH)-musl-strip
# A quarter less code. OpenWrt does so too, where the core has MIPS16e: those of
# most routers do, Broadcom's and Ingenic's don't (CFLAGS='-Oz -mno-mips16').
BOARD_CFLAGS = $(if $(filter mips%,$(ARCH)),-mips16)
# Some bytes less there, more on the others.
BOARD_CFLAGS += $(if $(filter x86_64,$(ARCH)),-fno-if-conversion \
	-minline-all-stringops)
BOARD_CFLAGS += $(if $(filter x86_64 armhf armel,$(ARCH)),-fno-caller-saves)
BOARD_CFLAGS += $(if $(filter arm64,$(ARCH)),-fno-shrink-wrap)
BOARD_CFLAGS += $(if $(filter i386,$(ARCH)),-fno-inline-functions-called-once)
else ifneq ($(CROSS_COMPILE),)
CC = $(CROSS_COMPILE)gcc
STRIP ?= $(CROSS_COMPILE)strip
else
CC = musl-gcc
endif
endif
STRIP ?= strip

comma = ,
# Does the compiler take this flag?
try = $(shell $(CC) $(1) -Werror -c -o /dev/null -x c /dev/null \
	>/dev/null 2>&1 && echo '$(1)')

CFLAGS ?= $(or $(call try,-Oz),-Os)
LDFLAGS ?=
STATIC = 1
CONFIG =
O = .

PREFIX = /usr/local
SBINDIR = $(PREFIX)/sbin
MANDIR = $(PREFIX)/share/man
DESTDIR =

# Smaller, where the compiler knows it: no unwind tables, sections that the
# linker may drop, no vector registers for a variadic function, nor their number
# in rax.  No section for each variable: those of one section are reached from
# one anchor.  arm64 finds what is within 1 MB by one instruction (tiny).  No
# memmove for our own loops.
SMALL_CFLAGS := $(foreach flag,-ffunction-sections \
	-fno-asynchronous-unwind-tables -fno-unwind-tables -fno-ident \
	-fno-tree-switch-conversion -fno-tree-dominator-opts -fno-tree-pta \
	-fno-tree-vrp -fno-partial-inlining -fno-tree-fre \
	-fno-tree-tail-merge -fno-tree-forwprop -fno-move-loop-invariants \
	-fno-guess-branch-probability -fomit-frame-pointer \
	-fno-tree-loop-distribute-patterns -mgeneral-regs-only \
	-mskip-rax-setup -malign-data=abi -mcmodel=tiny,$(call try,$(flag)))
SMALL_LDFLAGS = -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,norelro \
	-Wl,-z,noseparate-code -Wl,-z,common-page-size=64

ALL_CFLAGS = -std=c11 -Wall -Wextra -Wvla $(SMALL_CFLAGS) \
	-ffile-prefix-map=$(CURDIR)=. $(BOARD_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(SMALL_LDFLAGS) $(LDFLAGS)
ifeq ($(STATIC),1)
ALL_CFLAGS += -fno-pie
ALL_LDFLAGS += -static -no-pie
endif
ifneq ($(CONFIG),)
# config.h guards each option, so what a board sets before it stays.
ALL_CFLAGS += -include $(abspath $(CONFIG))
endif

# tools/small.c is taken where it links, along with what bustd.c takes from
# libc.a; it says itself which boards and flags it isn't for.  SMALL_C= leaves it
# out.  In a folder of its own, for some flags make gcc write more files.
ifeq ($(STATIC),1)
SMALL_C := $(shell dir=$$(mktemp -d) && \
	echo 'int main(void) { return 0; }' | \
	$(CC) $(ALL_CFLAGS) -fno-lto $(ALL_LDFLAGS) \
	$(addprefix -Wl$(comma)-u$(comma),syscall getpid pread) \
	-o "$$dir/try" tools/small.c -x c - \
	2>/dev/null && echo tools/small.c; rm -rf "$$dir")
# its functions are called by another prototype than they have
ALL_CFLAGS += $(if $(SMALL_C),-fno-lto)
endif

all: $(O)/bustd $(O)/mem-eater

# What the last build was made with: another CC, CONFIG or CFLAGS rebuilds.
FLAGS_NOW = $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(SMALL_C)
$(O)/.flags: FORCE
	@mkdir -p $(O)
	@echo '$(FLAGS_NOW)' | cmp -s - $@ || echo '$(FLAGS_NOW)' >$@

$(O)/bustd: bustd.c config.h $(SMALL_C) $(CONFIG) $(O)/.flags
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ bustd.c $(SMALL_C)

$(O)/mem-eater: tools/mem-eater.c $(O)/.flags
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ tools/mem-eater.c

install: $(O)/bustd
	install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(MANDIR)/man8
	install -m 755 $(O)/bustd $(DESTDIR)$(SBINDIR)/bustd
	install -m 644 bustd.8 $(DESTDIR)$(MANDIR)/man8/bustd.8

uninstall:
	rm -f $(DESTDIR)$(SBINDIR)/bustd $(DESTDIR)$(MANDIR)/man8/bustd.8

# Boots a kernel, lets a process eat its memory, shows the kill.
demo:
	test/setup demo
	$(MAKE) all
	qemu/demo

# All that proves bustd in under 20 minutes.
check:
	test/setup check
	$(MAKE) all
	$(MAKE) check-static check-unit check-guest check-bench

check-static: all
	test/lint
	test/doc
	test/invariants
	test/config-matrix
	test/flags
	test/mem-eater
	test/daemon

check-unit:
	test/unit
	test/fuzz/replay

check-guest: all
	qemu/check

# The deciding scenarios of bench: fails where one is lost.
check-bench: all
	qemu/bench-check

# Beside the kernel alone, earlyoom and nohang; some hours.
bench: all
	test/setup bench
	qemu/bench
	qemu/bench -m 112,256,1024,8192 -w none -p 1 -n 1 -o idle idle
	qemu/bench -m 256 -w none -p 1 -o latency latency-100 latency-1000
	qemu/bench -m 1536 -w none -p 1 -o latency latency-5000
	qemu/bench -m 256 -w none -p 1 -o scan -d bustd scan-100 scan-1000
	qemu/bench -m 1536 -w none -p 1 -o scan -d bustd scan-5000
	qemu/bench -m 256 -w zram -p 1 -n 10 -o livelock -d earlyoom,bustd \
	    livelock-1 livelock-2 livelock-3 livelock-4 livelock-5
	for name in bench idle latency scan livelock; do \
	    qemu/bench-report $$name; done

# An hour of guest time each, in which nobody may die: random reads of more than
# RAM, and streaming, from a slow disk, which costs least to emulate.
HOUR = disk_us=10000 warm=1 peace_ms=3600000 every=1000
bench-hour: all
	test/setup bench
	qemu/bench -m 256 -w none -p 1 -n 1 -d bustd -o hour -k '$(HOUR)' \
	    cache benign
	qemu/bench-report hour

# What the values of an option are worth: build/bench/with-OPTION.md.
bench-with:
	test/setup bench
	qemu/bench-with FILL_RATE 50 100 200 400 800 -- burst idle
	qemu/bench-with -w none,zram RT_PRIORITY 0 1 -- hang stub storm
	qemu/bench-with -w none,zram PR_SET_IO_FLUSHER 0 1 -- hang stub
	qemu/bench-with -w none,zram process_mrelease 0 1 -- hang stub
	qemu/bench-with -w none,zram CUTOFF_PSI 10 25 50 -- hang med thrash
	qemu/bench-with -w none,zram STALL_WINDOW_MS 500 1000 2000 -- hang
	qemu/bench-with -w none,zram STALL_AVAILABLE 10 15 25 -- hang slow
	qemu/bench-with -c -DKILL_FLOOR=1 AVAILABLE_FLOOR 2 4 8 -- slow stub \
	    burst
	qemu/bench-with KILL_FLOOR 0 2 4 -- slow stub
	qemu/bench-with -m 112 -n 48 -p 0 -w zram SWAP_FLOOR 20 25 30 -- storm
	qemu/bench-with -w none,zram GRACE_MS 0 500 2000 -- slow stub

# Longer, or with more downloads.
check-boards:
	qemu/boards

check-openwrt:
	qemu/boards openwrt

check-packages: all
	packaging/check

check-compilers:
	test/compilers

# Failing system calls, poor surroundings, hostile processes.
check-hard: all
	qemu/check -w -s qemu/scenarios-hard
	qemu/faults -q

# A thousand out-of-memory events in one boot, ten thousand eaters whose pid is
# another's in the moment of the kill.
soak: all
	qemu/soak

check-all: check check-compilers check-hard check-packages check-boards

fuzz:
	test/setup fuzz
	test/fuzz/run

release:
	qemu/release

# The biggest symbols, and the file against its limit (test/size).
size: $(O)/bustd
	STRIP='$(STRIP)' NM='$(STRIP:strip=nm)' \
	    test/size -a $(or $(ARCH),native) $(O)/bustd

clean:
	rm -f bustd mem-eater .flags

FORCE:
.PHONY: all install uninstall demo check check-static check-unit check-guest \
	check-bench bench bench-hour bench-with \
	check-boards check-openwrt check-packages check-compilers check-hard \
	check-all soak \
	fuzz release size clean FORCE
