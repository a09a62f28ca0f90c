# shellcheck shell=sh disable=SC2034,SC2154 # variables from and for others
# Starts the daemon that is measured, with the flags in args, if there are any;
# sourced by the scripts here. $via may name a command of qemu/load.c that runs
# bustd.

load_peers() {
	if [ "$daemon" = earlyoom ] || [ "$daemon" = nohang ]; then
		load_module virtio_mmio virtio_blk squashfs
		mkdir -p /peers
		until_true 2000 test -b /dev/vda
		mount -t squashfs -o ro /dev/vda /peers || echo 'DEAD no-peers'
	fi
}

start_daemon() {
	pid=
	# shellcheck disable=SC2086 # words
	case $daemon in
	none)	return ;;
	bustd)	load run adj=0 -- /bin/load ${via:-run} -- /bin/bustd -n $args \
		    >"$log" 2>&1 & ;;
	# as Debian's unit starts it: its defaults, with priority
	earlyoom) load run adj=0 -- /usr/bin/earlyoom -r 3600 -p $args \
		    >"$log" 2>&1 & ;;
	nohang)	load run adj=0 -- /usr/bin/python3.11 /usr/sbin/nohang \
		    --monitor --config /etc/nohang/nohang.conf >"$log" 2>&1 & ;;
	esac
	pid=$!
	# until it waits: by the time that it has used hardly any more CPU
	was=
	until_true 15000 settled || echo 'DEAD daemon-not-ready'
}

settled() {
	now=$(cut -d' ' -f1 "/proc/$pid/schedstat" 2>/dev/null)
	[ "$((${now:-0} / 3000000))" = "$((${was:-1} / 3000000))" ] && return
	was=$now
	usleep 700000
	false
}
