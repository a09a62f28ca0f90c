# From the wake-up that decides to the signal, among many processes: by the
# kernel's own trace of who runs and who is signalled, which disturbs nobody.
# Words of the kernel's command line: daemon=NAME processes=N runs=N
# swap=none|zram.
. /scenarios/lib.sh
. /scenarios/daemon.sh

ram=$(($(meminfo MemTotal) / 1024))
trace=/sys/kernel/tracing
load_peers
mount -t tracefs tracefs "$trace"
echo mono >"$trace/trace_clock"
echo 512 >"$trace/buffer_size_kb"
if [ "$swap" = zram ]; then
	load_module zsmalloc zram
	echo $((ram / 2))M >/sys/block/zram0/disksize
	mkswap /dev/zram0 >/dev/null && swapon /dev/zram0
fi
[ "$processes" = 0 ] || start_load swarm name=crowd n="$processes" share=1
start_holder bystander $((ram / 10))
start_daemon
# who is there; this script's own commands come and go
sleep 3
count=$(ls /proc | grep -c '^[0-9]')

run=0
while [ $((run += 1)) -le "$runs" ]; do
	echo "prev_pid == $pid || next_pid == $pid" \
	    >"$trace/events/sched/sched_switch/filter"
	echo 'sig == 15 || sig == 9' \
	    >"$trace/events/signal/signal_generate/filter"
	echo >"$trace/trace"
	echo 1 >"$trace/events/sched/sched_switch/enable"
	echo 1 >"$trace/events/signal/signal_generate/enable"
	start_load eat name=eater zeros=50 rate="$ram"
	load await pid="$load_pid" ms=60000 >/run/ms || echo 'DEAD eater-lives'
	echo 0 >"$trace/events/enable"
	# the last time that it came back from sleep before its first signal
	awk -v daemon="$pid" -v processes="$count" '
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
	}
	/sched_switch/ && $0 ~ "next_pid=" daemon "( |$)" && slept {
		woke = t
		waited = slept = 0
	}
	/signal_generate/ && /comm=eater/ && woke && $1 !~ /eater/ {
		if ($1 !~ "-" daemon "$")
			exit
		printf "RUN processes=%d us=%d waited=%d\n", processes,
		    (t - woke) * 1e6 + 0.5, waited
		found = 1
		exit
	}
	END {
		if (!found)
			print "RUN processes=" processes " us=-1 waited=0"
	}' "$trace/trace"
	sleep 3
	kill -0 "$pid" 2>/dev/null || echo 'DEAD daemon'
done
sed 's/^/SAID /' "$log" | tail -n 5
echo 'PASS latency.sh:'
