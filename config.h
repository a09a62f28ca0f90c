/* SPDX-License-Identifier: MIT */
/*
 * What bustd does, decided when it is built.  A board keeps its own copy and
 * builds with `make CONFIG=board.h`, or sets single values with -DNAME=value.
 * Percentages are whole numbers; flags (see bustd(8)) take two decimals.
 * bustd.c checks every value and stops the build at one that makes no sense.
 */

/* when to act: stalled */

/* Percent of RAM, 1-100.  The stalled rule acts only while free RAM, as
 * sysinfo(2) tells it, is at or below this, or within STALL_AVAILABLE of the
 * kernel's reserve.  15 as both ancestors have it. */
#ifndef FREE_RAM_THRESHOLD
#define FREE_RAM_THRESHOLD 15
#endif

/* Percent of time, 1-100.  Share of the stall window that some task lost
 * waiting for memory (PSI `some`).  With no swap left less is enough, down to
 * a quarter of it just above AVAILABLE_FLOOR.  25 as the ancestor in Rust has
 * it: in qemu/bench-with hang is over as soon with 10, and 0.2 to 0.6 s later
 * with 50, with which thrash leaves half as much: 15 MB, not 27. */
#ifndef CUTOFF_PSI
#define CUTOFF_PSI 25
#endif

/* Percent of RAM, 1-100.  The stalled rule acts only while MemAvailable is at
 * or below this too, so that pressure alone (cache in qemu/bench: 39 % stall
 * with 70 % available) never kills.  In qemu/bench-with hang is over as
 * soon with 10 and 25; with zram it leaves 26 MB with 10, 25 with 15, 39 with
 * 25. */
#ifndef STALL_AVAILABLE
#define STALL_AVAILABLE 15
#endif

/* Milliseconds, 500-10000.  Window over which the live stall share is taken:
 * that of the kernel's shortest average would be 10 s.  In qemu/bench-with hang
 * is over 0.2 s later with 2000 without swap, and no sooner with 500. */
#ifndef STALL_WINDOW_MS
#define STALL_WINDOW_MS 1000
#endif

/* when to act: exhausted */

/* Percent of RAM, 1-90.  MemAvailable (less free CMA pages and pinned slab) at
 * or below this counts as exhausted, once swap is at its floor too.  At 4 the
 * kernel's OOM killer has nothing to do in qemu/check, and little in qemu/bench
 * (burst: see FILL_RATE; 64 MB: README.md), and an eater of 60 MiB/s on 82 MB
 * gets its SIGTERM with 3.1 MB left.  In qemu/bench-with slow has 11, 16 and 19
 * MB left with 2, 4 and 8, and its readers 59, 60 and 63 % of their rate. */
#ifndef AVAILABLE_FLOOR
#define AVAILABLE_FLOOR 4
#endif

/* Percent of swap, 0-100.  SwapFree at or below this counts as exhausted.  A
 * machine without swap is always there; 100 leaves swap out of the rule.  zram
 * needs RAM for what it takes, so that the kernel kills before it is full:
 * without PSI, in 64 MB with half as much zram, storm in qemu/bench-with loses
 * the bystander in 7 of 8 with 15, 2 with 20, in 5 of 48 with 25, 1 with 30. */
#ifndef SWAP_FLOOR
#define SWAP_FLOOR 30
#endif

/* Percent of RAM, 0 to AVAILABLE_FLOOR.  At or below this there is no time
 * for SIGTERM: SIGKILL goes out at once.  2, half of the floor, is a fiftieth
 * of a second of the fastest eater (FILL_RATE): with 0 stub in qemu/bench-with
 * ends with 7 MB left, with 2 with 9, with 4 with 16. */
#ifndef KILL_FLOOR
#define KILL_FLOOR 2
#endif

/* when to look */

/* Percent of RAM per second, 1-10000.  The fastest eater to be caught: bustd
 * looks again before one could eat what is left.  100 leaves an idle machine
 * with three quarters of its RAM available at 1.5 wake-ups per second, and wins
 * fast (160 % per second; on 64 MB 370 %, and 3 of 56 lost) in qemu/bench; in
 * bench-with burst (290 %) is lost up to 100, won 2 in 3 with 200 (2.9 a
 * second), always from 400 (5.9). */
#ifndef FILL_RATE
#define FILL_RATE 100
#endif

/* MiB per second, 1-1048576.  No eater is faster than this: on machines with
 * more RAM than it, FILL_RATE percent would be more than memory can take. */
#ifndef FILL_RATE_MAX
#define FILL_RATE_MAX 4096
#endif

