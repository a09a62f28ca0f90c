# A daemon on an idle machine, with three quarters of RAM available: its
# wake-ups per second, CPU time, and instructions per wake-up, the kernel's
# included (in the guest an instruction takes a nanosecond). Of the latter the
# median of twelve times five seconds, beside the mean: now and then an
# interrupt of the kernel's own falls into its time.
# Words of the kernel's command line: daemon=NAME left=PERCENT (75): at 18 it
# lives just under the gate.
. /scenarios/lib.sh
. /scenarios/daemon.sh

seconds=60
load_peers
start_daemon
start_holder bystander $((($(meminfo MemAvailable) -
    $(meminfo MemTotal) * ${left:-75} / 100) / 1024))
sleep 5

# ns on the CPU, and how often it went to sleep, of all its threads
used() {
	cat /proc/"$pid"/task/*/schedstat | awk '{ t += $1 } END { print t }'
}
woken() {
	cat /proc/"$pid"/task/*/status |
	    awk '/^voluntary/ { n += $2 } END { print n }'
}

start_ns=$(used)
start_n=$(woken)
# shellcheck disable=SC2034 # twelve times
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	ns=$(used)
	n=$(woken)
	sleep $((seconds / 12))
	n=$(($(woken) - n))
	echo $((n ? ($(used) - ns) / n : 0))
done | sort -n | sed -n 6p >/run/median
ns=$(($(used) - start_ns))
n=$(($(woken) - start_n))
echo "RUN total_kib=$(meminfo MemTotal)" \
    "available=$(($(meminfo MemAvailable) * 100 / $(meminfo MemTotal)))" \
    "wakeups_in_60s=$n cpu_us_per_s=$((ns / 1000 / seconds))" \
    "instructions_per_wakeup=$(cat /run/median)" \
    "mean_instructions=$((n ? ns / n : 0))"
sed 's/^/SAID /' "$log" | tail -n 5
echo 'PASS idle.sh:'
