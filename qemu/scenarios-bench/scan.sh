# The arming scan beside an empty loop of openat, read and close over the same
# oom_score files (load loop), at the same moment: when memory has just got
# short. By the kernel's own trace of who runs: the most time on the CPU between
# two sleeps of the daemon.
# Words of the kernel's command line: daemon=NAME processes=N runs=N
# left=PERCENT (13): of RAM, available while it scans.
. /scenarios/lib.sh
. /scenarios/daemon.sh

trace=/sys/kernel/tracing
load_peers
mount -t tracefs tracefs "$trace"
echo mono >"$trace/trace_clock"
echo 512 >"$trace/buffer_size_kb"
start_load swarm name=crowd n="$processes" share=1
start_holder bystander "$(percent 10)"
start_daemon

run=0
while [ $((run += 1)) -le "$runs" ]; do
	# long enough for whatever bounds the scan's rate
	sleep 20
	echo "prev_pid == $pid || next_pid == $pid" \
	    >"$trace/events/sched/sched_switch/filter"
	echo >"$trace/trace"
	echo 1 >"$trace/events/sched/sched_switch/enable"
	start_holder filler $((($(meminfo MemAvailable) -
	    $(meminfo MemTotal) * ${left:-13} / 100) / 1024))
	sleep 3
	echo 0 >"$trace/events/enable"
	available=$(($(meminfo MemAvailable) * 100 / $(meminfo MemTotal)))
	# shellcheck disable=SC2046 # three numbers
	set -- $(load loop rt=1 lock=1 n=9)
	awk -v daemon="$pid" -v files="$1" -v list="$2" -v loop="$3" \
	    -v left="$available" '
	{
		for (i = 1; $i !~ /:$/ || $i !~ /^[0-9.]+:$/; i++)
			if (i > NF)
				next
		t = $i + 0
	}
	$0 ~ "next_pid=" daemon "( |$)" { from = t; on = 1 }
	$0 ~ "prev_pid=" daemon " " && on {
		used += t - from
		on = 0
		if ($0 !~ /prev_state=S/)
			next
		if (used > most)
			most = used
		used = 0
	}
	END {
		us = most * 1e6
		printf "RUN processes=%d available=%d scan_us=%d loop_us=%d " \
		    "list_us=%d us_per_process=%.2f loop_per_process=%.2f " \
		    "ratio=%.2f ratio_to_list_and_loop=%.2f\n", files, left,
		    us, loop, list, us / files, loop / files, us / loop,
		    us / (loop + list)
	}' "$trace/trace"
	kill -9 "$load_pid"
	kill -0 "$pid" 2>/dev/null || echo 'DEAD daemon'
done
sed 's/^/SAID /' "$log" | tail -n 5
echo 'PASS scan.sh:'
