# For qemu/soak. One out-of-memory event after the other: an eater each, of a
# kind and speed that changes; all die by bustd, nobody else does, the kernel's
# OOM killer finds nothing to do, and bustd is at the end what it was at the
# start: its descriptors, Rss and page faults.
# Words of the kernel's command line: events=N.
. /scenarios/lib.sh
name=soak

# What bustd has: open descriptors, Rss in KiB, page faults.
state() {
	# shellcheck disable=SC2012 # plain names
	echo "fds=$(ls "/proc/$bustd/fd" | wc -l)" \
	    "rss_kib=$(sed -n 's/^Rss: *\([0-9]*\).*/\1/p' \
	    "/proc/$bustd/smaps_rollup")" \
	    "faults=$(cut -d' ' -f10,12 "/proc/$bustd/stat" | tr ' ' +)"
}

events=${events:-50}
start_bustd
start_innocents
sleep 2
before=$(state)
i=0
dead=0
started=$(cut -d. -f1 /proc/uptime)
while [ $((i += 1)) -le "$events" ]; do
	# three seconds and more of peace, as guest time is cheap
	sleep $((3 + i % 3))
	case $((i % 4)) in
	0)	set -- eat rate=50 ;;
	1)	set -- eat rate=40 ignore=1 ;;
	2)	set -- zombie rate=40 ;;
	3)	set -- eat rate=20 adj=100 ;;
	esac
	# the log is a file in RAM
	[ $((i % 20)) != 0 ] || : >"$log"
	load "$@" name=eater zeros=100 &
	if load await pid="$!" ms=30000 >/run/ms; then
		dead=$((dead + 1))
	else
		fail "lives-$i"
		grep 'State\|VmRSS' "/proc/$!/status"
		kill -9 "$!"
	fi
	until_true 2000 log_has "killed pid=$! comm=eater " ||
	    fail "no-line-$i"
	[ $((i % 100)) != 0 ] || echo "-- $i events, $dead dead, $(state)"
	[ "$(oom_kills)" = 0 ] || break
	[ "$(load count name=bystander)" = 1 ] || break
done
sleep 5
after=$(state)
note "events=$((i > events ? events : i)) dead=$dead seconds=$((
    $(cut -d. -f1 /proc/uptime) - started)) before: $before after: $after"
[ "$dead" = "$events" ] || fail "dead-$dead-of-$events"
[ "$before" = "$after" ] || fail changed
kill -USR1 "$bustd"
until_true 2000 log_has "killed=$events\$" || fail count-is-wrong
expect_bustd
expect_innocents
finish
