# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # used, or set, elsewhere
# A guest to test an init system or an initramfs in: sourced, after lib.sh.

boots=0
guest_of=${0##*/}

# guest_ready WHAT: a kernel, and the sandbox with what was built
guest_ready() {
	have qemu-system-x86_64 || {
		skip "$1: apt-get install qemu-system-x86"
		return 1
	}
	sandbox true
	kernel=$(echo "$root"/boot/vmlinuz-*)
	release=${kernel##*/vmlinuz-}
	cp bustd "$root/usr/sbin/bustd"
	cp mem-eater "$root/usr/bin/mem-eater"
}

# talk WHAT INITRD CMDLINE [DISK] <DIALOGUE
talk() {
	what=$1
	shift
	boots=$((boots + 1))
	log=$work/$guest_of-$boots.log
	echo "booting: $what"
	try "$what" "$pk/boot" "$log" 600 "$kernel" "$@"
}

# Steps once a shell is there: an eater, and a bystander beside it.
# Their pidof differ in what they find.
running='send running() { cat /proc/[0-9]*/comm 2>/dev/null | grep -c "^$1\$"; }'
eater='send sleep 999 & mem-eater -q -r 50; echo "eater ended: $?"'
look='send dmesg | grep -e "Out of memory"'
# it was bustd, the kernel had no part in it, and both others are still there
by_bustd="$running"'
expect eater ended: 1(43|37)
send echo "kills $(dmesg | grep -c "bustd: killed .*comm=mem-eater") ooms $(dmesg | grep -c "Out of memory") bustd $(running bustd) sleep $(running sleep)"
expect kills 1 ooms 0 bustd 1 sleep 1'

# A root file system of a few files, whose init is a shell. SWITCH_ROOT's test.
small_root() {
	rm -rf "$work/small"
	mkdir -p "$work/small/r"
	(
		cd "$work/small/r" || exit
		mkdir -p bin sbin proc sys dev run tmp etc usr/lib usr/sbin
		cp "$root/bin/busybox" bin
		cp "$top/mem-eater" bin
		for a in sh cat dmesg grep sleep mount; do
			ln -s busybox bin/$a
		done
		echo ID=small >etc/os-release
		cat >sbin/init <<-'EOF'
		#!/bin/sh
		export PATH=/bin:/sbin PS1='small-root# '
		mount | grep -q ' /proc ' || mount -t proc proc /proc
		mount | grep -q ' /dev ' || mount -t devtmpfs dev /dev
		exec sh -i </dev/console >/dev/console 2>&1
		EOF
		chmod +x sbin/init
	)
	sandbox mke2fs -q -t ext4 -F -d small/r small/disk 16M >"$work/out" 2>&1
}
