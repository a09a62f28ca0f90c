#!/bin/sh
# SPDX-License-Identifier: MIT
# Called by the feed's CI as: test.sh PACKAGE VERSION

case "$1" in
bustd)
	bustd --version | grep -F "bustd $2" || exit 1
	bustd --help >/dev/null || exit 1
	# a flag that it doesn't know must never start the daemon
	bustd --no-such-flag 2>/dev/null
	[ "$?" -eq 100 ]
	;;
bustd-mem-eater)
	mem-eater --version | grep -F "mem-eater $2" || exit 1
	mem-eater --help >/dev/null
	;;
esac