/* Milliseconds, 1-1000 and SLEEP_MIN_MS-60000.  Bounds of one sleep.  Where
 * pressure counts it is a tenth of STALL_WINDOW_MS at most. */
#ifndef SLEEP_MIN_MS
#define SLEEP_MIN_MS 10
#endif
#ifndef SLEEP_MAX_MS
#define SLEEP_MAX_MS 1000
#endif

/* whom to spare */

/* Names as in /proc/PID/comm (at most 15 bytes), separated by |; * stands for
 * any bytes.  Spared: what keeps a router, a rescue shell and an ssh login
 * alive.  "" spares nobody but PID 1, bustd, and oom_score_adj -1000. */
#ifndef UNKILLABLES
#define UNKILLABLES \
	"init|procd|ubusd|netifd|dnsmasq|odhcp*|udhcp*|pppd|hostapd*|" \
	"wpa_supplicant|wpad|dropbear*|sshd*|login|*getty|sh|ash|dash|bash|" \
	"*logd|rpcd|urngd|watchdog*|mdev|systemd*|dbus-daemon|udevd|(sd-pam)"
#endif

/* Percent of RAM, 0-50.  A process that holds less frees next to nothing: it
 * is passed over, whatever its oom_score, while a bigger one stands.  1: less
 * than that is gone again within a look of the fastest eater. */
#ifndef VICTIM_MIN
#define VICTIM_MIN 1
#endif

/* how to kill */

/* Milliseconds, 0-60000.  From SIGTERM to SIGKILL.  0: SIGKILL at once.  500
 * as the ancestor in Rust has it; who dies sooner isn't waited for.  In
 * qemu/bench-with stub, which doesn't, the eater ends later by as much with
 * zram, and 10 MB are left then: 15 with 0, 8 with 2000.  Without swap
 * KILL_FLOOR cuts it short. */
#ifndef GRACE_MS
#define GRACE_MS 500
#endif

/* Milliseconds, 100-60000.  A victim that is still there so long after its
 * SIGKILL (a D state, mostly) counts as stuck and isn't picked again.  A
 * healthy one goes within 20 ms in the guest; 2000 leaves slow flash time. */
#ifndef STUCK_MS
#define STUCK_MS 2000
#endif

/* 0 or 1.  Signal the victim's whole process group. */
#ifndef KILL_PROCESS_GROUP
#define KILL_PROCESS_GROUP 0
#endif

/* 0 or 1.  Choose and log a victim, but never signal it. */
#ifndef DRY_RUN
#define DRY_RUN 0
#endif

/* Kills, 1-100.  So many victims in a row may die without giving memory back
 * before bustd stops killing and turns to LAST_RESORT.  3: what two more
 * didn't mend, the rest won't. */
#ifndef RETRY
#define RETRY 3
#endif

/* NONE, OOM or REBOOT.  What to do when no kill helps, or nobody may be
 * killed: log it and wait; have the kernel's OOM killer choose (sysrq f); or
 * reboot at once, without sync(2), which could hang. */
#ifndef LAST_RESORT
#define LAST_RESORT NONE
#endif

/* how to run */

/* 0 or 1.  Fork into the background; -n stays in the foreground. */
#ifndef DAEMONIZE
#define DAEMONIZE 1
#endif

/* 0 or 1.  Parse flags.  0 leaves the parser out and runs as compiled. */
#ifndef FLAGS
#define FLAGS 1
#endif

/* 0-99.  SCHED_FIFO priority; 0 leaves the scheduler alone.  In qemu/bench-with
 * storm the bystander dies in 3 of 4 runs with 0, in none with 1: a fork storm
 * takes the CPU from whom it doesn't outrank.  No difference in hang, stub and
 * livelock-1. */
#ifndef RT_PRIORITY
#define RT_PRIORITY 1
#endif

/* 0 or 1.  Once on guard give up all system calls but the 19 of the loop, and
 * all opens but those for reading (seccomp, Linux 3.5).  0 since it takes half
 * a KB, and systemd and procd can do the same; 1 where nobody else does. */
#ifndef SECCOMP
#define SECCOMP 0
#endif

/* what to log */

/* 0 or 1.  Say with each scan which process is armed first. */
#ifndef VERBOSE
#define VERBOSE 0
#endif

/* LOG_STDERR, LOG_KMSG or LOG_BOTH.  A daemon's stderr is /dev/null, so
 * DAEMONIZE needs one of the latter two. */
#ifndef LOG
#define LOG LOG_BOTH
#endif
