# What the guest scenarios share; sourced by each. A scenario starts bustd
# and a load, says what it expects, and ends with `finish`, which prints
# PASS NAME or FAIL NAME: WHY... Expectations that aren't met are collected
# as words, so that a run without bustd can be held to failing for the right
# reason.
#
# shellcheck shell=sh disable=SC2034,SC2154 # variables from and for others
without=${without:-}
failures=
notes=
bustd=
log=/run/log
oom_before=$(sed -n 's/^oom_kill //p' /proc/vmstat)

fail() {
	failures="$failures $1"
}

# What was measured, for the PASS line.
note() {
	words=$*
	[ -z "$words" ] || notes="$notes ${words% }"
}

meminfo() {
	sed -n "s/^$1: *\([0-9]*\).*/\1/p" /proc/meminfo
}

# A percentage of RAM in MiB.
percent() {
	echo $(($(meminfo MemTotal) * $1 / 102400))
}

# Calls a command until it succeeds: until_true MS COMMAND...
until_true() {
	tries=$(($1 / 50))
	shift
	while ! "$@"; do
		[ $((tries -= 1)) -gt 0 ] || return 1
		usleep 50000
	done
}

log_has() {
	grep -q "$1" "$log" 2>/dev/null
}

# Loads kernel modules, each with what it depends on: load_module NAME
# [PARAMETER=VALUE...] ... What is built in isn't listed.
load_module() {
	while [ $# -gt 0 ]; do
		module=$1
		parameters=
		shift
		while [ "${1#*=}" != "${1:-}" ]; do
			parameters="$parameters $1"
			shift
		done
		needed=$(sed -n "s/^$module: //p" /lib/modules/deps 2>/dev/null)
		for m in $needed; do
			grep -q "^$(echo "$m" | tr - _) " /proc/modules &&
			    continue
			[ "$m" = "$module" ] && set_to=$parameters || set_to=
			# shellcheck disable=SC2086 # words
			insmod "/lib/modules/$m.ko" $set_to
		done
	done
}

# A disk that takes US microseconds for each request, whatever a scenario before
# had: slow_disk US GIB
slow_disk() {
	! grep -q '^null_blk ' /proc/modules || busybox rmmod null_blk
	load_module null_blk irqmode=2 completion_nsec="$1"000 gb="$2"
}

# Starts bustd in the foreground, and waits until it is on guard. $via may
# name a program that runs it, $program another bustd.
start_bustd() {
	[ -z "$without" ] || return 0
	rm -f "$log"
	# shellcheck disable=SC2086 # via is a command line
	load run adj=0 -- /bin/load ${via:-run} -- \
	    "${program:-/bin/bustd}" -n "$@" \
	    2>>"$log" &
	starter=$!
	if until_true 5000 log_has 'started pid='; then
		bustd=$(sed -n 's/.* started pid=\([0-9]*\).*/\1/p' "$log")
	else
		fail no-start
	fi
}

# What a process has in RAM, in KiB; where the kernel has no smaps_rollup by
# status, whose count lags.
resident() {
	rss=$(sed -n 's/^Rss: *\([0-9]*\).*/\1/p' "/proc/$1/smaps_rollup" \
	    2>/dev/null)
	[ "$rss" ] || rss=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' \
	    "/proc/$1/status" 2>/dev/null)
	echo "${rss:-0}"
}

start_load() {
	load "$@" &
	load_pid=$!
}

holds() {
	rss=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status")
	[ "${rss:-0}" -ge "$2" ]
}

# A process that holds SIZE MiB: start_holder NAME MIB [KEY=VALUE...]. The
# kernel's count of pages lags by up to 64.
start_holder() {
	holder_name=$1
	holder_mib=$2
	shift 2
	start_load hold name="$holder_name" size="$holder_mib" "$@"
	until_true 10000 holds "$load_pid" $((holder_mib * 1024 - 512)) ||
	    fail "$holder_name-not-ready"
}

# Those that nobody may touch: one that holds a tenth of RAM (or $1 percent),
# some that sleep, and one that wakes a hundred times a second. Further words
# (adj=-1000) go to all of them.
start_innocents() {
	holds=${1:-10}
	[ $# = 0 ] || shift
	start_load swarm name=sleeper n=5 "$@"
	start_load beat name=heartbeat out=/run/beat "$@"
	start_holder bystander "$(percent "$holds")" "$@"
}

# Once bustd has seen what was started before: that doesn't count as the
# eater's speed. An idle second costs nothing here.
start_eater() {
	sleep 1
	start_load eat name=eater "$@"
	eater=$load_pid
}

# Mounts a tmpfs on /run/full and fills it, some 30 MiB a second, until only $1
# percent of RAM are free or page cache: memory that no kill brings back.
fill_tmpfs() {
	mkdir -p /run/full
	mount -t tmpfs -o size=100% none /run/full
	sleep 1
	i=0
	while [ $(($(meminfo MemFree) + $(meminfo 'Active(file)') +
	    $(meminfo 'Inactive(file)'))) -gt $(($(percent "$1") * 1024)) ]; do
		load fill path=/run/full/$((i += 1)) size=1
		usleep 20000
	done
}

# The kernel's OOM killer since the scenario's start.
oom_kills() {
	echo $(($(sed -n 's/^oom_kill //p' /proc/vmstat) - oom_before))
}

gone() {
	[ "$(load count name="$1")" = 0 ]
}

# At least $2 of that name.
appeared() {
	[ "$(load count name="$1")" -ge "$2" ]
}

alive() {
	[ "$(load count name="$1")" = "$2" ] || fail "$1-died"
}

expect_innocents() {
	alive bystander 1
	alive sleeper 6
	alive heartbeat 1
	[ "$(oom_kills)" = 0 ] || fail kernel-oom
}

expect_bustd() {
	kill -0 "${bustd:-none}" 2>/dev/null || fail no-bustd
}

# One complete line for the kill of PID named COMM, and none for another:
# expect_killed PID COMM [MS]
expect_killed() {
	if took=$(load await pid="$1" ms="${3:-30000}"); then
		note "ms=$took"
	else
		fail eater-lives
	fi
	keys='oom_score=[0-9]+ oom_score_adj=-?[0-9]+ uid=[0-9]+'
	keys="$keys anon_kib=[0-9]+ swap_kib=[0-9]+ pte_kib=[0-9]+"
	keys="$keys grown_kib=[0-9]+ reason=(exhausted|stalled) why=\"[^\"]*\""
	keys="$keys choice=[a-z]+ next=[0-9]+ room_kib=[0-9]+"
	keys="$keys available_kib=[0-9]+ memavailable_kib=[0-9]+"
	keys="$keys swap_free_kib=[0-9]+"
	keys="$keys psi=[0-9]+\.[0-9][0-9]"
	keys="$keys signal=(TERM|KILL|TERM\+KILL) back=(yes|no) ms=[0-9]+\$"
	[ -n "$bustd" ] && until_true 3000 log_has "killed pid=$1 "
	grep -Eq "^bustd: killed pid=$1 comm=$2 $keys" "$log" 2>/dev/null ||
	    fail no-killed-line
	others=$(grep 'bustd: killed pid=' "$log" 2>/dev/null |
	    grep -vc "pid=$1 ")
	[ "${others:-0}" = 0 ] || fail "killed-$others-others"
	note "$(grep "killed pid=$1 " "$log" 2>/dev/null | tr ' ' '\n' |
	    grep -E '^(reason|choice|room_kib|signal)=' | tr '\n' ' ')"
}

# Of a bustd that ran with via='trace out=/run/calls': how many system calls,
# how many us, and which, from the wake-up that decided to the first signal.
# Fields: entry us, exit us, name, number, result, three arguments, path. The
# loop sleeps in rt_sigtimedwait, or, while somebody is armed, in the ppoll that
# follows one that doesn't wait; any other ppoll counts as a call.
kill_path() {
	awk '
	$3 == "rt_sigtimedwait" { n = 0; woke = $2; slept = 1; next }
	$3 ~ /^p?poll$/ && slept { n = 0; woke = $2; slept = 0; next }
	{ slept = 0 }
	$3 ~ /^(pidfd_send_signal|kill)$/ && $7 != 0 {
		for (i = 0; i < n; i++)
			list = list " " name[i]
		print n, $2 - woke, list, $3
		exit
	}
	{ name[n++] = $3 }' /run/calls
}

expect_log() {
	log_has "$1" || fail "$2"
}

# All of it: the usual end of a kill scenario.
expect_kill_and_peace() {
	expect_killed "$eater" "${1:-eater}"
	expect_bustd
	expect_innocents
}

finish() {
	if [ -z "$failures" ]; then
		echo "PASS $name:$notes"
	else
		echo "FAIL $name:$failures"
		[ -n "$without" ] || {
			echo "-- $notes"
			echo '-- bustd says'
			cat "$log" 2>/dev/null
			echo '-- the kernel says'
			dmesg | tail -n 6
			# what it lacked: free pages, or its reserve grew
			dmesg | grep -o '[^ ]* free:.*kB boost:.*kB high:[^ ]*'
			echo '--'
		}
	fi
	exit 0
}
