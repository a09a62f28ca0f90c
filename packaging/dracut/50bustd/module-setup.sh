#!/bin/bash
# SPDX-License-Identifier: MIT
# dracut: puts bustd into the image. Flags: bustd_args="-a 5" in dracut.conf.

check() {
	require_binaries bustd || return 1
	return 0
}

depends() {
	echo base
}

install() {
	inst_multiple bustd
	mkdir -p "${initdir:?}/etc"
	printf 'BUSTD_ARGS="%s"\n' "${bustd_args-}" \
		>"$initdir/etc/bustd-initrd.conf"
	if dracut_module_included systemd; then
		# shellcheck disable=SC2154 # moddir, systemdsystemunitdir: dracut
		inst_simple "$moddir/bustd-initrd.service" \
			"$systemdsystemunitdir/bustd-initrd.service"
		mkdir -p "$initdir$systemdsystemunitdir/sysinit.target.wants"
		ln -sf ../bustd-initrd.service \
			"$initdir$systemdsystemunitdir/sysinit.target.wants/"
		# the unit names the path
		[ -e "$initdir/usr/sbin/bustd" ] ||
			ln -sf "$(command -v bustd)" "$initdir/usr/sbin/bustd"
	else
		# before the first hook that has a rescue shell
		inst_hook cmdline 00 "$moddir/bustd-start.sh"
		inst_hook cleanup 99 "$moddir/bustd-handover.sh"
	fi
}
