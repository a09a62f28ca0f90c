# A daemon on an idle machine, with three quarters of RAM available: its
# wake-ups per second, CPU time, and instructions per wake-up, the kernel's
# included (in the guest an instruction takes a nanosecond).
# Words of the kernel's command line: daemon=NAME left=PERCENT (75): at 18 it
# lives just under the gate.
. /scenarios/lib.sh
. /scenarios/daemon.sh

seconds=60
load_peers
start_daemon
start_load hold name=bystander size=$((($(meminfo MemAvailable) -
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

ns=$(used)
n=$(woken)
sleep "$seconds"
ns=$(($(used) - ns))
n=$(($(woken) - n))
echo "RUN total_kib=$(meminfo MemTotal)" \
    "available=$(($(meminfo MemAvailable) * 100 / $(meminfo MemTotal)))" \
    "wakeups_in_60s=$n cpu_us_per_s=$((ns / 1000 / seconds))" \
    "instructions_per_wakeup=$((n ? ns / n : 0))"
sed 's/^/SAID /' "$log" | tail -n 5
echo 'PASS idle.sh:'
