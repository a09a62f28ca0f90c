#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
# dracut without systemd: starts bustd, but for bustd=off or rd.bustd=0.
# Sourced by dracut's init: leaves no variable behind, and never exits.

bustd_start() {
	local BUSTD_ARGS=''

	getargbool 1 bustd || return 0
	getargbool 1 rd.bustd || return 0
	# shellcheck source=/dev/null
	[ -r /etc/bustd-initrd.conf ] && . /etc/bustd-initrd.conf
	# shellcheck disable=SC2086 # we need the word splitting
	bustd -l kmsg $BUSTD_ARGS </dev/null ||
		warn "bustd did not start: going on without it"
}
bustd_start
