# One scenario of qemu/bench in one guest, with one daemon or none, a few times
# over: each time from the start, with the eater at another phase of the
# daemon's sleep. Words of the kernel's command line: bench=SCENARIO[-BY] (how
# the readers read: map, pread, random)
# daemon=none|bustd|earlyoom|nohang runs=N swap=none|zram series=MS (of the
# first run).
#
# The figures come from qemu/record.c, one line "RUN ..." per run; who of the
# innocents died is told in a line "DEAD name...".
. /scenarios/lib.sh
. /scenarios/daemon.sh

ram=$(($(meminfo MemTotal) / 1024))

# What everyone has beside it, started before the daemon: a tenth of RAM held,
# readers with a working set on a disk that takes 4 ms for each request (fast:
# 0.4), sleepers, a heartbeat.
neighbours() {
	expect='bystander=1 sleeper=21 heartbeat=1'
	: >/run/pages
	if [ "$working_set" -gt 0 ]; then
		expect="$expect reader=4"
		size=$((ram * working_set / 400))
		[ "$size" -gt 0 ] || size=1
		for i in 0 1 2 3; do
			start_load read name=reader path=/dev/nullb0 \
			    at=$((i * size * spread)) size="$size" pause=2000 \
			    out=/run/pages slot=$i seq="$seq" by="$by"
		done
	fi
	start_load swarm name=sleeper n=20
	start_load beat name=heartbeat out=/run/beat
	start_holder bystander $((ram / 10))
	# by read-ahead, which is faster than the readers; warm: one file that
	# never fits, too, so that the kernel knows each of its pages again
	[ "$spread" = 0 ] && count=${warm:+$size} || count=$((size * 4))
	[ "$working_set" = 0 ] || [ -z "$count" ] ||
	    dd if=/dev/nullb0 of=/dev/null bs=1M count="$count" 2>/dev/null
}

dead() {
	for e in $expect; do
		have=$(load count name="${e%=*}")
		[ "$have" -ge "${e#*=}" ] ||
		    echo "${e%=*}=$((${e#*=} - have))"
	done
}

# how the scenario's guest differs
working_set=20
spread=1
seq=0
delay=4000
ms=20000
after=3000
by=random
case $bench in
*-map|*-pread|*-random)
	by=${bench##*-}
	bench=${bench%-*} ;;
esac
set -- eat name=eater zeros="${zeros:-0}"
case $bench in
fast)	set -- "$@" rate=0 ;;
# nothing but page faults: faster than fast
burst)	set -- eat name=eater zeros=100 rate=0
	working_set=0 ;;
med)	set -- "$@" rate="$ram" ;;
slow)	set -- "$@" rate=$((ram / 10))
	ms=60000 ;;
stub)	set -- "$@" rate="$ram" ignore=1 ;;
thrash)	set -- "$@" rate=$((ram / 10))
	working_set=60
	ms=60000 ;;
hang)	set -- "$@" rate=$((ram * 2)) leave=12
	working_set=40
	ms=${hang_ms:-20000} ;;
# the same eater where nobody is the worse for it: who reads has a working set
# that still fits, or one that never did (at random, in a row)
lean*)	set -- "$@" rate=$((ram * 2)) leave=12
	working_set=5
	[ "$bench" = lean ] || { working_set=600; spread=0; warm=1; }
	[ "$bench" != leanbenign ] || seq=1
	ms=${hang_ms:-20000} ;;
cache)	set --
	working_set=600		# each reads the same 150 %
	spread=0
	delay=400
	ms=${peace_ms:-30000} ;;
# half of what the bystander leaves, where that is less: it has to fit
benign)	size=$((($(meminfo MemAvailable) / 1024 - ram / 10) / 2))
	[ "$size" -lt $((ram * 3 / 10)) ] || size=$((ram * 3 / 10))
	set -- hold name=large size="$size"
	working_set=600
	spread=0
	seq=1
	delay=400
	ms=${peace_ms:-30000} ;;
# just short of what the kernel kills for: zram needs RAM for the last of it
tmpfs)	[ "$swap" = zram ] && leave=12 || leave=6
	set -- fill path=/mnt/big size=$((ram * 2)) leave="$leave" \
	    zeros="${zeros:-0}"
	working_set=5
	after=8000 ;;
storm)	set -- storm name=eater size=0.5 every=5
	working_set=10
	ms=8000 ;;
many)	set -- "$@" rate="$ram" ;;
group)	shift
	set -- group n=4 rate="$ram" "$@" ;;
*)	echo "FAIL run.sh: $bench: no such scenario" ;;
esac

slow_disk "${disk_us:-$delay}" 8
load_peers
[ "$swap" != zram ] || load_module zram

run=0
while [ $((run += 1)) -le "$runs" ]; do
	if [ "$swap" = zram ]; then
		echo 1 >/sys/block/zram0/reset
		echo $((ram / 2))M >/sys/block/zram0/disksize
		mkswap /dev/zram0 >/dev/null && swapon /dev/zram0
	fi
	[ "$bench" != tmpfs ] ||
	    { mkdir -p /mnt && mount -t tmpfs -o size=200% tmpfs /mnt; }
	rm -f /run/pages /run/beat
	neighbours
	if [ "$bench" = many ]; then
		start_load swarm name=small n=40 size=$((ram / 100))
		expect="$expect small=41"
		sleep 1
	fi
	start_daemon
	[ "$run" = 1 ] || series=0
	# shellcheck disable=SC2086 # a path each, or nothing
	record before=$((2000 + run * 1370 % 1000)) ms="$ms" after="$after" \
	    every="${every:-10}" series="${series:-0}" \
	    vmstat="${vmstat:-0}" ${pid:+daemon=$pid} \
	    pages=/run/pages beat=/run/beat -- ${1:+/bin/load} "$@" >/run/out
	# not in a pipe: its memory would be the daemon's business
	grep '^[A-Z][A-Z]* ' /run/out || cat /run/out
	victims=$(dead)
	# shellcheck disable=SC2086 # words
	[ -z "$victims" ] || echo "DEAD" $victims
	[ -z "$pid" ] || kill -0 "$pid" 2>/dev/null || echo 'DEAD daemon'
	[ -z "$pid" ] || sed 's/^/SAID /' "$log" | tail -n 12
	dmesg -c | grep -i 'out of memory' | sed 's/^/KERNEL /'
	kill -9 -1
	wait
	[ "$bench" != tmpfs ] || umount /mnt
	[ "$swap" != zram ] || swapoff -a
	echo 3 >/proc/sys/vm/drop_caches
done
echo "PASS run.sh:"
