/* SPDX-License-Identifier: MIT */
/*
 * What bustd does, decided when it is built.  A board keeps its own copy and
 * builds with `make CONFIG=board.h`, or sets single values with -DNAME=value.
 * Percentages are whole numbers; flags (see bustd(8)) take two decimals.
 * bustd.c checks every value and stops the build at one that makes no sense.
 */

/* when to act: exhausted */

/* Percent of RAM, 1-90.  Memory is exhausted when an eater has brought the room
 * (what RAM and swap can still take) down to this, plus 2 MiB (2.5 percent of
 * RAM, if that is less), or what the kernel's watermarks are raised by just
 * then, if that is more.  Higher ends eaters sooner and leaves more unused;
 * lower may leave them to the kernel's OOM killer. */
#ifndef AVAILABLE_FLOOR
#define AVAILABLE_FLOOR 1
#endif

/* Percent of RAM, 0 to AVAILABLE_FLOOR.  If room will be at or below this (plus
 * the same) at the next look, there is no time for SIGTERM, and SIGKILL is sent
 * at once. */
#ifndef KILL_FLOOR
#define KILL_FLOOR 0
#endif

/* Percent of swap, 0-100.  This much of swap doesn't count as room, as if it
 * were full.  0 uses all of it; 100 acts as if there were no swap. */
#ifndef SWAP_FLOOR
#define SWAP_FLOOR 0
#endif

/* when to act: stalled */

/* Percent of time, 1-100.  The stalled rule asks that some task waited for
 * memory (PSI `some`) for this share of the stall window.  Higher acts later;
 * lower makes little difference, since two more conditions have to hold. */
#ifndef CUTOFF_PSI
#define CUTOFF_PSI 25
#endif

/* Percent of RAM, 1-100.  The stalled rule acts only while no more than this is
 * available. */
#ifndef STALL_AVAILABLE
#define STALL_AVAILABLE 15
#endif

/* Milliseconds, 500-10000.  Window over which pressure is measured; half as
 * long again where tasks don't count as waiting for memory, as without PSI.
 * Longer acts later; shorter may take a short wait for a stall. */
#ifndef STALL_WINDOW_MS
#define STALL_WINDOW_MS 1000
#endif

/* when to look */

/* Percent of RAM, 1-100.  With more free RAM than this, on top of the kernel's
 * reserve, a look ends after sysinfo(2).  At least STALL_AVAILABLE and
 * AVAILABLE_FLOOR are taken.  Higher takes some CPU time; lower than 25 finds
 * the best victims later. */
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
 * any bytes.  They are passed over while another process's end brings enough
 * memory back.  This is no shield: one of them that takes the memory, or whose
 * oom_score is four times the next, is ended like any other, and so is a fork
 * storm of which they are a quarter or more.  With "" only PID 1, bustd and
 * processes with oom_score_adj -1000 are safe, which always are. */
#ifndef UNKILLABLES
#define UNKILLABLES \
	"init|procd|ubusd|netifd|dnsmasq|odhcp*|udhcp*|pppd|hostapd*|" \
	"wpa_supplicant|wpad|dropbear*|sshd*|tailscaled|login|*getty|" \
	"sh|ash|dash|bash|*logd|rpcd|urngd|watchdog*|mdev|systemd*|" \
	"dbus-daemon|udevd|(sd-pam)|opkg|apk|dpkg|mtd|sysupgrade|" \
	"flashcp|swupdate|rauc"
#endif

/* Names in the same form (at most 15 bytes).  These are ended first, if that
 * brings enough memory back: for instance compilers before a service.  So are
 * processes with an oom_score_adj of 1000. */
#ifndef PREFERRED
#define PREFERRED ""
#endif

/* Percent of RAM, 0-50.  A process that holds less is no victim, since its end
 * wouldn't help for long; unless it is the one that takes memory, and holds as
 * much as is left or the machine is stalled. */
#ifndef VICTIM_MIN
#define VICTIM_MIN 5
#endif

/* how to kill */

/* Milliseconds, 0-60000.  From SIGTERM to SIGKILL.  0: SIGKILL at once.  500 is
 * what bustd in Rust has.  bustd goes on as soon as the process is dead. */
#ifndef GRACE_MS
#define GRACE_MS 500
#endif

/* Milliseconds, 100-60000.  A victim that is still there so long after its
 * SIGKILL, and has given nothing back, counts as stuck and isn't picked
 * again. */
#ifndef STUCK_MS
#define STUCK_MS 2000
#endif

/* 0 or 1.  Signal the victim's whole process group, whoever is in it. */
#ifndef KILL_PROCESS_GROUP
#define KILL_PROCESS_GROUP 0
#endif

/* 0 or 1.  Choose and log a victim, but never signal it. */
#ifndef DRY_RUN
#define DRY_RUN 0
#endif

/* when nothing helps */

/* Kills, 1-100.  After so many in a row that gave nothing back, only a process
 * that is seen to take memory, or is preferred, is ended, until more memory is
 * available or neither rule has held for a minute.  If there is none, the
 * situation is hopeless. */
#ifndef RETRY
#define RETRY 1
#endif

/* NONE, OOM or REBOOT.  What to do when it is hopeless: wait; have the kernel's
 * OOM killer choose (sysrq f); or reboot at once, without sync(2), which could
 * hang. */
#ifndef LAST_RESORT
#define LAST_RESORT NONE
#endif

/* Milliseconds, 1-600000.  How long it must have been hopeless, without some
 * room in between, before the last resort. */
#ifndef HOPELESS_MS
#define HOPELESS_MS 5000
#endif

/* whom to tell */

/* The whole path of a program that is started after each kill, and when the
 * situation is hopeless (see bustd(8)).  "" starts none, and lets bustd give up
 * most of root's rights. */
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

/* 0-99.  SCHED_FIFO priority; 0 keeps the normal one.  With 0 bustd may get no
 * CPU time in a fork storm or a livelock. */
#ifndef RT_PRIORITY
#define RT_PRIORITY 1
#endif

/* what to log */

/* 0 or 1.  Say with each scan which process is armed first. */
#ifndef VERBOSE
#define VERBOSE 0
#endif

/* LOG_STDERR, LOG_JOURNAL, LOG_KMSG or LOG_BOTH.  LOG_JOURNAL is stderr for
 * systemd: each line begins with its level, as <4>, instead of the name.
 * DAEMONIZE needs LOG_KMSG or LOG_BOTH, since a daemon's stderr is
 * /dev/null. */
#ifndef LOG
#define LOG LOG_BOTH
#endif
