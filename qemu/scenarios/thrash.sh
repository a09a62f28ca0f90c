# shellcheck shell=sh disable=SC1091,SC2154 # variables from and for others
# Readers with a working set on a slow disk, and an eater that stops short of
# what the kernel calls out of memory: it alone never acts. Sourced with the way
# in which they read, in $by (see qemu/load.c).
. /scenarios/lib.sh

pages() {
	load show out=/run/pages n=4 | {
		read -r a b c d
		echo $((a + b + c + d))
	}
}

# Pages that the readers get through in a second, over $1 seconds.
rate() {
	before=$(pages)
	sleep "$1"
	echo $((($(pages) - before) / $1))
}

slow_disk 4000 1 || fail no-null_blk
size=$(percent 10)
for i in 0 1 2 3; do
	start_load read name=reader path=/dev/nullb0 at=$((i * size)) \
	    size="$size" by="$by" pause=1000 out=/run/pages slot=$i
done
# by read-ahead, which is faster than the readers
dd if=/dev/nullb0 of=/dev/null bs=1M count=$((size * 4)) 2>/dev/null
start_innocents
start_bustd
sleep 2
usual=$(rate 1)
note "pages/s=$usual"
start_eater rate=200 leave=12
if [ -n "$without" ]; then
	sleep 2
	hung=$(rate 30)
	kill -0 "$eater" && [ "$(oom_kills)" = 0 ] &&
	    [ $((hung * 20)) -lt "$usual" ] && fail hung-for-30-s
	fail "pages/s=$usual,then=$hung"
	finish
fi
expect_kill_and_peace
# their pages come back as fast as the disk brings them
seconds=0
until [ $(($(rate 1) * 2)) -gt "$usual" ]; do
	[ $((seconds += 1)) -lt 60 ] || {
		fail readers-are-still-slow
		break
	}
done
note "back-to-half-in-s=$seconds"
alive reader 4
finish
