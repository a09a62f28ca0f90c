/* SPDX-License-Identifier: MIT */
/*
 * What bustd does, decided when it is built.  A board keeps its own copy and
 * builds with `make CONFIG=board.h`, or sets single values with -DNAME=value.
 * Percentages are whole numbers; flags (see bustd(8)) take two decimals.
 * bustd.c checks every value and stops the build at one that makes no sense.
 */

/* when to act: exhausted */

/* Percent of RAM, 1-90.  Memory counts as exhausted when an eater has brought
 * the room (what RAM and swap can still take) down to this, and to the 2 MiB
 * that the kernel may keep for itself for a moment (vm.watermark_boost_factor).
 * Higher ends eaters sooner and leaves more unused; lower may leave them to the
 * kernel's OOM killer. */
#ifndef AVAILABLE_FLOOR
#define AVAILABLE_FLOOR 1
#endif

/* Percent of RAM, 0 to AVAILABLE_FLOOR.  When the room will be at or below this
 * (and the same 2 MiB) by the next look there is no time for SIGTERM: SIGKILL
 * goes out at once. */
#ifndef KILL_FLOOR
#define KILL_FLOOR 0
#endif

/* Percent of swap, 0-100.  This much of swap doesn't count as room, as if it
 * were full.  0 uses all of it; 100 acts as if there were no swap. */
#ifndef SWAP_FLOOR
#define SWAP_FLOOR 0
#endif

/* when to act: stalled */

/* Percent of time, 1-100.  Share of the stall window that some task lost
 * waiting for memory (PSI `some`).  Higher acts later; lower makes no
 * difference on most machines, since two more conditions have to hold. */
#ifndef CUTOFF_PSI
#define CUTOFF_PSI 25
#endif

/* Percent of RAM, 1-100.  The stalled rule acts only while no more than this is
 * available. */
#ifndef STALL_AVAILABLE
#define STALL_AVAILABLE 15
#endif

/* Milliseconds, 500-10000.  Window over which pressure is measured; twice as
 * long where the kernel has no PSI.  Longer is later, shorter sees less. */
#ifndef STALL_WINDOW_MS
#define STALL_WINDOW_MS 1000
#endif

/* when to look */

/* Percent of RAM, 1-100.  With more free RAM than this, on top of the kernel's
 * reserve, a look ends at sysinfo(2).  Higher looks closer sooner, for some CPU
 * time; lower than 25 arms the worst processes later. */
#ifndef FREE_RAM_THRESHOLD
#define FREE_RAM_THRESHOLD 25
#endif

/* Percent of RAM per second, 1-10000.  The fastest eater to be caught: bustd
 * looks again before one could eat what is left.  Higher wakes up more often.
 * At 100 a machine with three quarters of its RAM available wakes up 1.5 times
 * a second. */
#ifndef FILL_RATE
#define FILL_RATE 100
#endif

/* Milliseconds, 1-1000 and SLEEP_MIN_MS-60000.  Bounds of one sleep. */
#ifndef SLEEP_MIN_MS
#define SLEEP_MIN_MS 10
#endif
#ifndef SLEEP_MAX_MS
#define SLEEP_MAX_MS 1000
#endif

/* whom to spare, whom to end first */

/* Names as in /proc/PID/comm (at most 15 bytes), separated by |; * stands for
 * any bytes.  They are passed over while the end of somebody else brings enough
 * memory back.  It is no shield: one of them that grows until memory is gone,
 * or holds several times as much as the next, goes like anyone.  "" spares
 * nobody but PID 1, bustd, and oom_score_adj -1000, which are never ended. */
#ifndef UNKILLABLES
#define UNKILLABLES \
	"init|procd|ubusd|netifd|dnsmasq|odhcp*|udhcp*|pppd|hostapd*|" \
	"wpa_supplicant|wpad|dropbear*|sshd*|tailscaled|login|*getty|" \
	"sh|ash|dash|bash|*logd|rpcd|urngd|watchdog*|mdev|systemd*|" \
	"dbus-daemon|udevd|(sd-pam)|opkg|apk|dpkg|mtd|sysupgrade|" \
	"flashcp|swupdate|rauc"
#endif

/* Names in the same form (at most 15 bytes).  Who is on this list goes first,
 * where its end brings enough memory back: a compiler before the service it
 * serves. */
#ifndef PREFERRED
#define PREFERRED ""
#endif

/* Percent of RAM, 0-50.  The end of a process that holds less than this would
 * not help for long, so it is no victim unless it is the one that eats. */
#ifndef VICTIM_MIN
#define VICTIM_MIN 5
#endif

/* how to kill */

/* Milliseconds, 0-60000.  From SIGTERM to SIGKILL.  0: SIGKILL at once.  500 as
 * the ancestor in Rust has it; who dies sooner isn't waited for. */
#ifndef GRACE_MS
#define GRACE_MS 500
#endif

/* Milliseconds, 100-60000.  A victim that is still there so long after its
 * SIGKILL, and has given nothing back, counts as stuck and isn't picked
 * again. */
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

/* when nothing helps */

/* Kills, 1-100.  After so many in a row that gave nothing back, only a process
 * that is seen to take memory, or is preferred, is ended.  If there is none, it
 * is hopeless. */
#ifndef RETRY
#define RETRY 1
#endif

/* NONE, OOM or REBOOT.  What to do when it is hopeless: wait; have the kernel's
 * OOM killer choose (sysrq f); or reboot at once, without sync(2), which could
 * hang. */
#ifndef LAST_RESORT
#define LAST_RESORT NONE
#endif

/* Milliseconds, 1-600000.  How long it must have been hopeless before the last
 * resort. */
#ifndef HOPELESS_MS
#define HOPELESS_MS 5000
#endif

/* whom to tell */

/* The whole path of a program that is started after each kill, and when it is
 * hopeless (see bustd(8)).  "" starts none, and lets bustd give up most of root's
 * rights. */
#ifndef EXEC
#define EXEC ""
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

/* 0-99.  SCHED_FIFO priority; 0 leaves the scheduler alone.  With 0 a fork
 * storm or a livelock may take the CPU from bustd. */
#ifndef RT_PRIORITY
#define RT_PRIORITY 1
#endif

/* what to log */

/* 0 or 1.  Say with each scan which process is armed first. */
#ifndef VERBOSE
#define VERBOSE 0
#endif

/* LOG_STDERR, LOG_JOURNAL, LOG_KMSG or LOG_BOTH.  LOG_JOURNAL is stderr for
 * systemd: each line begins with its level as <4>, and not with the name.
 * DAEMONIZE needs one of the latter two, since a daemon's stderr is /dev/null. */
#ifndef LOG
#define LOG LOG_BOTH
#endif
