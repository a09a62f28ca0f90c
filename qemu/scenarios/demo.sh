# What qemu/demo shows: not a scenario of qemu/check, but made of the same.
# It ends with a line `verdict: ...`.
. /scenarios/lib.sh

watch=
say() {
	echo "  -- $*"
}

say "a machine of $(($(meminfo MemTotal) / 1024)) MiB without swap"
load run adj=0 -- /bin/bustd -n -V 2>&1 | tee "$log" &
until_true 5000 log_has 'started pid=' || fail 'bustd did not start'
start_load beat name=heartbeat out=/run/beat
start_holder bystander "$(percent 10)"
say "two innocents: a bystander that holds $(percent 10) MiB," \
    'a heartbeat each 10 ms'
start_load watch every=500 lock=1 rt=1
watch=$load_pid
sleep 1
say 'mem-eater starts: 12 MiB a second, for as long as there is any'
load run adj=0 -- /bin/mem-eater -q -r 12 &
eater=$!
took=$(load await pid=$eater ms=20000) || fail 'mem-eater lives'
sleep 2
kill "$watch"
say "heartbeat's longest delay: $(load show out=/run/beat) us"
log_has "killed pid=$eater " || fail 'bustd did not end it'
log_has "killed pid=$eater comm=mem-eater .* why=\"[^\"]*\" .* back=yes " ||
    fail 'its line does not say why, or that the memory is back'
[ "$(load count name=bystander)" = 1 ] || fail 'the bystander died'
[ "$(load count name=heartbeat)" = 1 ] || fail 'the heartbeat died'
[ "$(oom_kills)" = 0 ] || fail "the kernel's OOM killer fired"
usleep 100000
if [ -z "$failures" ]; then
	echo "verdict: PASS: bustd ended mem-eater after $took ms, both" \
	    "innocents live, the kernel's OOM killer had nothing to do"
else
	echo "verdict: FAIL:$failures"
fi
