# From the wake-up that decides to the signal, among many processes: by the
# kernel's own trace of who runs and who is signalled, which disturbs nobody.
# Words of the kernel's command line: daemon=NAME processes=N runs=N
# swap=none|zram livelock=N phase=N (another one: other moments).
#
# livelock: N that write at random to 110 % of RAM between them, beside the
# eater and readers on a slow disk. None of it compresses, so that swapping it
# out to zram frees nothing: whoever needs a page waits.
#
# us: since the daemon last came back from sleep. chain_us: the same, where a
# sleep of under 15 ms after more than 1 ms of looking about doesn't count as
# one: it may be a pause within the search. waited: it lost the CPU on the way,
# or waited for memory. ms: from the load's start to the first death.
. /scenarios/lib.sh
. /scenarios/daemon.sh

ram=$(($(meminfo MemTotal) / 1024))
trace=/sys/kernel/tracing
load_peers
mount -t tracefs tracefs "$trace"
echo mono >"$trace/trace_clock"
echo 512 >"$trace/buffer_size_kb"
if [ "$swap" = zram ]; then
	load_module zram
	echo $((ram / 2))M >/sys/block/zram0/disksize
	mkswap /dev/zram0 >/dev/null && swapon /dev/zram0
fi
[ "$processes" = 0 ] || start_load swarm name=crowd n="$processes" share=1
[ "${livelock:-0}" != 0 ] || start_holder bystander $((ram / 10))
start_daemon
if [ "${livelock:-0}" != 0 ]; then
	slow_disk 4000 8
	for i in 0 1 2 3; do
		start_load read name=reader path=/dev/nullb0 \
		    at=$((i * ram / 10)) size=$((ram / 10)) pause=2000
	done
fi
# who is there; this script's own commands come and go
sleep 3
count=$(ls /proc | grep -c '^[0-9]')

run=0
while [ $((run += 1)) -le "$runs" ]; do
	oom_before=$(sed -n 's/^oom_kill //p' /proc/vmstat)
	echo "prev_pid == $pid || next_pid == $pid" \
	    >"$trace/events/sched/sched_switch/filter"
	echo 'sig == 15 || sig == 9' \
	    >"$trace/events/signal/signal_generate/filter"
	echo >"$trace/trace"
	echo 1 >"$trace/events/sched/sched_switch/enable"
	echo 1 >"$trace/events/signal/signal_generate/enable"
	if [ "${livelock:-0}" = 0 ]; then
		start_load eat name=eater zeros=50 rate="$ram"
		load await pid="$load_pid" ms=60000 >/run/ms ||
		    echo 'DEAD eater-lives'
	else
		usleep $(((run * 137 + ${phase:-0} * 17) % 1000))000
		load livelock name=livelock rt=1 lock=1 adj=-1000 rate=0 \
		    n="$livelock" size=$((ram * 11 / 10 / livelock)) \
		    ms=60000 >/run/ms
	fi
	echo 0 >"$trace/events/enable"
	# the last time that it came back from sleep before its first signal
	awk -v daemon="$pid" -v processes="$count" \
	    -v ms="$(cut -d' ' -f1 /run/ms)" -v oom="$(oom_kills)" '
	{
		for (i = 1; $i !~ /:$/ || $i !~ /^[0-9.]+:$/; i++)
			if (i > NF)
				next
		t = $i + 0
	}
	/sched_switch/ && $0 ~ "prev_pid=" daemon " " {
		slept = $0 ~ /prev_state=S/
		if (!slept)
			waited = 1
		else
			asleep = t
	}
	/sched_switch/ && $0 ~ "next_pid=" daemon "( |$)" && slept {
		if (!chain || t - asleep > 0.015 || asleep - woke < 0.001)
			chain = t
		woke = t
		waited = slept = 0
	}
	/signal_generate/ && /comm=(eater|thrasher)/ && woke &&
	    $1 !~ /^(eater|thrasher)-/ {
		if ($1 !~ "-" daemon "$")
			exit
		printf "RUN processes=%d us=%d chain_us=%d waited=%d ms=%d " \
		    "oom_kills=%d\n", processes, (t - woke) * 1e6 + 0.5,
		    (t - chain) * 1e6 + 0.5, waited, ms, oom
		found = 1
		exit
	}
	END {
		if (!found)
			print "RUN processes=" processes " us=-1 chain_us=-1" \
			    " waited=0 ms=" ms " oom_kills=" oom
	}' "$trace/trace"
	sleep 3
	kill -0 "$pid" 2>/dev/null || echo 'DEAD daemon'
done
sed 's/^/SAID /' "$log" | tail -n 5
echo 'PASS latency.sh:'
