# What the hard scenarios share, besides lib.sh.
#
# shellcheck shell=sh disable=SC1091,SC2034,SC2154,SC2086 # as in lib.sh
. /scenarios/lib.sh
tried=0

# A bustd in a world that lacks something, made by $via: it has to say so, and
# to end an eater all the same: try LABEL MESSAGE [BUSTD-FLAG...]. The floor
# is high, so that all goes fast; $eat_as may run the eater.
try() {
	label=$1
	message=$2
	shift 2
	failures_before=$failures
	start_bustd -a 30 -k 0 -t 100 "$@"
	[ -z "$message" ] || log_has "$message" || fail "not-said"
	sleep 1
	${eat_as:-} /bin/load eat name=eater rate=100 leave=22 ignore=1 &
	eater=$!
	expect_killed "$eater" eater 20000
	expect_bustd
	expect_innocents
	stop_bustd
	kill -9 "$eater" 2>/dev/null
	tried=$((tried + 1))
	[ "$failures" = "$failures_before" ] || {
		echo "-- $label:${failures#"$failures_before"}"
		cat "$log"
	}
}

# The eater has brought room next to a floor of 30 % and can't run any more: a
# slow one, too small to be told from others in so short a time, does the rest.
cross_floor() {
	load eat name=last-straw rate=4 max="$(percent 12)" &
	straw=$!
}

stop_bustd() {
	kill "${bustd:-none}" 2>/dev/null || kill -9 "$starter"
	wait "$starter"
}

# Runs what comes after -- in a mount namespace of its own, where these
# commands were run before: wrapped COMMANDS
wrapped() {
	printf '%s\nshift\nexec "$@"\n' "$1" >/run/wrap
	via='run -- /bin/busybox unshare -m /bin/sh /run/wrap'
}
