# SPDX-License-Identifier: MIT
# What the cases share, in the guest, besides lib.sh of qemu/scenarios. A case
# starts its neighbours and bustd (`guard`; nothing where the kernel is to be
# alone), takes the census (`act`), does what it is about, and closes with
# `end`, which prints the facts that qemu/check-cases judges, one a line. It
# judges nothing itself.
#
# shellcheck shell=sh disable=SC1091,SC2154 # lib.sh is there in the guest
. /scenarios/lib.sh

# Starts bustd with these flags.
guard() {
	start_bustd "$@"
}

# The neighbours that a small box has: sleepers that hold next to nothing, a
# heartbeat, and services of 10 (or $1), 5, 4 and 3 % of RAM.
neighbours() {
	quiet_neighbours
	start_holder bystander "$(percent "${1:-10}")"
	start_holder uhttpd "$(percent 5)"
	start_holder xray "$(percent 4)"
	start_holder collectd "$(percent 3)"
}

quiet_neighbours() {
	start_load swarm name=sleeper n=5
	start_load beat name=heartbeat out=/run/beat
}

# The trouble begins: who is here now must be accounted for at the end, and the
# heartbeat's delay counts from here. What is started before this is in the
# census; call it again for what came later. Who is named $leaver is to be ended
# by the case itself.
act() {
	[ -f /run/mark ] || {
		cut -d' ' -f1 /proc/uptime >/run/mark
		dd if=/dev/zero of=/run/beat bs=8 count=1 conv=notrunc \
		    2>/dev/null
	}
	odd census out=/run/census.new
	grep -v " ${leaver:-none}\$" /run/census.new >>/run/census
}

# zram of PERCENT of RAM as swap.
zram_swap() {
	load_module zsmalloc zram
	echo "$(percent "$1")M" >/sys/block/zram0/disksize
	mkswap /dev/zram0 >/dev/null
	swapon /dev/zram0 || fail no-zram
}

# A disk of the guest's (disk=MIB) at /dev/vda, or one whose requests take READ
# and WRITE ms longer, at /dev/dm-0: slow_disk READ WRITE
fast_disk() {
	load_module virtio_ring virtio virtio_mmio virtio_pci virtio_blk
	until_true 2000 test -b /dev/vda || fail no-disk
}
slow_disk() {
	fast_disk
	load_module dm-mod dm-delay
	slow disk path=/dev/vda read="$1" write="$2"
	until_true 2000 test -b /dev/dm-0 || fail no-slow-disk
}

# A program that its supervisor starts again: 5 s after its death, as procd
# does, which gives up at the sixth. supervised COMMAND...
supervised() {
	(
		deaths=0
		while [ $((deaths += 1)) -le 6 ]; do
			"$@" >/dev/null 2>&1
			sleep 5
		done
	) &
}

# A still process that leaves PERCENT of RAM: filler PERCENT [NAME]
filler() {
	start_holder "${2:-database}" "$(room_down_to "$1")"
	sleep 1
}

named() {
	[ "$(load count name="$1")" != 0 ]
}

# A service that leaves PERCENT of RAM free or as page cache, beside a CMA area,
# where no dentry goes, and a program that looks names up: service_and_lookups
# PERCENT
service_and_lookups() {
	start_load beat name=heartbeat out=/run/beat
	cma=$(meminfo CmaTotal)
	start_load eat name=service rate=100 \
	    leave=$(($1 + ${cma:-0} * 100 / $(meminfo MemTotal)))
	sleep 4
	odd lookups path=/sys rate=3000 uid=1000 name=finder &
	until_true 2000 named finder
	act
	watch 20
}

# Something that must come to its end by itself: job NAME PROGRAM ARG...
job() {
	(
		job_name=$1
		shift
		status=0
		load run adj=0 -- "$@" || status=$?
		echo "JOB $job_name $status" >>/run/jobs
	) &
}

# What MemAvailable leaves in MiB, down to PERCENT of RAM. Slab that the kernel
# calls reclaimable isn't counted, since some of it is pinned.
room_down_to() {
	echo $((($(meminfo MemAvailable) - $(meminfo SReclaimable) -
	    $(meminfo MemTotal) * $1 / 100) / 1024))
}

# The same of what pipes and a ramfs can take, since they get no page of a CMA
# area.
unmovable_down_to() {
	cma=$(meminfo CmaFree)
	echo $(($(room_down_to "$1") - ${cma:-0} / 1024))
}

# Looks on for SECONDS: watch SECONDS [EVERY]
watch() {
	second=0
	while [ $((second += 1)) -le "$1" ]; do
		sleep 1
		[ $((second % ${2:-3})) = 0 ] || continue
		echo "-- $second s: available $(meminfo MemAvailable) free" \
		    "$(meminfo MemFree) shmem $(meminfo Shmem) slab" \
		    "$(meminfo SReclaimable)+$(meminfo SUnreclaim) tables" \
		    "$(meminfo PageTables) swap $(meminfo SwapFree)"
	done
}

# bustd's switches and CPU time over SECONDS of COMMAND: cost SECONDS COMMAND...
counters() {
	awk '/ctxt/ { n += $2 } END { print n }' "/proc/$1/status"
	cut -d' ' -f1 "/proc/$1/schedstat"
	cut -d' ' -f1 /proc/uptime
}
cost() {
	if [ -z "$bustd" ]; then
		"$@"
		return
	fi
	counters "$bustd" >/run/cost
	"$@"
	counters "$bustd" >>/run/cost
	tr '\n' ' ' </run/cost | awk '{ s = $6 - $3
	    printf "COST %.2f %.4f\n", ($4 - $1) / s, ($5 - $2) / s / 1e7 }'
}

# Processes that forked since the census are told by the kill lines alone.
end() {
	odd census out=/run/last	# who lives; for a look at it by a person
	echo "MARK $(cat /run/mark)"
	echo "RAM $(meminfo MemTotal)"
	sort -u /run/census >/run/all
	sed 's/^/CAST /' /run/all
	odd missing out=/run/all
	echo "BEAT $(load show out=/run/beat n=1)"
	echo "OOM $(oom_kills)"
	cat /run/jobs 2>/dev/null
	for word in $failures; do
		echo "BROKEN $word"
	done
	if [ -z "$without" ]; then
		kill -0 "${bustd:-none}" 2>/dev/null && echo "GUARD lives"
		sed 's/^/SAID /' "$log" 2>/dev/null
	fi
	dmesg | grep -E 'Killed process|bustd: (killed|stuck)' |
	    sed 's/^/KERNEL /'
	awk '{ print "LIVES", $4, $1 }' /run/last | sort
	echo 'DONE'
	exit 0
}
