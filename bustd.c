/* SPDX-License-Identifier: MIT */
/*
 * bustd - available memory or bust: a userspace out-of-memory killer.
 *
 *	start:	parse flags, open /proc, protect ourselves, rehearse a scan
 *	forever:
 *		sleep for sleep_ms(), or until an armed process ends
 *		sense:   sysinfo(2); with plenty of free RAM the look ends here
 *		         meminfo and pressure, from descriptors kept open
 *		decide:  judge(): fine, exhausted or stalled?
 *		fine:    getting short? scan /proc and arm the best victims
 *		else:    choose() one of the armed, or a fork storm; scan again
 *		         only if they don't explain where the memory went
 *		act:     SIGTERM, wait on its pidfd, SIGKILL, reap
 *		         wait for the memory, log one line, forget old pressure
 *
 * The words:
 *	look		one wake-up: read, remember, judge, perhaps act
 *	room		what RAM and swap can still take, in KiB
 *	available	the part of room that is in RAM
 *	fall		room comes down without a pause, or how far it has
 *	eater		whatever takes EATER_PCT of RAM (an eater's part) in
 *			one fall: a process, several, or the kernel
 *	floor		the room at which memory is exhausted
 *	guarding	a look reads all numbers: little RAM is free, or a
 *			scan is due
 *	arm		open a process (pidfd, oom_score) before it is needed
 *	census		the largest processes, as the last scan saw them
 *	baseline	what everybody held just before the fall
 *	growth, loss	what one process, and all together, took since the
 *			baseline
 *	exhausted	an eater will reach the floor before the next look
 *	stalled		tasks wait for pages that were just thrown out
 *	storm		a process group of several small processes that took
 *			most of the loss
 *	victim		the process that is ended
 *	stuck		a victim that got SIGKILL and hasn't ended
 *	hopeless	a rule holds, but no end of a process would help
 *
 * There are three parts.  Sense reads numbers and judges nothing.  Decide
 * compares them with what is remembered from earlier looks.  Its functions are
 * pure: no system call, no clock, no hidden state.  So test/replay can run
 * recorded machines through them.  Act scans, kills, waits and logs.  It
 * decides only how long to wait for a victim, and which members of a storm to
 * leave out.
 *
 * The scan runs while there is still memory.  From the decision to the signal
 * nothing is opened, unless the armed don't explain where the memory went, or a
 * storm has members to leave out.  In a livelock every call that makes the
 * kernel allocate (open, fork, getdents64) may take ten seconds, while a read
 * or a signal on an open descriptor takes milliseconds.
 *
 * These always hold: no heap, no stdio, no floats, no threads, no recursion.
 * One 128-byte buffer in main's frame is handed down to every function that
 * reads a file or builds a path.  Any callee may overwrite it, so nothing is
 * kept in it across a call.  After start-up no error ends the daemon: it warns
 * and goes on.
 *
 * Read on: look() is the whole of it in 40 lines.  Then come the rules: judge()
 * says when to act, choose() whom to end.  What they compare is measured below
 * them.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "config.h"

#define VERSION "0.2.0"

/* types */

/* A long holds 4 TiB in KiB on a 32-bit board, which then needs no 64-bit
 * division.  Times are ms of CLOCK_MONOTONIC.  They may wrap, since they are
 * only ever subtracted from one another. */
typedef unsigned long kib;
typedef unsigned long msec;

/* The numbers that decide when to act and whom to end.  In brackets: the trace
 * or scenario that each was chosen by.  HACKING.md has the whole table, with
 * what happens if a number is larger or smaller. */
enum {
	/* Percent of RAM that has to be taken in one fall, by whomever, before
	 * the exhausted rule may hold.  Programs that start, and cron jobs,
	 * take less.  [cases/spike] */
	EATER_PCT = 5,
	/* A fall ends when room has made no new low for this many ms.
	 * [cases/rest, traces/slow] */
	PAUSE_MS = 5000,
	/* Room has to sink by EATER_PCT divided by LOW_PART to count as a new
	 * low, or by LOW_KIB, where RAM is large: cron takes less.
	 * [cases/rest, cases/spike; unit, a leak on 64 GB] */
	LOW_PART = 16,
	LOW_KIB = 16384,
	/* ms from a decision to the next look.  An eater is ended when it would
	 * reach the floor within this time.  [cases/spike, bench fast] */
	AHEAD_MS = 10,
	/* A fall is expected to go on by at most its depth divided by this: a
	 * short burst says little about the future.  [cases/spike] */
	FALL_PART = 8,
	/* ms over which the rate of a fall is measured, if looks are closer.
	 * [bench fast] */
	RATE_MS = 100,
	/* The stalled rule may hold only if some task waits for I/O for this
	 * percentage of the time: by PSI (io `some`), or by iowait, in percent
	 * of one CPU, where the kernel has no PSI.  [traces/zramcold,
	 * traces/cache] */
	IO_PCT = 60,
	IOWAIT_PCT = 50,
	/* ... and only if this percentage of what is read had been in memory
	 * just before, and that is as much of what is written, too.
	 * [traces/zramcoldio; unit, slow writes] */
	REFAULT_PCT = 50,
	/* Pages that are read again count up to this many times those that were
	 * thrown out in the same window.  So a cgroup that reads in a circle at
	 * its own limit doesn't count: up to Linux 6.12 the counters leave out
	 * what it throws out.  Once would be too little, since reclaim goes
	 * ahead of the reads, in bursts.  [unit, a container at its limit] */
	THROWN_TIMES = 4,
	/* Percent of RAM available at which the best victims are armed: early
	 * enough to finish a scan before the fastest eater does.  [bench
	 * fast] */
	ARM_PCT = 25,
	/* Percent of what was taken in a fall that counts as "most of it".
	 * [cases/rpcd, cases/ramfs] */
	MOST_PCT = 50,
	/* Growth by fewer points of oom_score is noise: a point is 1.5
	 * thousandths of memory, and it is rounded.  [cases/name, workers] */
	SURE_POINTS = 4,
	/* A spared process is ended like any other when it holds this many
	 * times as much as the next largest.  Spared members of a storm are
	 * left out only if the storm has more than this many times as many
	 * members in all.  [cases/name, unit, storm] */
	SPARED_TIMES = 4,
	/* The compression ratio that is assumed while zram is nearly empty:
	 * 2:1.  Text and heaps reach 3:1, media 1:1.  [traces/zramcold] */
	ZRAM_TIMES = 2,
	/* KiB of free RAM that the kernel may keep from a process: a pageblock
	 * for atomic allocations (MIGRATE_HIGHATOMIC), or one by which it has
	 * raised its watermarks.  Its OOM killer comes that much earlier.  RAM
	 * divided by KEPT_PART, if that is less, since on a board of 32 MB a
	 * job that fits may leave less.  [cases/ptes, cases/threads] */
	KEPT_KIB = 2048,
	KEPT_PART = 40,
	/* KiB that a process costs the kernel, however small it is: its stack,
	 * page tables and structures.  [traces/bench-storm] */
	PROCESS_KIB = 100,
	/* A group is a storm only if its processes hold no more KiB than this
	 * on average, by their oom_scores.  Processes of a browser or of make
	 * hold more, and a whole session may be in their group, so they are
	 * ended one by one.  So are those that a large server forked: each
	 * seems to hold the pages that they share.  [unit, tabs, prefork] */
	STORM_KIB = 16384,
	/* KiB of reclaimable slab that may be taken for pinned, at most, and no
	 * more than RAM divided by PINNED_PART.  If there is more when bustd
	 * starts, the rest is a cache of files' names.  [traces/bench-group;
	 * unit, a late start] */
	PINNED_KIB = 16384,
	PINNED_PART = 8,
	/* A machine that lives with less than this percentage of RAM available
	 * is woken up less often while nothing eats.  [cases/rest, scenario
	 * late-eater] */
	REST_PCT = 10,
};

enum {				/* ms: when to look and how long to wait */
	STILL_SLEEP_MS = 250,	/* with less than REST_PCT available, while
				   nothing eats, no sleep is shorter, so that
				   rest costs little [cases/rest]; where a stall
				   could begin, none is longer */
	FRESH_MS = 2000,	/* for so long a scan tells who is largest, and
				   which groups have grown; after it, a scan
				   from before the end of a fall is renewed */
	BLIND_MS = 100,		/* from a failed look to the next */
	SAMPLE_MS = STALL_WINDOW_MS / 12, /* between two samples of pressure */
	AGE_MS = 60000,		/* an older census is renewed, even with plenty
				   of memory, so that a baseline is known; and
				   so long after a rule held, kills in vain are
				   forgotten [thrash] */
	LEARN_MS = 1000,	/* between two calls of learn(); ten times as
				   long with plenty of free RAM */
	SLICE_MS = 10,		/* between two looks at a dying victim */
	REAP_MS = 50,		/* until we free a dying victim's pages */
	SETTLE_MS = 200,	/* for a dead victim's pages to come back */
	QUIET_MS = 60000,	/* between two warnings of one kind */
	HOPELESS_SCAN_MS = 500,	/* between two scans while it is hopeless */
	DRY_MS = 10000,		/* between two log lines of -d */
};

enum {				/* how many are remembered */
	COMM = 16,		/* TASK_COMM_LEN, with its NUL */
	ARMED = 3,		/* processes kept open: each costs a pread
				   before the signal */
	CENSUS = 64,		/* the largest processes */
	GROUPS = 32,		/* the largest process groups */
	ROOMS = 8,		/* for the rate of a fall */
	SAMPLES = 24,		/* of pressure, SAMPLE_MS apart */
};

enum { NONE, OOM, REBOOT };		/* LAST_RESORT */
enum { LOG_STDERR = 1, LOG_KMSG, LOG_BOTH, LOG_JOURNAL };

/* What sense() read in one look. */
struct look {
	msec now_ms;
	kib total_kib, free_kib;	/* sysinfo(2); total less huge_kib */
	kib huge_kib;			/* the pools of huge pages */
	kib swap_total_kib, swap_free_kib;
	kib file_kib;		/* meminfo: Active(file) + Inactive(file); and
				   ZFS's cache */
	kib slab_kib;		/* KReclaimable, or SReclaimable before 4.20 */
	kib anon_kib;		/* AnonPages */
	kib zswap_kib;		/* Zswap: RAM that swapped pages take, since
				   5.19 */
	kib shmem_kib;		/* Shmem: tmpfs and shared memory */
	int has_psi;		/* /proc/pressure is there */
	unsigned long mem_us;	/* PSI memory `some`, total */
	unsigned long io_us;	/* PSI io `some`, total; without PSI iowait in
				   /proc/stat, of all CPUs together */
};

/* Counters since boot, in KiB. */
struct refaults {
	msec ms;		/* 0: not known */
	kib file_kib, anon_kib;	/* read again: workingset_refault_file, and
				   from swap: _anon */
	kib read_kib, written_kib;	/* pgpgin and pgpgout, without swap */
	kib thrown_kib;		/* thrown out: pgsteal_kswapd, _direct; up to
				   6.12 without what cgroups throw out at their
				   own limits, in 7.2 with it */
	kib limited_kib;	/* that, since pgsteal_anon and _file have it,
				   too; doesn't rise before 5.8 and in 7.2 */
};

struct sample {			/* pressure at an earlier look */
	msec ms;
	unsigned long mem_us, io_us;
	struct refaults refaults;
};

/* What is remembered about the machine between looks. */
struct memory {
	/* by learn(), at most once a second; zram and CMA also at each look */
	kib reserve_kib;	/* free RAM that MemAvailable leaves out */
	kib early_kib;		/* more that kswapd keeps free, by a large
				   vm.watermark_scale_factor */
	kib min_free_kib;	/* vm.min_free_kbytes, when it was learnt */
	kib pinned_kib;		/* slab that never was given back */
	kib cma_total_kib, cma_free_kib;
	kib huge_kib;		/* the pools of huge pages */
	kib zram_kib, zram_free_kib;	/* swap on zram, and its free part */
	kib zram_data_kib, zram_used_kib; /* its data, and the RAM it takes */
	kib memavailable_kib;	/* for the log */
	/* by read_zones(), near the end of a fall and during a kill */
	kib kept_kib;		/* RAM that the kernel keeps */
	kib listed_kib;		/* free pages on the lists of single CPUs */

	/* the fall: room was high_kib at first and has come down to low_kib */
	kib high_kib, low_kib, marked_kib;
	kib capacity_kib;	/* RAM and swap as it began, less
				   min_free_kib */
	msec low_ms;		/* when marked_kib, the last new low, was set */
	msec ended_ms;		/* when the last fall, or rise, ended, or 0 */
	int is_fall_held;	/* a fall has ended, and what it took is still
				   held, until renew_baseline() */
	struct { msec ms; kib room_kib; } room[ROOMS];	/* newest at at_room */
	unsigned at_room, rooms;

	/* a ring, newest at at_sample; cleared after a kill, and while there
	 * can be no stall: so much RAM is free, or the swap changes its size */
	struct sample sample[SAMPLES];
	unsigned at_sample, samples;
	struct refaults refaults;	/* the newest */
	kib swap_total_kib;		/* when pressure was read last */

	msec hopeless_ms;	/* since when it is hopeless; 0: it isn't */
	msec eased_ms;		/* hopeless_ms, or when room came back last */
	msec resorted_ms;	/* the hopeless_ms that -r was done for */
	unsigned futile;	/* kills in a row that gave nothing back */
	msec ruled_ms;		/* when a rule held last */
	msec scan_cost_ms;	/* CPU time that the last scan took */
};

enum rule { FINE, EXHAUSTED, STALLED };

struct verdict {		/* judge()'s answer, with its numbers */
	enum rule rule;
	int is_urgent;		/* no time for SIGTERM */
	kib room_kib, available_kib, fall_kib;
	kib ahead_kib;		/* expected to go within AHEAD_MS */
	/* over the window of the stalled rule, in hundredths of a percent */
	unsigned mem_centi, io_centi, refault_centi;
};

struct usage {			/* what one process uses: up to 4 TiB */
	unsigned score;		/* oom_score */
	unsigned anon_kib;
	unsigned shared_kib;	/* mapped files and shared memory */
	unsigned adj_points;	/* what oom_score_adj adds to score; 0 where RAM
				   explains the score: is_unexplained() */
};

struct candidate {		/* an armed process */
	pid_t pid;		/* 0: an empty slot */
	int pidfd;		/* -1 where pidfd_open is missing */
	int score_fd;		/* open oom_score: reading it fails (ESRCH) once
				   the process is gone, even if its pid is used
				   again */
	struct usage seen, base; /* when armed, and in the baseline */
	unsigned last_score;	/* the newest reading; 0: it has ended */
	int score_adj;
	int is_spared, is_preferred;
	int is_new;		/* it wasn't in the census before this scan */
	pid_t parent, pgid;
	unsigned uid;
	kib shmem_kib, swap_kib, pte_kib;	/* when armed */
	kib exe_kib;		/* of its program's code */
	char comm[COMM];
};

struct process {		/* a process in the census */
	pid_t pid;
	int is_seen;		/* the scan that runs has seen it */
	struct usage seen, base; /* by the last scan, and in the baseline */
};

struct group {			/* a process group in the census */
	pid_t pgid;
	unsigned members, base_members, points;
	unsigned own_kib, base_kib; /* without pages of files and of shared
				   memory; and in the baseline */
	int is_checked;		/* by check_group(), which sets the others: */
	int spares;		/* members with spared names are left out */
	int is_whole;		/* no member is left out */
};

struct totals {			/* sums over the machine, at one time */
	msec ms;
	kib room_kib;
	kib process_kib, other_kib, swap_kib, shmem_kib;	/* in use */
	kib counted_kib;	/* the anonymous memory of each process that
				   the last scan has counted */
};

/* The processes, as the last scan saw them, beside the baseline (base), which
 * is what they held just before the fall. */
struct census {
	struct process process[CENSUS];
	struct group group[GROUPS];
	struct candidate armed[ARMED];	/* the best victim first */
	unsigned nothing_score;	/* oom_score of a process that holds nothing:
				   about 666 */
	unsigned turned_away;	/* the highest score of a process without a
				   place, less what oom_score_adj adds */
	unsigned missed_score;	/* the most that one without a place had in the
				   baseline */
	unsigned missed_group_kib;	/* the most that a group without a place
				   may have had in the baseline */
	int is_point_scaled;	/* since 5.9: a point is 1.5 thousandths */
	struct totals scan, base; /* at the last scan, and in the baseline */
	int has_base;		/* the baseline is known */
	int is_stale;		/* the armed may not be the best any more */
	int is_spent;		/* somebody large has ended since the last scan,
				   or was ended */
	int makes_base;		/* this scan makes a new baseline */
};

enum choice { NOBODY, SCAN, PREFERS, GROWS, LARGEST, SPARED, GROUP };

struct pick {			/* choose()'s answer */
	enum choice how;
	int at;			/* index in armed, or in group for a GROUP */
};

struct options {		/* config.h, as the flags override it */
	int psi_centi, floor_centi, swap_centi, kill_centi;
	int grace_ms, daemonize, verbose, kill_group, dry_run;
	int log, last_resort, help, version;
	const char *unkillables, *preferred, *exec;
};

/* All that a decision may look at. */
struct machine {
	const struct options *opt;
	const struct look *now;
	const struct memory *mem;
	const struct census *census;
};

/* what is kept between looks */

static struct memory memory;	/* what is remembered about the machine */
static struct census census;	/* and about its processes */
static struct look now;		/* the newest look */
static struct options opt;	/* config.h, as the flags override it */
static const struct machine machine = { &opt, &now, &memory, &census };
static int is_guarding;		/* this look reads all numbers */

/* what the loop calls, in the order of the parts */

static int sense(char *buf);
static void sense_more(char *buf);

static void remember(const struct machine *, struct memory *);
static struct verdict judge(const struct machine *);
static int is_falling(const struct machine *);
static int is_still_hopeless(const struct machine *, const struct verdict *);
static msec sleep_ms(const struct machine *);
static int wants_scan(const struct machine *, kib room);

static int scan(char *buf);
static void disarm(void);
static void renew_baseline(void);
static void read_scores(char *buf);
static void relieve(char *buf, struct verdict);
static void stand_back(char *buf, const struct verdict *);
static void await_children(char *buf);
static void status(char *buf);
static int wait_for_signal_or_end(msec ms);

/* the loop */

/* One look at the machine.  Returns how long to sleep, in ms. */
static msec
look(char *buf)
{
	struct verdict v;

	if (sense(buf) < 0)
		return BLIND_MS;
	remember(&machine, &memory);
	if (memory.is_fall_held)
		renew_baseline();
	if (!is_guarding) {
		if (census.armed[0].pid)
			disarm();
		return sleep_ms(&machine);
	}
	v = judge(&machine);
	if (v.rule != FINE) {
		memory.ruled_ms = now.now_ms;
		relieve(buf, v);
		sense_more(buf);
		return v.rule == STALLED && memory.hopeless_ms ?
		    SAMPLE_MS : SLEEP_MIN_MS;
	}
	if (now.now_ms - memory.ruled_ms > AGE_MS)
		memory.futile = 0;	/* the last kill was long ago */
	if (memory.hopeless_ms) {
		if (is_still_hopeless(&machine, &v))
			stand_back(buf, &v);
		else
			memory.hopeless_ms = 0;
	}
	if (is_falling(&machine))
		read_scores(buf);	/* do the armed explain the fall? */
	if (wants_scan(&machine, v.room_kib))
		scan(buf);
	sense_more(buf);
	return sleep_ms(&machine);
}

/* Runs until SIGTERM or SIGINT, which it returns. */
static int
guard(char *buf)
{
	msec ms;
	int sig;

	for (;;) {
		ms = look(buf);
		await_children(buf);
		sig = wait_for_signal_or_end(ms);
		if (sig == SIGUSR1)
			status(buf);
		else if (sig)
			return sig;
	}
}

/* decide: when to act */

/* what these compare; each is explained where it is defined */
static kib part_kib(kib of, int centi);
static kib eater_kib(const struct machine *);
static kib stall_kib(const struct machine *);
static kib available_kib(const struct machine *);
static kib room_kib(const struct machine *);
static kib floor_kib(const struct machine *);
static kib fall_kib(const struct machine *);
static kib listed_kib(const struct machine *);
static kib ahead_kib(const struct machine *, kib room);
static int measure_reads(const struct machine *, msec window, struct verdict *);

/* Exhausted: an eater will be at the floor by the next look. */
static int
is_exhausted(const struct machine *m, const struct verdict *v)
{
	return v->fall_kib >= eater_kib(m) &&
	    v->room_kib <= floor_kib(m) + v->ahead_kib;
}

/*
 * Stalled: the working set doesn't fit any more.  Little is available, hardly
 * any RAM is free, some task waits for reads most of the time, and most of what
 * is read was in memory a moment ago.  Fills in v.
 *
 * That alone is also true of a harmless job that reads the same files again and
 * again on a small machine.  So one more thing is asked for: either tasks wait
 * for memory (PSI), or an eater has just taken memory, and the stall has lasted
 * half a window longer.  The second is for tasks that PSI doesn't count as
 * waiting for memory: most that read by MADV_RANDOM, or by pread(2) from Linux
 * 6.12 on, and all of them where the kernel has no PSI.
 */
static int
find_stall(const struct machine *m, struct verdict *v)
{
	const int has_read = measure_reads(m, STALL_WINDOW_MS, v);

	if (v->available_kib > stall_kib(m))
		return 0;
	if (m->now->has_psi && has_read &&
	    v->mem_centi >= (unsigned)m->opt->psi_centi)
		return 1;
	return v->fall_kib >= eater_kib(m) &&
	    measure_reads(m, STALL_WINDOW_MS * 3 / 2, v);
}

/* Fine, exhausted or stalled?  If both rules hold, it is exhausted, since that
 * leaves less time. */
static struct verdict
judge(const struct machine *m)
{
	const kib urgent = part_kib(m->now->total_kib, m->opt->kill_centi) +
	    m->mem->kept_kib;
	struct verdict v = { .rule = FINE };

	v.available_kib = available_kib(m);
	v.room_kib = room_kib(m) + listed_kib(m);
	v.fall_kib = fall_kib(m);
	v.ahead_kib = ahead_kib(m, room_kib(m));
	v.is_urgent = v.room_kib <= urgent + v.ahead_kib;
	if (find_stall(m, &v))
		v.rule = STALLED;
	if (is_exhausted(m, &v))
		v.rule = EXHAUSTED;
	return v;
}

/* decide: whom to end */

/* what these compare; each is explained where it is defined */
static kib loss_kib(const struct machine *);
static kib score_kib(const struct machine *, unsigned long points);
static kib grown_kib(const struct machine *, const struct candidate *);
static kib sure_growth_kib(const struct machine *, const struct candidate *);
static kib all_growth_kib(const struct machine *);
static kib group_growth_kib(const struct machine *, const struct group *);
static kib size_kib(const struct machine *, const struct candidate *);
static int holds_enough(const struct machine *, const struct candidate *);
static int goes_first(const struct machine *, const struct candidate *);
static kib percent_kib(kib of, int percent);
static int is_sure(const struct machine *, kib taken);
static int took_most(kib grown, kib loss);
static int is_puzzling(const struct machine *);
static int is_worth_ending(const struct machine *, const struct verdict *,
    const struct candidate *);
static int is_relief(const struct machine *, const struct verdict *,
    const struct candidate *);
static int is_recent(const struct machine *);
static int is_outdated(const struct machine *, msec at_ms);
static int is_surely_largest(const struct machine *, const struct candidate *);
static const struct candidate *find_largest(const struct machine *);
static int find_storm(const struct machine *, const struct verdict *);

/* What a fork storm took: a group of several small processes that took most of
 * the loss together.  0 if the group isn't one, or if one armed member took
 * most of what the group took. */
static kib
storm_kib(const struct machine *m, const struct group *g)
{
	const kib grown = group_growth_kib(m, g);
	const struct candidate *a;

	if (g->members <= 1 || !took_most(grown, loss_kib(m)) ||
	    score_kib(m, g->points) / g->members > STORM_KIB)
		return 0;
	for (a = m->census->armed; a < m->census->armed + ARMED && a->pid; a++)
		if (a->pgid == g->pgid &&
		    took_most(sure_growth_kib(m, a), grown))
			return 0;
	return grown;
}

static struct pick
pick(enum choice how, int at)
{
	return (struct pick){ how, at };
}

/*
 * Whom to end?  is_fresh: this look has scanned.  SCAN asks for a scan, or,
 * where this look has scanned or may_scan() refuses, leaves it to the next
 * look.  The first of these that applies decides:
 * 1. An armed process, the best first: one that is preferred and holds enough,
 *    or one that took most of the loss, if its end is worth it.  Without a
 *    fresh scan the second must have grown by half an eater's part, since less
 *    may be mapped files that it read again.  Nor may the armed seem to have
 *    taken more than was taken.
 * 2. Exhausted, but too little was lost to tell who took it: SCAN.
 * 3. A group of processes took most of the loss, and its end is worth it: the
 *    GROUP, unless the end of one process (5) is a relief.  A scan of the last
 *    FRESH_MS is enough for this, since in a fork storm there is no time for
 *    another; but somebody has to be armed, and nobody large may have ended
 *    since.
 * 4. Without a fresh scan: the LARGEST, if it is certain which is, next to
 *    nothing was lost, and a kill may help (6); otherwise SCAN.
 * 5. Several processes took most of the loss: the one that grew most, if its
 *    end is worth it; if not, and memory is exhausted, SCAN.
 * 6. NOBODY, if no kill would help: while it is hopeless, until the fall that
 *    made it so is over; after RETRY kills in vain; and if none of the armed
 *    holds enough.  NOBODY, too, if something else took the memory: tmpfs, the
 *    kernel, a process that may not be ended.  That shows only if half an
 *    eater's part was lost, or in a stall a whole one: less may be free pages
 *    that a CPU keeps, or pages on their way to the disk.
 * 7. Exhausted, but most of the fall is older than the baseline: SCAN.
 * 8. The largest.
 *
 * NOBODY is safe, since the kernel's own OOM killer is still there.  If memory
 * was exhausted, a new baseline is made after it.  From then on only a process
 * that is preferred, or that takes what is left, is ended (1, 3 and 5).
 */
static struct pick
choose(const struct machine *m, const struct verdict *v, int is_fresh)
{
	const struct candidate *a = m->census->armed, *big = find_largest(m);
	const kib loss = loss_kib(m);
	const int is_known = is_sure(m, loss);
	const int is_theirs = took_most(all_growth_kib(m), loss);
	const int no_kill_helps = !big || m->mem->futile >= RETRY ||
	    (m->mem->hopeless_ms && !is_outdated(m, m->mem->hopeless_ms));
	int i, grows, is_worth_it, group = -1;

	for (i = 0; i < ARMED && a[i].pid; i++) {
		if (!a[i].last_score)
			continue;
		if (goes_first(m, &a[i]))
			return pick(PREFERS, i);
		if (is_known && is_worth_ending(m, v, &a[i]) &&
		    (is_fresh || (grown_kib(m, &a[i]) >= eater_kib(m) / 2 &&
		    !is_puzzling(m))) &&
		    took_most(sure_growth_kib(m, &a[i]), loss))
			return pick(GROWS, i);
	}
	if (!is_known && v->rule == EXHAUSTED)
		return pick(SCAN, -1);
	grows = is_known && is_theirs && a[0].pid && sure_growth_kib(m, &a[0]);
	is_worth_it = grows && is_worth_ending(m, v, &a[0]);
	if (is_known && a[0].pid && is_recent(m) &&
	    !(is_worth_it && is_relief(m, v, &a[0])))
		group = find_storm(m, v);
	if (group >= 0)
		return pick(GROUP, group);
	if (!is_fresh)
		return is_known || no_kill_helps || !is_surely_largest(m, big) ?
		    pick(SCAN, -1) : pick(LARGEST, (int)(big - a));
	if (is_worth_it)
		return pick(GROWS, 0);
	if (grows && v->rule == EXHAUSTED)
		return pick(SCAN, -1);
	if (no_kill_helps)
		return pick(NOBODY, -1);
	if (!is_theirs && loss >= eater_kib(m) / (v->rule == EXHAUSTED ? 2 : 1))
		return pick(NOBODY, -1);
	if (v->rule == EXHAUSTED && loss < percent_kib(v->fall_kib, MOST_PCT))
		return pick(SCAN, -1);
	return pick(big->is_spared ? SPARED : LARGEST, (int)(big - a));
}

/*
 * Is a the better victim?  The first of these that differs decides.  Only
 * find_largest() ranks otherwise.
 * 1. A preferred process whose end would help.
 * 2. More growth since the baseline.
 * 3. A process that holds enough for its end to help.
 * 4. The larger one.
 */
static int
is_better(const struct machine *m, const struct candidate *a,
    const struct candidate *b)
{
	const kib grown = sure_growth_kib(m, a);
	const kib other = sure_growth_kib(m, b);

	if (goes_first(m, a) != goes_first(m, b))
		return goes_first(m, a);
	if (grown != other)
		return grown > other;
	if (holds_enough(m, a) != holds_enough(m, b))
		return holds_enough(m, a);
	return size_kib(m, a) > size_kib(m, b);
}

/* decide: memory, as the rules measure it */

/* A share of it.  centi: in hundredths of a percent. */
static kib
part_kib(kib of, int centi)
{
	const unsigned long part = (unsigned long)centi;

	return of / 10000 * part + of % 10000 * part / 10000;
}

static kib
percent_kib(kib of, int percent)
{
	return part_kib(of, percent * 100);
}

/* a - b, but never below 0. */
static unsigned long
minus(unsigned long a, unsigned long b)
{
	return a > b ? a - b : 0;
}

static unsigned long
distance(unsigned long a, unsigned long b)
{
	return a > b ? a - b : b - a;
}

static unsigned long
min_of(unsigned long a, unsigned long b)
{
	return a < b ? a : b;
}

static unsigned long
max_of(unsigned long a, unsigned long b)
{
	return a > b ? a : b;
}

/* With more than this available, a stall doesn't come from lack of memory. */
static kib
stall_kib(const struct machine *m)
{
	return percent_kib(m->now->total_kib, STALL_AVAILABLE);
}

/* An eater's part: what something has to take to be an eater. */
static kib
eater_kib(const struct machine *m)
{
	return percent_kib(m->now->total_kib, EATER_PCT);
}

/*
 * What RAM can still take: free pages, file pages and reclaimable slab, less
 * the part of them that nobody gets.  That part is the kernel's reserve, free
 * CMA pages, which only movable pages may use, and slab that is never given
 * back, such as tracefs (8.7 MB in Debian's 6.1).
 *
 * MemAvailable is much the same sum.  But it dips for some ms whenever Linux
 * (5.0 on) boosts its watermarks, while our reserve is what learn() found over
 * time.  And it leaves out some file pages and slab that can be had.  The
 * kernel's OOM killer comes when this is about 0, or, while watermarks are
 * raised, kept_kib.
 */
static kib
available_kib(const struct machine *m)
{
	kib slab = minus(m->now->slab_kib, m->mem->pinned_kib);

	return minus(m->now->free_kib + m->now->file_kib + slab,
	    m->mem->reserve_kib + m->mem->cma_free_kib);
}

/* What RAM and swap can still take.  A page that goes to zram takes RAM itself,
 * so of free zram only what compression saves counts, and no more than there is
 * anonymous memory to compress.  The ratio is that of the data in zram.  An
 * eater's part of data, compressed by ZRAM_TIMES, is added, so that an empty
 * zram has a ratio, too. */
static kib
room_kib(const struct machine *m)
{
	kib zram = min_of(m->mem->zram_free_kib, m->now->swap_free_kib);
	kib disk = m->now->swap_free_kib - zram;
	kib spare = part_kib(m->now->swap_total_kib, m->opt->swap_centi);
	kib used, data, saved;

	zram = min_of(minus(zram, minus(spare, disk)), m->now->anon_kib);
	used = m->mem->zram_used_kib + eater_kib(m) / ZRAM_TIMES;
	data = m->mem->zram_data_kib + eater_kib(m);
	saved = minus(zram, zram / 64 * (used * 64 / data));
	return available_kib(m) + minus(disk, spare) + saved;
}

/* Room at or below this is exhausted. */
static kib
floor_kib(const struct machine *m)
{
	return part_kib(m->now->total_kib, m->opt->floor_centi) +
	    m->mem->kept_kib;
}

/* What is available at least, by sysinfo(2) alone: free RAM above the reserve.
 * All of CMA is left out, since sysinfo(2) doesn't tell how much of it is
 * free. */
static kib
sure_kib(const struct machine *m)
{
	return minus(m->now->free_kib,
	    m->mem->reserve_kib + m->mem->cma_total_kib);
}

/* Does free RAM alone prove that neither rule can hold? */
static int
is_plenty(const struct machine *m)
{
	const kib gate = percent_kib(m->now->total_kib, FREE_RAM_THRESHOLD);

	return sure_kib(m) >
	    max_of(max_of(gate, stall_kib(m)), floor_kib(m));
}

static kib
fall_kib(const struct machine *m)
{
	return m->mem->high_kib - m->mem->low_kib;
}

/* Has half an eater's part been taken?  Then an eater may be at work. */
static int
is_falling(const struct machine *m)
{
	return fall_kib(m) >= eater_kib(m) / 2;
}

/* A fall ends when room has made no new low for PAUSE_MS.  The next then begins
 * where room was at the last look, since an eater may have begun after it.  A
 * fall also ends when more than half of what was taken has come back.  And it
 * ends when RAM or swap get larger or smaller (a balloon, swapoff,
 * vm.min_free_kbytes) by more than a new low: nobody took that, and
 * oom_scores, which are shares of both, can't be compared with those from
 * before.  A fall or a rise by half an eater's part sets ended_ms, so that a
 * new baseline is made. */
static void
remember_room(const struct machine *m, struct memory *mem, kib room)
{
	const kib capacity = m->now->total_kib + m->now->swap_total_kib -
	    mem->min_free_kib;
	const int is_resized = mem->rooms &&
	    distance(capacity, mem->capacity_kib) > eater_kib(m) / LOW_PART;
	const int has_come_back = !mem->rooms || room > mem->high_kib ||
	    (room > mem->low_kib && room - mem->low_kib > fall_kib(m) / 2);
	const int begins_here = has_come_back || is_resized;

	if (begins_here || m->now->now_ms - mem->low_ms > PAUSE_MS) {
		if (is_resized || fall_kib(m) + minus(room, mem->high_kib) >=
		    eater_kib(m) / 2) {
			mem->ended_ms = m->now->now_ms;
			mem->is_fall_held = is_resized || !has_come_back;
		}
		mem->capacity_kib = capacity;
		mem->high_kib = begins_here ? room :
		    mem->room[mem->at_room].room_kib;
		mem->low_kib = mem->marked_kib = mem->high_kib;
		mem->low_ms = m->now->now_ms;
	}
	if (room < mem->low_kib) {
		mem->low_kib = room;
		if (mem->marked_kib - room > min_of(eater_kib(m) / LOW_PART,
		    LOW_KIB)) {
			mem->marked_kib = room;
			mem->low_ms = m->now->now_ms;
		}
	}
	mem->at_room = (mem->at_room + 1) % ROOMS;
	mem->room[mem->at_room].ms = m->now->now_ms;
	mem->room[mem->at_room].room_kib = room;
	if (mem->rooms < ROOMS)
		mem->rooms++;
}

/* Called after a kill.  The fall goes on, less what came back.  Otherwise
 * others, who may still eat, would have to take that before room makes a new
 * low; and if that took longer than PAUSE_MS, a new fall would begin just above
 * the floor. */
static void
go_on_falling(const struct machine *m, struct memory *mem, kib room)
{
	mem->low_ms = m->now->now_ms;
	if (room > mem->low_kib)
		mem->low_kib = mem->marked_kib = min_of(room, mem->high_kib);
}

/* What is expected to be taken within AHEAD_MS, at the rate of the last looks
 * (ROOMS of them, of the last RATE_MS), but at most a part of the fall. */
static kib
ahead_kib(const struct machine *m, kib room)
{
	kib gone = 0;
	msec ms = 1;
	unsigned i;

	for (i = 1; i < m->mem->rooms; i++) {
		unsigned at = (m->mem->at_room + ROOMS - i) % ROOMS;
		msec age = m->now->now_ms - m->mem->room[at].ms;

		if (i > 1 && age > RATE_MS)
			break;
		gone = minus(m->mem->room[at].room_kib, room);
		ms = age ? age : 1;
	}
	return min_of(gone / ms * AHEAD_MS, fall_kib(m) / FALL_PART);
}

/* Is so much RAM free that the kernel has no need to throw pages out?  Reclaim
 * begins below the low watermark and stops at the high one.  The kernel may
 * have raised that to two and a half times its usual height, and the reserve,
 * with early_kib, has the usual height of all high watermarks in it. */
static int
has_free_ram(const struct machine *m)
{
	return m->now->free_kib > (m->mem->reserve_kib + m->mem->early_kib) *
	    3 + m->mem->cma_free_kib + m->mem->kept_kib;
}

/* While RAM isn't full, a wait for reads is no stall.  Nor is it while swap is
 * taken away: swapoff(8) reads back all that is there. */
static void
remember_pressure(const struct machine *m, struct memory *mem)
{
	struct sample *s = &mem->sample[mem->at_sample];

	if (has_free_ram(m) || m->now->swap_total_kib != mem->swap_total_kib)
		mem->samples = 0;	/* no window reaches further back */
	mem->swap_total_kib = m->now->swap_total_kib;
	if (mem->samples && m->now->now_ms - s->ms < SAMPLE_MS)
		return;
	mem->at_sample = (mem->at_sample + 1) % SAMPLES;
	mem->sample[mem->at_sample] = (struct sample){ m->now->now_ms,
	    m->now->mem_us, m->now->io_us, mem->refaults };
	if (mem->samples < SAMPLES)
		mem->samples++;
}

/* Called after a kill, and when a large process has ended by itself: what was
 * measured before doesn't count any more, so that the stall that one process
 * caused doesn't end another. */
static void
forget_pressure(struct memory *mem)
{
	mem->samples = 0;
	mem->refaults.ms = 0;
}

/* Called at each look, before anything is judged. */
static void
remember(const struct machine *m, struct memory *mem)
{
	/* with plenty of free RAM all but sysinfo's numbers are from an earlier
	 * look, which is good enough to see a fall begin */
	remember_room(m, mem, room_kib(m));
	if (available_kib(m) > stall_kib(m))
		mem->futile = 0;	/* memory isn't short any more */
	if (is_plenty(m)) {
		mem->samples = 0;
		mem->hopeless_ms = 0;
	} else {
		remember_pressure(m, mem);
	}
}

/* us as a share of ms, in hundredths of a percent. */
static unsigned
centi_of(unsigned long us, msec ms)
{
	return (unsigned)(us / ms * 10 + us % ms * 10 / ms);
}

/* By how much a counter has risen.  It may wrap on 32 bits.  iowait may also
 * fall, when a task that waits is woken up on another CPU (proc_stat(5)). */
static unsigned long
risen(unsigned long is, unsigned long was)
{
	const unsigned long more = is - was;

	return more > LONG_MAX ? 0 : more;
}

/* The newest sample that is at least this old, or NULL.  After a long sleep it
 * may be much older, so callers divide by its true age. */
static const struct sample *
sample_before(const struct machine *m, msec ms)
{
	const struct memory *mem = m->mem;
	unsigned i;

	for (i = 0; i < mem->samples; i++) {
		const struct sample *s =
		    &mem->sample[(mem->at_sample + SAMPLES - i) % SAMPLES];

		if (m->now->now_ms - s->ms >= ms)
			return s;
	}
	return NULL;
}

/*
 * What was read again in the window, after lack of memory had thrown it out, as
 * a share of what was read or of what was written, whichever is more; in
 * hundredths of a percent; 0 if not known.
 *
 * Writes count, since PSI and iowait also rise while tasks wait for those.  A
 * hang may write as much as it reads, if the working set is a mapped file that
 * is changed.  Swap that is all on zram doesn't count, since nobody waits for
 * I/O there.  What cgroups throw out at their own limits is taken off, since
 * they read it again however much memory is left (Linux 5.8 to 6.12).  The
 * limit by THROWN_TIMES leaves out a cgroup that reads alone, on older kernels,
 * too, and what is read again once memory is back.
 *
 * vmstat isn't read at every look.  If its counters at the beginning of the
 * window aren't known, those of a sample at least half a window old will do,
 * but not counters from an earlier pressure.
 */
static unsigned
refault_centi(const struct machine *m, msec window)
{
	const struct refaults *r = &m->mem->refaults;
	const struct sample *s;
	kib back, all, limited, swapped = 0;
	msec ms = window;

	while (!(s = sample_before(m, ms)) || !s->refaults.ms ||
	    s->ms - s->refaults.ms > window) {
		ms -= window / 8;
		if (ms < window / 2)
			return 0;
	}
	if (!r->ms || r->ms - s->refaults.ms < window / 3)
		return 0;
	if (m->now->swap_total_kib > m->mem->zram_kib)
		swapped = r->anon_kib - s->refaults.anon_kib;
	limited = risen(r->limited_kib, s->refaults.limited_kib);
	back = r->file_kib - s->refaults.file_kib + swapped;
	back = min_of(minus(back, limited),
	    (r->thrown_kib - s->refaults.thrown_kib) * THROWN_TIMES);
	all = max_of(risen(r->written_kib, s->refaults.written_kib),
	    risen(r->read_kib, s->refaults.read_kib) + swapped);
	if (back >= all)
		return all ? 10000 : 0;
	return (unsigned)(back / (all / 100 + 1) * 100);
}

/* Fills in v, for the window that ends now: how long tasks waited for memory
 * and for I/O, and how much of what was read had been in memory before.  Do
 * the last two show a working set that doesn't fit? */
static int
measure_reads(const struct machine *m, msec window, struct verdict *v)
{
	const struct sample *s = sample_before(m, window);
	msec ms;

	if (!s)
		return 0;
	ms = m->now->now_ms - s->ms;
	v->mem_centi = centi_of(m->now->mem_us - s->mem_us, ms);
	v->io_centi = centi_of(risen(m->now->io_us, s->io_us), ms);
	v->refault_centi = refault_centi(m, window);
	return v->io_centi >= (m->now->has_psi ? IO_PCT : IOWAIT_PCT) * 100 &&
	    v->refault_centi >= REFAULT_PCT * 100;
}

/* decide: processes, as the rules measure them */

/* Points of oom_score in KiB: a point is 1.5 thousandths of RAM and swap, or 1
 * thousandth before Linux 5.9. */
static kib
score_kib(const struct machine *m, unsigned long points)
{
	return part_kib(m->now->total_kib + m->now->huge_kib +
	    m->now->swap_total_kib,
	    (int)(points * (m->census->is_point_scaled ? 15 : 10)));
}

/* A whole oom_score in KiB: what it has above that of a process that holds
 * nothing. */
static kib
whole_kib(const struct machine *m, unsigned long score)
{
	return score_kib(m, minus(score, m->census->nothing_score));
}

/* What an oom_score_adj above 0 adds to oom_score. */
static unsigned
adj_points(const struct machine *m, int adj)
{
	const unsigned points = adj > 0 && adj <= 1000 ? (unsigned)adj : 0;

	return m->census->is_point_scaled ? points * 2 / 3 : points;
}

/* By how much a process grew from `was` to `is`, by its oom_score.  That counts
 * RAM and swap, so a process that is swapped in or out hasn't grown.  But it
 * also counts the pages of mapped files, which reclaim takes and the process
 * reads again.  So what shared pages grew by is left out, up to `files`, the
 * most of it that can be mapped files; and what they lost is added.  A changed
 * oom_score_adj, as of a tab in the background, is no growth either. */
static kib
more_kib(const struct machine *m, const struct usage *is,
    const struct usage *was, kib files)
{
	const kib mapped = min_of(minus(is->shared_kib, was->shared_kib),
	    files);

	return minus(score_kib(m, is->score + was->adj_points) +
	    minus(was->shared_kib, is->shared_kib),
	    score_kib(m, was->score + is->adj_points) + mapped);
}

/* What an armed process has taken since it was armed. */
static kib
since_kib(const struct machine *m, const struct candidate *a)
{
	return score_kib(m, minus(a->last_score, a->seen.score));
}

/* The same of all the armed together. */
static kib
armed_since_kib(const struct machine *m)
{
	const struct candidate *a;
	kib since = 0;

	for (a = m->census->armed; a < m->census->armed + ARMED && a->pid; a++)
		since += since_kib(m, a);
	return since;
}

/* Growth since the baseline.  A database's process that begins to use shared
 * memory maps what others have filled before.  So its growth in shared memory
 * counts for no more than all shared memory grew by. */
static kib
grown_kib(const struct machine *m, const struct candidate *a)
{
	const kib shared = minus(a->seen.shared_kib, a->base.shared_kib);
	const kib taken = minus(m->now->shmem_kib, m->census->base.shmem_kib);
	const kib files = minus(a->seen.shared_kib, a->shmem_kib);

	return more_kib(m, &a->seen, &a->base,
	    max_of(files, minus(shared, taken))) + since_kib(m, a);
}

/* Does another of the armed have the same shared memory?  That is certain if
 * both together have more of it than there is. */
static int
is_shared(const struct machine *m, const struct candidate *a)
{
	const struct candidate *b;

	for (b = m->census->armed; b < m->census->armed + ARMED; b++)
		if (b->pid && b->pid != a->pid &&
		    a->shmem_kib + b->shmem_kib > m->now->shmem_kib)
			return 1;
	return 0;
}

/*
 * What the end of a process would bring back: what it held when it was armed,
 * and what it has taken since.  Shared memory comes back only with its last
 * user, so no more of it counts than what the process itself has grown by.
 * Pages of mapped files don't count, since reclaim gets them back anyway.  If
 * these make up more than half of its oom_score, what it has taken since
 * doesn't count either.  A zombie whose threads live on has an empty status, so
 * its oom_score is all that is known, less what oom_score_adj adds to it.
 */
static kib
held_kib(const struct machine *m, const struct candidate *a)
{
	const kib since = since_kib(m, a);
	const kib all = whole_kib(m, minus(a->seen.score,
	    adj_points(m, a->score_adj)));
	kib held = (kib)a->seen.anon_kib + a->swap_kib + a->pte_kib;

	if (!held && !a->shmem_kib)
		return all + since;
	if (!is_shared(m, a))
		held += min_of(a->shmem_kib, grown_kib(m, a) - since);
	return held < all / 2 ? held : held + since;
}

/* The swap in use. */
static kib
swap_used_kib(const struct machine *m)
{
	return m->now->swap_total_kib - m->now->swap_free_kib;
}

/* What all processes hold, in RAM and in swap. */
static kib
process_kib(const struct machine *m)
{
	return m->now->anon_kib + swap_used_kib(m);
}

/* What is neither free, nor reclaimable, nor a process's anonymous memory:
 * tmpfs, ramfs, sockets, drivers, page tables. */
static kib
other_kib(const struct machine *m)
{
	const struct look *l = m->now;

	return minus(l->total_kib, l->free_kib + l->file_kib + l->slab_kib +
	    l->anon_kib + l->zswap_kib + m->mem->zram_used_kib);
}

/* What all processes took together since then. */
static kib
process_growth_kib(const struct machine *m, const struct totals *then)
{
	return minus(process_kib(m), then->process_kib);
}

/* What was taken since then, by processes and by all else.  Room wouldn't tell,
 * since with zram it changes with the data, too. */
static kib
taken_kib(const struct machine *m, const struct totals *then)
{
	return process_growth_kib(m, then) +
	    minus(other_kib(m), then->other_kib);
}

/* What was taken since the baseline; 0 without one. */
static kib
loss_kib(const struct machine *m)
{
	return m->census->has_base ? taken_kib(m, &m->census->base) : 0;
}

/* Is it most of the loss?  Then nothing else can have taken more. */
static int
took_most(kib grown, kib loss)
{
	return grown > 0 && grown >= percent_kib(loss, MOST_PCT);
}

/* Free pages on the lists of single CPUs, which MemFree leaves out.  They count
 * unless something else than processes takes the memory: the kernel's own
 * allocations have lists of their own, and with no page left to reclaim its OOM
 * killer comes before the others are emptied. */
static kib
listed_kib(const struct machine *m)
{
	const kib listed = m->mem->listed_kib;
	const kib other = minus(other_kib(m),
	    m->census->base.other_kib + listed);

	return is_sure(m, other) && took_most(other, loss_kib(m)) ? 0 : listed;
}

/* What an end has to bring back, to help for more than a moment. */
static kib
enough_kib(const struct machine *m)
{
	return percent_kib(m->now->total_kib, VICTIM_MIN);
}

static int
holds_enough(const struct machine *m, const struct candidate *a)
{
	return held_kib(m, a) >= enough_kib(m);
}

/* Is it more than the noise of oom_scores? */
static int
is_sure(const struct machine *m, kib taken)
{
	return taken >= score_kib(m, SURE_POINTS);
}

/* Did the oom_scores of the armed rise by far more since the scan than was
 * taken in all?  Then an oom_score_adj may have been raised, which only a scan
 * tells. */
static int
is_puzzling(const struct machine *m)
{
	return armed_since_kib(m) > taken_kib(m, &m->census->scan) +
	    eater_kib(m) / 2;
}

/* Growth since the baseline, but at most what the end of the process would
 * bring back: the rest is pages of mapped files.  0 if the growth is too small
 * to be sure of, or if less than half of it would come back. */
static kib
sure_growth_kib(const struct machine *m, const struct candidate *a)
{
	const kib grown = grown_kib(m, a), held = held_kib(m, a);

	return is_sure(m, grown) && held >= grown / 2 ?
	    min_of(grown, held) : 0;
}

/*
 * What the processes that a scan counts grew by together.  It is at most what
 * all processes took, since a new one may seem to have grown by its
 * oom_score_adj.
 *
 * It is the sum of the growth of those in the census, or what their anonymous
 * memory and the swap in use grew by, or the anonymous memory of all, even of
 * those without a place; whichever is most.  Of swap only as much counts as
 * those in the census lost in RAM: the rest was taken by others, or is a tmpfs.
 *
 * What they copied is added.  A page that forked processes share is counted for
 * each of them, but only once in AnonPages.  So the sum of their pages exceeds
 * AnonPages by what they share, and each copied page lowers that excess.
 */
static kib
all_growth_kib(const struct machine *m)
{
	const struct totals *base = &m->census->base, *scan = &m->census->scan;
	const kib swapped = minus(swap_used_kib(m), base->swap_kib);
	kib all = 0, gained = 0, lost = 0, had = 0, have = 0;
	const struct process *p;

	for (p = m->census->process; p < m->census->process + CENSUS; p++) {
		if (!p->pid)
			continue;
		had += p->base.anon_kib;
		have += p->seen.anon_kib;
		gained += minus(p->seen.anon_kib, p->base.anon_kib);
		lost += minus(p->base.anon_kib, p->seen.anon_kib);
		all += more_kib(m, &p->seen, &p->base, p->seen.shared_kib);
	}
	gained = minus(gained + min_of(swapped, lost), lost);
	all = max_of(max_of(all, gained),
	    minus(scan->counted_kib, base->counted_kib));
	if (!swapped)		/* otherwise shared pages may be in swap */
		all += minus(minus(had, base->process_kib - base->swap_kib),
		    minus(have, scan->process_kib - scan->swap_kib));
	return min_of(all, process_growth_kib(m, base));
}

/* Is it worth it to end a process, or a storm, that grows?  Yes, if its end
 * brings back enough, or as much as is left: one that has begun to grow just
 * now may be a login.  In a stall also if an eater's part was lost, so that
 * several small ones are ended, one after the other.  While it is hopeless,
 * something else holds most of the memory.  Then it has to hold enough, and to
 * have taken an eater's part, or as much as is left above what the kernel
 * keeps. */
static int
is_worth(const struct machine *m, const struct verdict *v, kib held, kib grown)
{
	if (m->mem->hopeless_ms)
		return held >= enough_kib(m) && grown >= min_of(eater_kib(m),
		    minus(v->room_kib, m->mem->kept_kib));
	return held >= enough_kib(m) || held >= v->room_kib ||
	    (v->rule == STALLED && loss_kib(m) >= eater_kib(m));
}

static int
is_worth_ending(const struct machine *m, const struct verdict *v,
    const struct candidate *a)
{
	return is_worth(m, v, held_kib(m, a), sure_growth_kib(m, a));
}

/* Is it preferred, and large enough for its end to help?  Then choose() needs
 * no scan. */
static int
goes_first(const struct machine *m, const struct candidate *a)
{
	return a->is_preferred && holds_enough(m, a);
}

/* The kernel's measure, oom_score; of a spared process only a part counts. */
static kib
size_kib(const struct machine *m, const struct candidate *a)
{
	return whole_kib(m, a->last_score) / (a->is_spared ? SPARED_TIMES : 1);
}

/* The largest of the armed that holds enough, or NULL. */
static const struct candidate *
find_largest(const struct machine *m)
{
	const struct candidate *a, *big = NULL;

	for (a = m->census->armed; a < m->census->armed + ARMED && a->pid; a++)
		if (a->last_score && holds_enough(m, a) &&
		    (!big || size_kib(m, a) > size_kib(m, big)))
			big = a;
	return big;
}

/* Does it hold enough, and is it larger than all others that are armed? */
static int
is_largest(const struct machine *m, const struct candidate *a)
{
	const struct candidate *big = find_largest(m);

	return holds_enough(m, a) &&
	    (!big || a == big || size_kib(m, a) > size_kib(m, big));
}

/* Is its end alone a relief, so that no others of its group need to end?  Yes,
 * if it holds enough.  But on 64 GB a worker of 2 GB is less than that, so as
 * much as the room that is left, and as the floor, is enough here. */
static int
is_relief(const struct machine *m, const struct verdict *v,
    const struct candidate *a)
{
	return held_kib(m, a) >=
	    min_of(enough_kib(m), max_of(v->room_kib, floor_kib(m)));
}

/* What a group grew by: by what its members hold for themselves, and by what
 * new members cost the kernel.  It may have had no place in the census when the
 * baseline was made, so the most that such a group may have had is taken off.
 * And no more counts than all processes took, since forked members share
 * pages. */
static kib
group_growth_kib(const struct machine *m, const struct group *g)
{
	const kib grown = minus(g->own_kib,
	    (kib)g->base_kib + m->census->missed_group_kib);

	return min_of(grown, process_growth_kib(m, &m->census->base)) +
	    minus(g->members, g->base_members) * PROCESS_KIB;
}

/* A fork storm whose end is worth it, or -1. */
static int
find_storm(const struct machine *m, const struct verdict *v)
{
	int i;

	for (i = 0; i < GROUPS; i++) {
		const kib grown = storm_kib(m, &m->census->group[i]);

		if (grown && is_worth(m, v, grown, grown))
			return i;
	}
	return -1;
}

/* Does the last scan still tell who is large, and which groups have grown? */
static int
is_recent(const struct machine *m)
{
	return !m->census->is_spent &&
	    m->now->now_ms - m->census->scan.ms <= FRESH_MS;
}

static int
is_armed(const struct machine *m, pid_t pid)
{
	const struct candidate *a;

	for (a = m->census->armed; a < m->census->armed + ARMED; a++)
		if (a->pid == pid)
			return 1;
	return 0;
}

/* Is a certainly larger now than each process that isn't armed?  At the last
 * scan none of those had more than the largest of them in the census.  Since
 * then they can't have taken more than all processes took together, less what
 * the armed took.  Memory that some process gave back meanwhile hides what
 * others took, so the scan has to be recent, and all that it armed alive.  It
 * is never certain of a spared process. */
static int
is_surely_largest(const struct machine *m, const struct candidate *a)
{
	unsigned bound = m->census->nothing_score;
	const struct process *p;

	for (p = m->census->process; p < m->census->process + CENSUS; p++)
		if (p->pid && !is_armed(m, p->pid) && p->seen.score > bound)
			bound = p->seen.score;
	return a->last_score > bound && !a->is_spared &&
	    !m->census->is_stale && is_recent(m) &&
	    score_kib(m, a->last_score - bound) + armed_since_kib(m) >=
	    process_growth_kib(m, &m->census->scan);
}

/* decide: when to look, when to scan, and what is enough */

/* Do tasks begin to wait?  Then refaults are read, and looks come more often,
 * so that samples of a whole window are there when the stalled rule asks. */
static int
is_pressed(const struct machine *m)
{
	const struct sample *s = sample_before(m, STALL_WINDOW_MS);
	unsigned io_centi;
	msec ms;

	if (!s)
		s = sample_before(m, 1);
	if (!s || available_kib(m) > percent_kib(m->now->total_kib, ARM_PCT))
		return 0;
	ms = m->now->now_ms - s->ms;
	io_centi = centi_of(risen(m->now->io_us, s->io_us), ms);
	if (!m->now->has_psi)
		return io_centi >= IOWAIT_PCT * 100 / 2;
	return centi_of(m->now->mem_us - s->mem_us, ms) >=
	    (unsigned)m->opt->psi_centi / 2 ||
	    (fall_kib(m) >= eater_kib(m) && io_centi >= IO_PCT * 100 / 2);
}

/* How long to sleep: as long as the fastest eater (FILL_RATE), or one twice as
 * fast as what is seen, needs from here to the floor, less the time for a look
 * and a scan, but no more than half of it: if a scan takes longer, more looks
 * don't help.  The kernel may raise the watermarks of another zone meanwhile,
 * and the floor with them, so the last kept_kib above the floor are watched
 * closely.  On a machine that lives with less than REST_PCT, a sleep lasts at
 * least STILL_SLEEP_MS while nothing eats, to save CPU time.  It lasts at most
 * STILL_SLEEP_MS where a stall could begin, and at most SAMPLE_MS once tasks
 * begin to wait. */
static msec
sleep_ms(const struct machine *m)
{
	const kib fastest = m->now->total_kib / 100 * FILL_RATE / 1000;
	const kib seen = ahead_kib(m, room_kib(m)) * 2 / AHEAD_MS;
	const kib rate = max_of(max_of(fastest, seen), 1);	/* per ms */
	const kib floor = floor_kib(m);
	kib left = is_plenty(m) ? sure_kib(m) : available_kib(m);
	msec ms;

	/* the scan has to be done while there is RAM, so swap counts only near
	 * the end, and half of it */
	if (left < stall_kib(m))
		left = (left + room_kib(m)) / 2;
	ms = minus(left, floor + m->mem->kept_kib) / rate;
	ms = minus(ms, AHEAD_MS + min_of(m->mem->scan_cost_ms, ms / 2));
	if (left <= percent_kib(m->now->total_kib, REST_PCT) &&
	    fall_kib(m) < eater_kib(m) && (left > floor || !is_falling(m)))
		ms = max_of(ms, STILL_SLEEP_MS);
	if (is_pressed(m))
		ms = min_of(ms, SAMPLE_MS);
	else if (!is_plenty(m) && left <= stall_kib(m))
		ms = min_of(ms, STILL_SLEEP_MS);
	return max_of(SLEEP_MIN_MS, min_of(ms, SLEEP_MAX_MS));
}

/* Is at_ms before the end of the last fall? */
static int
is_outdated(const struct machine *m, msec at_ms)
{
	return m->now->now_ms - at_ms > m->now->now_ms - m->mem->ended_ms;
}

/* A baseline has to be from just before a fall.  So the census is renewed when
 * a fall has ended since it was taken, and at least each AGE_MS. */
static int
is_census_old(const struct machine *m)
{
	const msec age = m->now->now_ms - m->census->scan.ms;

	return age > AGE_MS || (is_outdated(m, m->census->scan.ms) &&
	    age > FRESH_MS && age > m->mem->scan_cost_ms * 100);
}

/* Has one of the armed taken most of the loss? */
static int
is_explained(const struct machine *m)
{
	const kib loss = loss_kib(m);
	const struct candidate *a;

	for (a = m->census->armed; a < m->census->armed + ARMED && a->pid; a++)
		if (took_most(sure_growth_kib(m, a), loss))
			return 1;
	return 0;
}

/*
 * Is it time to scan?  Yes, if the census is old or has no baseline.  While
 * little is available (ARM_PCT), also:
 * - when an armed process has ended;
 * - when the armed seem to have taken more in a fall than was taken;
 * - in a fall that the armed don't explain, once half of the room, or an
 *   eater's part, has gone since the last scan.
 * But these scans take no more than a hundredth of the time, or a quarter
 * during a fall.
 */
static int
wants_scan(const struct machine *m, kib room)
{
	const msec age = m->now->now_ms - m->census->scan.ms;

	if (is_census_old(m) || !m->census->has_base)
		return 1;
	if (available_kib(m) > percent_kib(m->now->total_kib, ARM_PCT) ||
	    age < (m->mem->scan_cost_ms + 1) * (is_falling(m) ? 4 : 100))
		return 0;
	if (m->census->is_stale || (is_falling(m) && is_puzzling(m)))
		return 1;
	return is_falling(m) && !is_explained(m) &&
	    (room <= m->census->scan.room_kib / 2 ||
	    process_growth_kib(m, &m->census->scan) >= eater_kib(m));
}

/* choose() asks for a scan: is it worth its time now?  Scans take at most a
 * quarter of the time, since others need the CPU, too, most of all in a fork
 * storm.  While it is hopeless they are rarer, unless one of the armed seems to
 * take what is left.  Where choose() only waits for more to be taken there is
 * no scan, unless the baseline is missing or the armed are stale. */
static int
may_scan(const struct machine *m, const struct verdict *v)
{
	const msec age = m->now->now_ms - m->census->scan.ms;

	if (age < m->mem->scan_cost_ms * 4 || (m->mem->hopeless_ms &&
	    age < HOPELESS_SCAN_MS && !is_explained(m)))
		return 0;
	return v->rule != EXHAUSTED || !m->census->has_base ||
	    m->census->is_stale || is_sure(m, loss_kib(m));
}

/* No rule holds, but it was hopeless before: is it still?  The fall may be over
 * just because nothing is left to take.  So for some seconds it is enough that
 * room is low. */
static int
is_still_hopeless(const struct machine *m, const struct verdict *v)
{
	return v->room_kib <= floor_kib(m) + eater_kib(m) &&
	    m->now->now_ms - m->mem->hopeless_ms <= PAUSE_MS + HOPELESS_MS;
}

/* Is there enough memory again, for the rule that held before? */
static int
is_eased(const struct machine *m, enum rule rule,
    const struct verdict *after)
{
	return rule == STALLED ? after->available_kib > stall_kib(m) :
	    after->room_kib > floor_kib(m) + eater_kib(m);
}

/* Has half of what the victim held come back, or is there enough anyway? */
static int
is_back(const struct machine *m, const struct verdict *before,
    const struct verdict *after, kib held)
{
	return after->room_kib > before->room_kib + held / 2 ||
	    is_eased(m, before->rule, after);
}

/* what the parts that act, sense and log share */

/* System calls that are newer than some headers.  These have the same distance
 * from one another on all architectures. */
#ifndef SYS_pidfd_send_signal	/* Linux 5.1 */
#define SYS_pidfd_send_signal 424
#endif
enum {
	FSOPEN = SYS_pidfd_send_signal + 6, FSCONFIG, FSMOUNT,	/* 5.2 */
	PIDFD_OPEN = SYS_pidfd_send_signal + 10,		/* 5.3 */
	PROCESS_MRELEASE = SYS_pidfd_send_signal + 24,		/* 5.15 */
};

#ifndef SYS_clock_gettime	/* musl 1.2 on 32 bits: long seconds */
#define SYS_clock_gettime SYS_clock_gettime32
#endif
#ifndef SYS_fork		/* gone since arm64: clone(SIGCHLD, 0, ...) */
#define SYS_fork SYS_clone
#endif

enum {				/* sizes */
	BUF = 128,		/* bytes of the one buffer */
	STUCK = 8,		/* stuck victims, remembered */
	ZRAMS = 4,		/* zram devices that are read */
	PIECES = 100,		/* of a log line; the kill line takes 95 */
	BATCH = BUF / 24,	/* the smallest linux_dirent64 has 24 bytes */
	STACK = 4096,		/* the deepest that ours gets, as
				   test/invariants measures it */
	REAPER_STACK = 1024,
	KCMP_VM = 1,		/* linux/kcmp.h */
	EXIT_UNFIT = 1, EXIT_USAGE = 100,
};

struct walk {			/* a walk over the pids of /proc */
	pid_t self, pid[BATCH];	/* self: our own, which is left out */
	int at, n;
};

struct line {			/* a log record in pieces, for writev(2) */
	struct iovec piece[PIECES];
	int n;
	char *buf, *end;	/* digits are written before end */
};

static unsigned killed;		/* for the status line */
static struct { pid_t pid; int score_fd; } stuck[STUCK];

/* All but zram_fd are opened at start-up, since absolute paths lead nowhere
 * after switch_root. */
static int proc_fd = -1, meminfo_fd = -1, vmstat_fd = -1, stat_fd = -1;
static int swaps_fd = -1, min_free_fd = -1, scale_fd = -1, zoneinfo_fd = -1;
static int arc_fd = -1;
static int psi_fd = -1, io_fd = -1;
static int kmsg_fd = -1, pmsg_fd = -1, sysrq_fd = -1, zram_fd[ZRAMS];

/* Where the first line that is needed began last time. */
static off_t meminfo_at, vmstat_at, arc_at;
static msec learnt_ms;		/* when learn() ran last */

static sigset_t signals;	/* SIGTERM and SIGINT end us, SIGUSR1 asks; all
				   others are blocked */
static int reaper_tid;		/* the child of reap(), or 0 */
static pid_t hook_pid;		/* the running program of -e, or 0 */
static int is_without_mrelease;	/* the kernel has no process_mrelease */
static int is_limited;		/* we may signal only our own user's */
static int is_zram_io;		/* pgpgin and pgpgout count zram, too */
static int has_long_lists;	/* of free pages, for each CPU */
static msec dry_ms, hopeless_said_ms;	/* rate limits */

static unsigned read_keys(int fd, char *buf, off_t *at, const char *keys,
    unsigned long *value, int n);
static const char *parse_long(const char *p, const char *end,
    unsigned long *value);
static const char *parse_nth(const char *p, const char *end, int n,
    unsigned long *value);
static int is_listed(const char *list, const char *comm);
static void read_zones(char *buf);

#define INFO "<6>bustd: "	/* the level as /dev/kmsg takes it */
#define WARN "<4>bustd: "
#define NO_SYSRQ "not root, or no CONFIG_MAGIC_SYSRQ?"
#define NO_BOOT "no CAP_SYS_BOOT?"
static void start_line(struct line *, char *buf, const char *level);
static void add(struct line *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void end_line(struct line *);
static void say(char *buf, const char *level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void warn(char *buf, const char *what, const char *cure);
static char *digits(const char *out, char *end, unsigned long v, int width);
static int is_due(msec *last_ms, msec now_ms, msec every_ms);
static msec clock_ms(int clock);
static int wait_ms(struct pollfd *, nfds_t n, msec ms);
static void close_stdio(void);

/* act: scan */

static int
open_pidfd(pid_t pid)
{
	return (int)syscall(PIDFD_OPEN, pid, 0);
}

static int
signal_pidfd(int pidfd, int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0);
}

static int
open_proc(char *buf, pid_t pid, const char *name, int flags)
{
	char *slash = buf + BUF / 2;

	if (pid) {
		memcpy(slash + 1, name, strlen(name) + 1);
		*slash = '/';
		name = digits(buf, slash, (unsigned long)pid, 0);
	}
	return openat(proc_fd, name, flags | O_CLOEXEC);
}

/* Reads the first bytes of a small file of /proc.  Returns how many, or at most
 * 0 on error. */
static ssize_t
read_proc(char *buf, pid_t pid, const char *name)
{
	int fd = open_proc(buf, pid, name, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = pread(fd, buf, BUF, 0);
	close(fd);
	return n;
}

/* The comm, without the newline at its end.  -1 on error. */
static int
read_comm(char *buf, pid_t pid, char *comm)
{
	ssize_t n = read_proc(buf, pid, "comm");

	if (n <= 0 || n > COMM)
		return -1;
	memcpy(comm, buf, (size_t)n);
	comm[n - 1] = '\0';
	return 0;
}

/* oom_score_adj; over 1000 where it can't be read. */
static int
read_adj(char *buf, pid_t pid)
{
	ssize_t n = read_proc(buf, pid, "oom_score_adj");
	const int is_negative = n > 0 && *buf == '-';
	unsigned long adj;

	if (n <= 0 || !parse_long(buf + is_negative, buf + n, &adj) ||
	    adj > 1000)
		return 1001;
	return is_negative ? -(int)adj : (int)adj;
}

/* The oom_score now, or -1 (ESRCH) once the process is gone.  It is 0 for a
 * zombie, and once the process's memory was reaped. */
static int
score_now(char *buf, int score_fd)
{
	ssize_t n = pread(score_fd, buf, BUF, 0);
	unsigned long score;

	if (n < 0 || !parse_long(buf, buf + n, &score) || score > INT32_MAX)
		return -1;
	return (int)score;
}

/* The best victim comes first, and empty slots last. */
static void
sort_armed(void)
{
	struct candidate *a, *first = census.armed, moved;
	int i;

	for (i = 1; i < ARMED; i++)
		for (a = first + i; a > first && a->pid && (!a[-1].pid ||
		    is_better(&machine, a, a - 1)); a--) {
			moved = *a;
			*a = a[-1];
			a[-1] = moved;
		}
}

/* Updates last_score of the armed, and with it their order.  0 means that the
 * process has ended.  But before Linux 5.9 one that holds little may have a
 * score of 0, too, so a last_score within the noise stays. */
static void
read_scores(char *buf)
{
	struct candidate *a = census.armed;

	for (; a < census.armed + ARMED && a->pid; a++) {
		int score = score_now(buf, a->score_fd);

		if (score || a->last_score >= SURE_POINTS)
			a->last_score = score > 0 ? (unsigned)score : 0;
	}
	sort_armed();
}

static kib
pages_kib(unsigned long pages)
{
	return pages * ((kib)getpagesize() / 1024);
}

/* For struct usage, of which there are many. */
static unsigned
narrow(kib n)
{
	return (unsigned)min_of(n, UINT_MAX);
}

/* Anonymous memory, and files with shared memory, by statm: "size resident
 * shared ...", in pages. */
static void
read_statm(char *buf, struct candidate *a)
{
	unsigned long resident, shared;
	ssize_t n = read_proc(buf, a->pid, "statm");

	if (n <= 0 || !parse_nth(buf, buf + n, 1, &resident) ||
	    !parse_nth(buf, buf + n, 2, &shared))
		return;
	a->seen.anon_kib = narrow(pages_kib(minus(resident, shared)));
	a->seen.shared_kib = narrow(pages_kib(shared));
}

static void
drop(struct candidate *a)
{
	if (!a->pid)
		return;
	close(a->score_fd);
	if (a->pidfd >= 0)
		close(a->pidfd);
	a->pid = 0;
}

static void
disarm(void)
{
	int i;

	for (i = 0; i < ARMED; i++)
		drop(&census.armed[i]);
	census.is_stale = 1;
}

/* Takes a process that has ended out of the armed.  If it held enough, pressure
 * from before its end doesn't count any more, nor does what the last scan saw
 * of its group. */
static void
disarm_one(struct candidate *a)
{
	if (holds_enough(&machine, a)) {
		forget_pressure(&memory);
		census.is_spent = 1;
	}
	for (drop(a); a < &census.armed[ARMED - 1]; a++)
		*a = a[1];
	a->pid = 0;
	census.is_stale = 1;
}

static int
is_stuck(char *buf, pid_t pid)
{
	int i;

	for (i = 0; i < STUCK; i++) {
		if (stuck[i].pid != pid)
			continue;
		if (score_now(buf, stuck[i].score_fd) >= 0)
			return 1;
		close(stuck[i].score_fd);	/* gone: the pid is another's */
		stuck[i].pid = 0;
	}
	return 0;
}

/* Reads the rest about a process whose oom_score is open.  -1 if it is gone or
 * must not be ended.  All that is read by pid is certain to be this one's: the
 * pidfd is opened first, and score_fd, which is bound to one process, is read
 * last and still answers.  cmdline, environ, maps and smaps are never read:
 * they take mmap_lock, which a stuck process may hold forever. */
static int
inspect(char *buf, struct candidate *a)
{
	enum { PARENT, UID, RSS, ANON, SHMEM, EXE, PTE, SWAP, KEYS };
	const char *keys = "PPid:\0Uid:\0VmRSS:\0RssAnon:\0RssShmem:\0VmExe:\0"
	    "VmPTE:\0VmSwap:";
	unsigned long v[KEYS] = { 0 };
	off_t at = 0;
	unsigned found;
	int fd, score;

	a->pidfd = open_pidfd(a->pid);
	if (a->pidfd < 0 && errno != ENOSYS && errno != EPERM)
		return -1;
	if (kill(a->pid, 0) < 0)	/* a security module may forbid it */
		return -1;
	a->score_adj = read_adj(buf, a->pid);
	if (a->score_adj == -1000 || a->score_adj > 1000 ||
	    read_comm(buf, a->pid, a->comm) < 0)
		return -1;
	fd = open_proc(buf, a->pid, "status", O_RDONLY);
	if (fd < 0)
		return -1;
	found = read_keys(fd, buf, &at, keys, v, KEYS);
	close(fd);
	a->parent = (pid_t)v[PARENT];
	a->uid = (unsigned)v[UID];
	/* RssAnon is there since Linux 4.5; a zombie has neither */
	a->seen.anon_kib = narrow(found >> ANON & 1 ? v[ANON] : v[RSS]);
	a->shmem_kib = v[SHMEM];
	a->swap_kib = v[SWAP];
	a->pte_kib = v[PTE];
	a->exe_kib = v[EXE];
	score = score_now(buf, a->score_fd);
	if (score <= 0)
		return -1;
	a->seen.score = a->last_score = (unsigned)score;
	/* the kernel always takes one with an adj of 1000 first */
	a->is_preferred = a->score_adj == 1000 ||
	    is_listed(opt.preferred, a->comm);
	a->is_spared = !a->is_preferred && is_listed(opt.unkillables, a->comm);
	return 0;
}

/* Arms a process if it is a better victim than the last of the armed, or the
 * largest of all.  The largest is always armed: three that grew a little must
 * not take its place, since in a stall only the end of the largest may help. */
static void
arm(struct candidate *a)
{
	struct candidate *armed = census.armed;
	int i = ARMED - 1;

	if (armed[i].pid && !is_largest(&machine, a)) {
		if (is_largest(&machine, &armed[i]))
			i--;	/* the last stays, the one before it may go */
		if (!is_better(&machine, a, &armed[i])) {
			drop(a);
			return;
		}
	}
	drop(&armed[i]);
	armed[i] = *a;
	sort_armed();
}

/* An oom_score without what oom_score_adj adds to it. */
static unsigned
own_score(const struct usage *u)
{
	return minus(u->score, u->adj_points);
}

/* The process's place in the census; else an empty one, or that of the smallest
 * process. */
static struct process *
process_place(pid_t pid)
{
	struct process *p, *low = census.process;

	for (p = low; p < census.process + CENSUS; p++) {
		if (p->pid == pid)
			return p;
		if (low->pid && (!p->pid ||
		    own_score(&p->seen) < own_score(&low->seen)))
			low = p;
	}
	return low;
}

/* Counts a process in the census, and finds its baseline.  One that had no
 * place when the baseline was made is new, or had at most missed_score.  So
 * missed_score rises to the baseline of each process that loses its place. */
static void
count_process(struct candidate *a)
{
	struct process new = { a->pid, 1, a->seen, a->seen };
	struct process *p = process_place(a->pid);
	const int has_place = p->pid == a->pid;
	unsigned left_out;	/* score of the one that gets no place, without
				   what oom_score_adj adds */

	a->is_new = !has_place && !census.makes_base;
	if (has_place && !census.makes_base)
		new.base = p->base;
	else if (a->is_new && own_score(&new.base) > census.missed_score)
		new.base = (struct usage){
		    census.missed_score + a->seen.adj_points, 0,
		    a->seen.shared_kib, a->seen.adj_points };
	a->base = new.base;
	left_out = !p->pid || has_place ? 0 : own_score(&p->seen);
	if (left_out < own_score(&a->seen)) {
		if (left_out && census.missed_score < own_score(&p->base))
			census.missed_score = own_score(&p->base);
		*p = new;
	} else {
		left_out = own_score(&a->seen);
	}
	if (census.turned_away < left_out)
		census.turned_away = left_out;
}

/* Does it seem to run its parent's program, by the size of the code?  A process
 * that has called execve(2) shares no pages with its parent. */
static int
is_forked(char *buf, const struct candidate *a)
{
	int fd = open_proc(buf, a->parent, "status", O_RDONLY);
	kib exe = 0;
	off_t at = 0;

	if (fd < 0)
		return 1;
	read_keys(fd, buf, &at, "VmExe:", &exe, 1);
	close(fd);
	return !exe || exe == a->exe_kib;
}

/* What a new process has without having taken it: the points of its
 * oom_score_adj; and, if it was forked, the pages of its parent, until one of
 * them writes to them. */
static void
inherit(char *buf, struct candidate *a)
{
	const struct process *parent = process_place(a->parent);
	struct process *p = process_place(a->pid);
	unsigned had = census.nothing_score +
	    adj_points(&machine, a->score_adj);

	if (!a->is_new)
		return;
	if (a->parent && parent->pid == a->parent &&
	    parent->seen.score > had && is_forked(buf, a)) {
		had = parent->seen.score;
		a->base.anon_kib = a->seen.anon_kib;
	}
	if (had > a->base.score)
		a->base.score = had < a->seen.score ? had : a->seen.score;
	if (p->pid == a->pid)
		p->base = a->base;
}

/* The group's place in the census; else an empty one, or that of the smallest
 * group.  A group that has or had several members keeps its place.  NULL if all
 * do. */
static struct group *
group_place(pid_t pgid)
{
	struct group *g, *low = NULL;

	for (g = census.group; g < census.group + GROUPS; g++) {
		if (g->pgid == pgid)
			return g;
		if (!g->pgid || (g->members <= 1 && g->base_members <= 1 &&
		    (!low || (low->pgid && g->points < low->points))))
			low = g;
	}
	return low;
}

/* Counts a process in its group. */
static void
count_group(const struct candidate *a)
{
	const unsigned points = minus(own_score(&a->seen),
	    census.nothing_score);
	const unsigned own = narrow(max_of(a->seen.anon_kib,
	    minus(score_kib(&machine, points), a->seen.shared_kib)));
	struct group *g;
	unsigned missed;

	/* 0 and 1 hold all of init's children that never called setsid(2),
	 * which have nothing to do with one another */
	if (a->pgid <= 1)
		return;
	g = group_place(a->pgid);
	if (!g) {		/* a sum, since all its members come here */
		if (census.makes_base)
			census.missed_group_kib += own;
		return;
	}
	if (g->pgid != a->pgid) {
		missed = census.makes_base ? g->own_kib : g->base_kib;
		if (g->pgid && census.missed_group_kib < missed)
			census.missed_group_kib = missed;
		*g = (struct group){ .pgid = a->pgid };
	}
	g->members++;
	g->points += points;
	g->own_kib += own;
}

/* Does the score alone prove that it is no better than the last of the armed?
 * Not if it has grown: what it has in swap isn't known yet, so neither is how
 * much of the growth would come back.  And not with -P, since its name isn't
 * known yet. */
static int
is_surely_worse(const struct candidate *a)
{
	const struct candidate *last = &census.armed[ARMED - 1];

	if (!last->pid || last->is_spared || *opt.preferred ||
	    a->seen.score > last->seen.score ||
	    is_sure(&machine, grown_kib(&machine, a)))
		return 0;
	return holds_enough(&machine, last) ||
	    whole_kib(&machine, a->seen.score) < enough_kib(&machine);
}

/* Is its oom_score much more than what it has in RAM?  Then it has pages in
 * swap, page tables, or an oom_score_adj. */
static int
is_unexplained(const struct candidate *a)
{
	return is_sure(&machine, minus(whole_kib(&machine, a->seen.score),
	    a->seen.anon_kib + a->seen.shared_kib));
}

/* Most processes are no better than the armed, and cost only a few calls. */
static void
consider(char *buf, pid_t pid)
{
	struct candidate a = { .pid = pid, .pidfd = -1 };
	int score;

	a.score_fd = open_proc(buf, pid, "oom_score", O_RDONLY);
	if (a.score_fd < 0)
		return;			/* gone meanwhile, or EMFILE */
	score = score_now(buf, a.score_fd);
	/* 0: a kernel thread, a zombie, PID 1, or oom_score_adj -1000; below
	 * nothing_score: an oom_score_adj below 0 hides all that it holds.  A
	 * stuck process gives nothing back, and without root we can't signal
	 * another user's: these aren't counted either */
	if (score <= 0 || (unsigned)score < census.nothing_score ||
	    is_stuck(buf, pid) || (is_limited && kill(pid, 0) < 0)) {
		drop(&a);
		return;
	}
	read_statm(buf, &a);
	a.seen.score = a.last_score = (unsigned)score;
	if (is_unexplained(&a))
		a.seen.adj_points = adj_points(&machine, read_adj(buf, pid));
	count_process(&a);
	a.pgid = getpgid(pid);
	count_group(&a);
	census.scan.counted_kib += a.seen.anon_kib;
	if (is_surely_worse(&a) || inspect(buf, &a) < 0) {
		drop(&a);
		return;
	}
	inherit(buf, &a);
	arm(&a);
}

/* The pids in a batch of getdents64(2), without 0, 1 and self.  They are
 * copied, since buf is needed to read about each.  A record is d_ino, d_off (8
 * bytes each), d_reclen (2), d_type (1) and the name. */
static int
batch_pids(const char *buf, ssize_t len, pid_t *pid, pid_t self)
{
	enum { RECLEN = 16, NAME = 19 };
	const char *p = buf, *end;
	unsigned short reclen;
	unsigned long v;
	int n = 0;

	for (; len > NAME && n < BATCH; p += reclen, len -= reclen) {
		memcpy(&reclen, p + RECLEN, sizeof(reclen));
		if (reclen <= NAME || reclen > len)
			break;		/* no directory has such an entry */
		end = parse_long(p + NAME, p + reclen, &v);
		if (end && end < p + reclen && !*end && v > 1 &&
		    v <= INT32_MAX && (pid_t)v != self)
			pid[n++] = (pid_t)v;
	}
	return n;
}

/* The next pid of a walk over /proc; a zeroed struct walk begins it.  0 at its
 * end, -1 with errno. */
static pid_t
next_pid(char *buf, struct walk *w)
{
	ssize_t len;

	if (!w->self) {
		w->self = getpid();
		if (lseek(proc_fd, 0, SEEK_SET) < 0)
			return -1;
	}
	while (w->at == w->n) {
		len = syscall(SYS_getdents64, proc_fd, buf, BUF);
		if (len <= 0)
			return (pid_t)len;
		w->n = batch_pids(buf, len, w->pid, w->self);
		w->at = 0;
	}
	return w->pid[w->at++];
}

/* Called before a scan.  The scan makes a new baseline, unless there is one for
 * a fall that is under way. */
static void
begin_census(void)
{
	struct process *p;
	struct group *g;

	for (p = census.process; p < census.process + CENSUS; p++)
		p->is_seen = 0;
	for (g = census.group; g < census.group + GROUPS; g++) {
		g->members = g->points = g->own_kib = 0;
		g->is_checked = 0;
	}
	census.turned_away = census.nothing_score;
	census.scan.counted_kib = 0;
	census.makes_base = !census.has_base || !is_falling(&machine) ||
	    is_outdated(&machine, census.base.ms);
	if (census.makes_base)
		census.missed_group_kib = 0;
}

static struct totals
count_totals(void)
{
	return (struct totals){ now.now_ms, room_kib(&machine),
	    process_kib(&machine), other_kib(&machine),
	    swap_used_kib(&machine), now.shmem_kib,
	    census.scan.counted_kib };
}

/* Makes what the last scan saw the baseline, with these totals. */
static void
make_baseline(struct totals totals)
{
	struct candidate *a;
	struct process *p;
	struct group *g;

	for (p = census.process; p < census.process + CENSUS; p++)
		p->base = p->seen;
	for (a = census.armed; a < census.armed + ARMED; a++)
		a->base = a->seen;
	for (g = census.group; g < census.group + GROUPS; g++) {
		g->base_kib = g->own_kib;
		g->base_members = g->members;
	}
	census.missed_score = census.turned_away;
	census.has_base = 1;
	census.base = totals;
}

/* Called when a fall has ended and what it took is still held, so that this is
 * no part of the next fall, which may have begun since the last look.  If room
 * at the last scan was about what it was when the next fall began, that scan is
 * the new baseline.  If not, there is none until the next scan. */
static void
renew_baseline(void)
{
	memory.is_fall_held = 0;
	census.has_base = 0;
	if (distance(memory.high_kib, census.scan.room_kib) <
	    eater_kib(&machine) / 2) {
		make_baseline(census.scan);
		census.base.ms = now.now_ms;	/* it holds from now on */
	}
}

/* The next member of a process group in a walk over /proc.  0 at its end, -1
 * with errno. */
static pid_t
next_member(char *buf, struct walk *w, pid_t pgid)
{
	pid_t pid;

	while ((pid = next_pid(buf, w)) > 0 && getpgid(pid) != pgid)
		;
	return pid;
}

static int
has_spared_name(char *buf, pid_t pid)
{
	char comm[COMM];

	return read_comm(buf, pid, comm) == 0 &&
	    is_listed(opt.unkillables, comm);
}

/* Which members of a group are to be left out?  The protected, and those with
 * spared names if they are few: the shell that started the storm, or daemons of
 * the same init script.  Where they are a quarter or more, the storm itself has
 * such a name, and the name doesn't count. */
static void
check_group(char *buf, struct group *g)
{
	unsigned all = 0, spared = 0, protected = 0;
	struct walk w = { 0 };
	pid_t pid;

	while ((pid = next_member(buf, &w, g->pgid)) > 0) {
		all++;
		spared += (unsigned)has_spared_name(buf, pid);
		protected += read_adj(buf, pid) == -1000;
	}
	g->is_checked = 1;
	g->spares = spared && spared * SPARED_TIMES < all;
	g->is_whole = !pid && !protected && !g->spares;
}

/* Ends those members of a group that aren't to be left out, one by one.
 * Returns how many. */
static int
kill_members(char *buf, const struct group *g)
{
	struct walk w = { 0 };
	int sent = 0, pidfd;
	pid_t pid;

	while ((pid = next_member(buf, &w, g->pgid)) > 0) {
		/* pidfd first, so what is read then is this process's */
		pidfd = open_pidfd(pid);
		if (read_adj(buf, pid) != -1000 &&
		    !(g->spares && has_spared_name(buf, pid)) &&
		    getpgid(pid) == g->pgid)
			sent += (pidfd >= 0 ? signal_pidfd(pidfd, SIGKILL) :
			    kill(pid, SIGKILL)) == 0;
		if (pidfd >= 0)
			close(pidfd);
	}
	return sent;
}

/* In a fall, checks each group that seems to be a fork storm at once, while
 * files can still be opened: without memory that took 0.3 s for 200 members. */
static void
check_storms(char *buf)
{
	struct group *g;

	if (!is_falling(&machine) || !is_sure(&machine, loss_kib(&machine)))
		return;
	for (g = census.group; g < census.group + GROUPS; g++)
		if (storm_kib(&machine, g))
			check_group(buf, g);
}

/* Called after a scan: processes that it hasn't seen have ended. */
static void
end_census(void)
{
	struct process *p;
	struct group *g;

	for (p = census.process; p < census.process + CENSUS; p++)
		if (!p->is_seen)
			p->pid = 0;
	for (g = census.group; g < census.group + GROUPS; g++)
		if (!g->members)
			g->pgid = 0;
	census.scan = count_totals();
	if (census.makes_base)
		make_baseline(census.scan);
}

/* Looks at all processes and arms the best victims.  -1 with errno. */
static int
scan(char *buf)
{
	const msec start = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
	struct walk w = { 0 };
	pid_t pid;

	disarm();
	begin_census();
	while ((pid = next_pid(buf, &w)) > 0)
		consider(buf, pid);
	census.is_stale = pid < 0;
	census.is_spent = 0;
	end_census();
	check_storms(buf);
	census.scan.ms = clock_ms(CLOCK_MONOTONIC);
	memory.scan_cost_ms = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - start;
	if (opt.verbose && census.armed[0].pid)
		say(buf, INFO, "armed pid=%d comm=%.15s oom_score=%u "
		    "room_kib=%lu", census.armed[0].pid, census.armed[0].comm,
		    census.armed[0].seen.score, census.scan.room_kib);
	return pid;
}

/* act: kill */

/* Sends sig to the victim, by its pidfd if it has one; with -g to its process
 * group, but never to group 0 or 1 (children of an init that didn't call
 * setsid) or ours.  A pid is used only while score_fd shows that it is still
 * the same process.  -1 with errno. */
static int
send_signal(char *buf, const struct candidate *a, int sig)
{
	pid_t pgid = opt.kill_group ? getpgid(a->pid) : 0;
	int to_group = pgid > 1 && pgid != getpgid(0);

	if (!to_group && a->pidfd >= 0) {
		if (signal_pidfd(a->pidfd, sig) == 0)
			return 0;
		if (errno == ESRCH)
			return -1;
	}
	if (score_now(buf, a->score_fd) < 0) {
		errno = ESRCH;
		return -1;
	}
	return kill(to_group ? -pgid : a->pid, sig);
}

/* Waits up to ms until all threads of the process have ended; a zombie has.
 * Without a pidfd oom_score tells: no memory, no score. */
static int
ended_within(char *buf, const struct candidate *a, msec ms)
{
	struct pollfd p = { a->pidfd, POLLIN, 0 };

	if (a->pidfd < 0 && score_now(buf, a->score_fd) <= 0)
		return 1;
	wait_ms(&p, 1, ms);
	return p.revents & POLLIN;
}

/* Frees a dying victim's pages on our own CPU time, which helps where the
 * victim is in a D state or gets no CPU.  process_mrelease(2) waits for
 * mmap_lock without a limit, and a victim that waits for a dead server may hold
 * that forever.  So a child that shares our memory makes the call, and may hang
 * in our place.  EAGAIN: not all could be freed yet. */
static int
release(void *pidfd)
{
	int tries;

	for (tries = 0; tries < STUCK_MS / SLICE_MS; tries++) {
		if (syscall(PROCESS_MRELEASE, *(int *)pidfd, 0) == 0 ||
		    errno != EAGAIN)
			break;
		wait_ms(NULL, 0, SLICE_MS);
	}
	return 0;
}

/* Starts a child that calls release(), unless an earlier one runs, or hangs. */
static void
reap(const struct candidate *a)
{
	static _Alignas(16) char stack[REAPER_STACK];
	static int pidfd;

	if (reaper_tid || a->pidfd < 0 || is_without_mrelease)
		return;
	pidfd = a->pidfd;
	/* the kernel clears reaper_tid when the child has ended */
	if (clone(release, stack + sizeof(stack), CLONE_VM | CLONE_FS |
	    CLONE_FILES | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD,
	    &pidfd, &reaper_tid, NULL, &reaper_tid) < 0)
		reaper_tid = 0;
}

/* Sends the same signal to processes that share the victim's memory without
 * being its threads (CLONE_VM), as the kernel does: the memory comes back only
 * when all have ended.  Their oom_scores are the same, so kcmp(2) is asked only
 * about those in the census whose score differs by a point at most. */
static void
kill_sharers(const struct candidate *a, int sig)
{
	const struct process *p;

	for (p = census.process; p < census.process + CENSUS; p++) {
		int pidfd;

		if (!p->pid || p->pid == a->pid ||
		    distance(p->seen.score, a->seen.score) > 1)
			continue;
		/* pidfd first, so kcmp speaks of the process that it holds */
		pidfd = open_pidfd(p->pid);
		if (pidfd < 0)
			continue;
		if (syscall(SYS_kcmp, a->pid, p->pid, KCMP_VM, 0UL, 0UL) == 0)
			signal_pidfd(pidfd, sig);
		close(pidfd);
	}
}

static void
remember_stuck(struct candidate *a)
{
	static int next;

	if (stuck[next].pid)
		close(stuck[next].score_fd);
	stuck[next].pid = a->pid;
	stuck[next].score_fd = a->score_fd;
	a->score_fd = -1;		/* it belongs to stuck[] now */
	next = (next + 1) % STUCK;
}

/* Another look, after a scan or in the course of a kill. */
static struct verdict
look_again(char *buf)
{
	if (sense(buf) == 0)
		remember(&machine, &memory);
	read_zones(buf);
	return judge(&machine);
}

enum { SENT_TERM = 1, SENT_KILL = 2 };
enum end { FAILED, ENDED, BACK, HANGS };

/* Sends SIGTERM, then SIGKILL when the grace is over, or as soon as memory
 * won't last that long.  Waits until the victim has ended; after SIGKILL no
 * longer than until its memory is back, or until it hangs, that is, has given
 * nothing back for STUCK_MS. */
static enum end
end_victim(char *buf, const struct verdict *before, struct candidate *a,
    int *sent)
{
	int sig = before->is_urgent || !opt.grace_ms ? SIGKILL : SIGTERM;
	const kib held = held_kib(&machine, a);
	kib most = before->room_kib;
	msec since = now.now_ms;
	struct verdict v;
	int is_coming;

	for (;;) {
		if (sig) {
			if (send_signal(buf, a, sig) < 0)
				return *sent && errno == ESRCH ? ENDED : FAILED;
			kill_sharers(a, sig);
			*sent |= sig == SIGTERM ? SENT_TERM : SENT_KILL;
			since = clock_ms(CLOCK_MONOTONIC);
			sig = 0;
		}
		if (ended_within(buf, a, SLICE_MS))
			return ENDED;
		v = look_again(buf);
		is_coming = v.room_kib > most + held / 16;
		if (is_coming)
			most = v.room_kib;
		if (!(*sent & SENT_KILL)) {
			if (now.now_ms - since >= (msec)opt.grace_ms ||
			    v.is_urgent || (before->rule == STALLED &&
			    v.rule == EXHAUSTED))
				sig = SIGKILL;
			continue;
		}
		if (is_back(&machine, before, &v, held))
			return BACK;
		if (is_coming)
			since = now.now_ms;
		else if (now.now_ms - since >= STUCK_MS)
			return HANGS;
		else if (now.now_ms - since >= REAP_MS)
			reap(a);
	}
}

/* Waits for a dead victim's pages, which may come back a little later: from
 * per-CPU lists, or when it exits on another CPU.  Doesn't wait any longer if
 * others eat them.  Returns whether they came back. */
static int
await_memory(char *buf, const struct verdict *before, kib held)
{
	int i;

	for (i = 0; i < SETTLE_MS / SLICE_MS; i++) {
		struct verdict v = look_again(buf);

		if (is_back(&machine, before, &v, held))
			return 1;
		if (i > 1 && v.is_urgent)
			return 0;
		wait_ms(NULL, 0, SLICE_MS);
	}
	return 0;
}

/* The rule, and a sentence with the numbers that were compared. */
static void
put_reason(struct line *n, const struct verdict *v)
{
	unsigned long rate = v->ahead_kib / AHEAD_MS;	/* KiB per ms */

	if (v->rule == STALLED)
		add(n, "stalled why=\"%.2u %% stalled, %.2u %% waiting for "
		    "reads, %.2u %% of them read before\"", v->mem_centi,
		    v->io_centi, v->refault_centi);
	else
		add(n, "exhausted why=\"%lu of %lu KiB left, at %lu KiB/ms "
		    "lasts %lu ms\"", v->room_kib, now.total_kib, rate,
		    v->room_kib / (rate ? rate : 1));
}

static const char *const choices[] = {
	"nobody", "scan", "preferred", "grows", "largest", "spared", "group"
};

/* noinline, so that its large struct line is on the stack only meanwhile. */
__attribute__((noinline))
static void
log_kill(char *buf, const char *what, const struct verdict *v,
    const struct pick *p, const char *signal, int back, msec ms)
{
	const struct candidate *a = census.armed, *next = a;
	struct line n;

	start_line(&n, buf, WARN);
	if (p->how == GROUP) {
		add(&n, "%s pgid=%d processes=%u reason=", what,
		    census.group[p->at].pgid, census.group[p->at].members);
	} else {
		next += !p->at;		/* the best but for this one */
		a += p->at;
		add(&n, "%s pid=%d comm=%.15s oom_score=%u oom_score_adj=%d "
		    "uid=%u anon_kib=%u swap_kib=%lu pte_kib=%lu "
		    "grown_kib=%lu reason=", what, a->pid, a->comm,
		    a->last_score, a->score_adj, a->uid, a->seen.anon_kib,
		    a->swap_kib, a->pte_kib, grown_kib(&machine, a));
	}
	put_reason(&n, v);
	add(&n, " choice=%s next=%d room_kib=%lu available_kib=%lu "
	    "memavailable_kib=%lu swap_free_kib=%lu psi=%.2u signal=%s "
	    "back=%s ms=%lu", choices[p->how], next->pid, v->room_kib,
	    v->available_kib, memory.memavailable_kib, now.swap_free_kib,
	    v->mem_centi, signal, back ? "yes" : "no", ms);
	end_line(&n);
}

/* After a kill the armed are let go, and pressure starts anew.  The baseline
 * stays, since others may have taken memory, too, and go on.  But it still has
 * what the victim held before the fall, so what came back beyond the victim's
 * growth is taken off. */
static void
settle(int has_helped, kib before_kib, kib grown)
{
	const kib back = minus(before_kib, process_kib(&machine));

	disarm();
	census.is_spent = 1;
	forget_pressure(&memory);
	go_on_falling(&machine, &memory, room_kib(&machine));
	census.base.process_kib = minus(census.base.process_kib,
	    minus(back, grown));
	if (has_helped)
		memory.futile = memory.hopeless_ms = 0;
	else
		memory.futile++;
}

/* Reaps children, and logs it if the hook failed. */
static void
await_children(char *buf)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != hook_pid)
			continue;
		hook_pid = 0;
		if (status)
			say(buf, WARN, "%s: ended with status %d", opt.exec,
			    WIFEXITED(status) ? WEXITSTATUS(status) :
			    128 + WTERMSIG(status));
	}
	if (pid < 0)		/* no child, or SIGCHLD is ignored */
		hook_pid = 0;
}

/* Ignores an error on purpose: with _FORTIFY_SOURCE the compiler warns if a
 * result isn't used. */
static void
ignore(long result)
{
	(void)result;
}

/* In the child: runs the program of -e in the surroundings that init would give
 * it.  As in a shell, status 127 means that it can't be started. */
__attribute__((noreturn))
static void
become_hook(char *buf, const char **argv)
{
	const unsigned long by_default[8] = { 0 }; /* kernel's sigaction */
	int i = open_proc(buf, 0, "self/oom_score_adj", O_WRONLY);

	ignore(write(i, "0", 1));
	syscall(SYS_sched_setscheduler, 0, SCHED_OTHER,
	    &(struct sched_param){ 0 });
	setpriority(PRIO_PROCESS, 0, 0);
	setsid();
	for (i = 1; i < _NSIG; i++)
		syscall(SYS_rt_sigaction, i, by_default, NULL, _NSIG / 8);
	sigprocmask(SIG_SETMASK, &(sigset_t){ 0 }, NULL);
	close_stdio();
	for (i = STDERR_FILENO + 1; i < 1024; i++)
		close(i);
	execve(opt.exec, (char **)(uintptr_t)argv, environ);
	_exit(127);
}

/* Starts the program of -e, if none runs, and doesn't wait for it.  A plain
 * fork copies our few pages.  vfork(2) would make us wait for its exec, which
 * may hang; and a child that shares our memory can't have an oom_score_adj of
 * its own. */
static void
run_hook(char *buf, const char *what, pid_t of, const char *comm,
    enum rule rule, const char *signal)
{
	char text[12];
	const char *argv[] = { opt.exec, what, NULL, comm,
	    rule == STALLED ? "stalled" : "exhausted", signal, NULL };

	if (!*opt.exec)
		return;
	await_children(buf);
	if (hook_pid) {
		say(buf, INFO, "%s: still runs", opt.exec);
		return;
	}
	text[sizeof(text) - 1] = '\0';
	argv[2] = digits(text, text + sizeof(text) - 1, (unsigned)of, 0);
	hook_pid = (pid_t)syscall(SYS_fork, SIGCHLD, 0, 0, 0, 0);
	if (!hook_pid)
		become_hook(buf, argv);
	if (hook_pid < 0) {
		warn(buf, opt.exec, "can't fork");
		hook_pid = 0;
	}
}

/* Nobody could be signalled.  No warning if it has ended by itself (ESRCH). */
static void
give_up(char *buf)
{
	static msec warned_ms;

	if (errno != ESRCH && is_due(&warned_ms, now.now_ms, QUIET_MS))
		warn(buf, "kill", "will try again");
	disarm();
	census.is_spent = 1;
}

/* Ends one process, waits for its memory, and logs it. */
static void
kill_one(char *buf, const struct verdict *v, const struct pick *p)
{
	static const char *const signal[] = { "none", "TERM", "KILL",
	    "TERM+KILL" };
	struct candidate *a = &census.armed[p->at];
	const kib held = held_kib(&machine, a);
	const kib grown = grown_kib(&machine, a);
	const kib before_kib = process_kib(&machine);
	const msec start = now.now_ms;
	int sent = 0, back;
	enum end end = end_victim(buf, v, a, &sent);

	if (end == FAILED) {
		give_up(buf);
		forget_pressure(&memory);
		return;
	}
	back = end == BACK || (end == ENDED && await_memory(buf, v, held));
	killed += end != HANGS;
	log_kill(buf, end == HANGS ? "stuck" : "killed", v, p, signal[sent],
	    back, clock_ms(CLOCK_MONOTONIC) - start);
	run_hook(buf, end == HANGS ? "stuck" : "killed", a->pid, a->comm,
	    v->rule, signal[sent]);
	if (end == HANGS || (end == BACK && !ended_within(buf, a, 0)))
		remember_stuck(a);
	settle(back, before_kib, grown);
}

/* Ends a fork storm by SIGKILL, since a handler of SIGTERM would need memory.
 * One signal goes to the whole group, and no fork escapes that.  But if members
 * are to be left out, the others get theirs one by one.  A group that didn't
 * look like a storm at the last scan is checked now. */
static void
kill_group(char *buf, const struct verdict *v, const struct pick *p)
{
	struct group *g = &census.group[p->at];
	const msec start = now.now_ms;
	const kib grown = group_growth_kib(&machine, g);
	const kib before_kib = process_kib(&machine);
	struct verdict after;
	int sent, back = 0, i;

	if (!g->is_checked)
		check_group(buf, g);
	sent = g->is_whole ? kill(-g->pgid, SIGKILL) == 0 :
	    kill_members(buf, g);
	if (!sent) {
		if (!g->is_whole)
			errno = ESRCH;	/* nobody is left who may be ended */
		give_up(buf);
		return;
	}
	for (i = 0; !back && i < STUCK_MS / SLICE_MS; i++) {
		after = look_again(buf);
		back = is_eased(&machine, v->rule, &after);
		wait_ms(NULL, 0, SLICE_MS);
	}
	log_kill(buf, "killed", v, p, "KILL", back,
	    clock_ms(CLOCK_MONOTONIC) - start);
	run_hook(buf, "killed", g->pgid, "-", v->rule, "KILL");
	killed++;
	settle(back, before_kib, grown);
}

/* Logs what holds the memory, at most each QUIET_MS, and starts the hook once.
 * After HOPELESS_MS in which no room came back it does what -r says, once. */
static void
stand_back(char *buf, const struct verdict *v)
{
	static const char *const next[] = {
		"waiting", "asking the kernel", "rebooting"
	};
	enum { SLAB, STACKS, TABLES, KEYS };
	unsigned long k[KEYS] = { 0 };
	off_t at = 0;
	kib known;
	int is_last;

	if (!memory.hopeless_ms) {
		memory.hopeless_ms = memory.eased_ms = now.now_ms;
		if (!opt.dry_run)
			run_hook(buf, "hopeless", 0, "-", v->rule, "-");
	}
	if (v->rule == FINE && v->room_kib > floor_kib(&machine) +
	    eater_kib(&machine) / 2)
		memory.eased_ms = now.now_ms;
	is_last = memory.resorted_ms != memory.hopeless_ms &&
	    opt.last_resort && !opt.dry_run &&
	    now.now_ms - memory.eased_ms >= HOPELESS_MS &&
	    (v->rule != FINE || v->room_kib <= floor_kib(&machine));
	if (!is_last && !is_due(&hopeless_said_ms, now.now_ms, QUIET_MS))
		return;
	read_keys(meminfo_fd, buf, &at, "SUnreclaim:\0KernelStack:\0"
	    "PageTables:", k, KEYS);
	known = now.free_kib + now.file_kib + now.slab_kib + now.shmem_kib +
	    now.anon_kib + now.zswap_kib + k[SLAB] + k[STACKS] + k[TABLES] +
	    memory.zram_used_kib + memory.listed_kib;
	say(buf, WARN, "hopeless: no end of a process would help: room_kib=%lu "
	    "processes_kib=%lu tmpfs_kib=%lu slab_kib=%lu page_tables_kib=%lu "
	    "zram_kib=%lu unexplained_kib=%lu; %s", v->room_kib, now.anon_kib,
	    now.shmem_kib, k[SLAB] + now.slab_kib, k[TABLES],
	    memory.zram_used_kib + now.zswap_kib, minus(now.total_kib, known),
	    next[is_last ? opt.last_resort : NONE]);
	if (!is_last)
		return;
	memory.resorted_ms = memory.hopeless_ms;
	if (opt.last_resort == OOM && write(sysrq_fd, "f", 1) < 0)
		warn(buf, "/proc/sysrq-trigger", NO_SYSRQ);
	if (opt.last_resort == REBOOT && reboot(RB_AUTOBOOT) < 0)
		warn(buf, "reboot", NO_BOOT);
}

/* Is an armed process ending by itself?  Then waits for it, so that no other
 * has to be ended: exit_mm() takes its oom_score away before its pages. */
static int
awaits_end(char *buf)
{
	struct candidate *a;
	int n;

	for (a = census.armed; a < census.armed + ARMED && a->pid; a++) {
		if (a->last_score)
			continue;
		for (n = 0; n < SETTLE_MS / SLICE_MS &&
		    !ended_within(buf, a, SLICE_MS); n++)
			;
		disarm_one(a);
		return 1;
	}
	return 0;
}

/* A rule holds: chooses a victim and ends it. */
static void
relieve(char *buf, struct verdict v)
{
	struct pick p;

	read_scores(buf);
	if (awaits_end(buf))
		return;
	p = choose(&machine, &v, 0);
	if (p.how == SCAN && may_scan(&machine, &v)) {
		scan(buf);
		v = look_again(buf);
		if (v.rule == FINE)
			return;
		read_scores(buf);
		p = choose(&machine, &v, 1);
	}
	if (p.how == SCAN) {	/* too early to tell: the next look is soon */
		if (memory.hopeless_ms)
			stand_back(buf, &v);
		return;
	}
	if (p.how == GROUP && census.group[p.at].pgid == getpgid(0))
		p.how = NOBODY;		/* we are in it */
	if (p.how == NOBODY) {
		stand_back(buf, &v);
		if (v.rule == EXHAUSTED)
			make_baseline(count_totals());
	} else if (opt.dry_run) {
		if (is_due(&dry_ms, now.now_ms, DRY_MS))
			log_kill(buf, "would kill", &v, &p, "none", 0, 0);
	} else if (p.how == GROUP) {
		kill_group(buf, &v, &p);
	} else {
		kill_one(buf, &v, &p);
	}
}

/* sense */

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Parses decimal digits.  NULL if there are none, or too many for a long. */
static const char *
parse_long(const char *p, const char *end, unsigned long *value)
{
	unsigned long v = 0, more;
	const char *start = p;

	for (; p < end && is_digit(*p); p++) {
		more = v * 10 + (unsigned)(*p - '0');
		if (more / 10 != v)
			return NULL;
		v = more;
	}
	if (p == start)
		return NULL;
	*value = v;
	return p;
}

/* Parses "12", "12.3" or "12.34" as hundredths. */
static const char *
parse_centi(const char *p, const char *end, unsigned long *centi)
{
	unsigned scale = 100;

	p = parse_long(p, end, centi);
	if (!p || *centi > INT32_MAX / 100)
		return NULL;
	*centi *= 100;
	if (p < end && *p == '.')
		for (p++; p < end && scale > 1 && is_digit(*p); p++)
			*centi += (unsigned)(*p - '0') * (scale /= 10);
	return p;
}

/* Parses the nth number (from 0) of a line of words and numbers; NULL if there
 * is none.  Those before it may be too large for a long. */
static const char *
parse_nth(const char *p, const char *end, int n, unsigned long *value)
{
	for (;; n--) {
		while (p < end && !is_digit(*p))
			p++;
		if (!n)
			return parse_long(p, end, value);
		while (p < end && is_digit(*p))
			p++;
	}
}

/* Parses total, in us, from "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
 * which the kernel brings up to date at each read (Linux 4.20, psi.rst).  32
 * bits wrap after 72 minutes of stall.  -1 for anything else, also for a line
 * without its newline, which was cut short. */
static int
parse_psi(const char *p, size_t len, unsigned long *total_us)
{
	static const char head[] = "some avg10=", tail[] = " total=";
	const char *nl = memchr(p, '\n', len), *number = nl;

	while (nl && number > p && is_digit(number[-1]))
		number--;
	if (number == nl || number - p < (int)(sizeof(head) + sizeof(tail)) ||
	    memcmp(p, head, sizeof(head) - 1) != 0 ||
	    memcmp(number - (sizeof(tail) - 1), tail, sizeof(tail) - 1) != 0)
		return -1;
	for (*total_us = 0; number < nl; number++)
		*total_us = *total_us * 10 + (unsigned)(*number - '0');
	return 0;
}

/* The end of the first part of "a|b|c". */
static const char *
part_end(const char *p, char separator)
{
	while (*p && *p != separator)
		p++;
	return p;
}

/* Does a whole comm match a pattern, in which * stands for any bytes? */
static int
glob(const char *pat, const char *pat_end, const char *s)
{
	const char *star = NULL, *retry = s;

	while (*s) {
		if (pat < pat_end && *pat == '*') {
			star = ++pat;
			retry = s;
		} else if (pat < pat_end && *pat == *s) {
			pat++;
			s++;
		} else if (star) {
			pat = star;
			s = ++retry;
		} else {
			return 0;
		}
	}
	while (pat < pat_end && *pat == '*')
		pat++;
	return pat == pat_end;
}

/* Is comm on a list "name|glob*"? */
static int
is_listed(const char *list, const char *comm)
{
	const char *p, *end;

	for (p = list; *p; p = *end ? end + 1 : end) {
		end = part_end(p, '|');
		if (glob(p, end, comm))
			return 1;
	}
	return 0;
}

/* If the line, which ends at nl, begins with one of the n keys (strings one
 * after the other in keys), adds its number to the key's value.  Returns the
 * key's bit, or 0. */
static unsigned
parse_line(const char *line, const char *nl, const char *keys,
    unsigned long *value, int n)
{
	unsigned long number;
	size_t len;
	int k;

	for (k = 0; k < n; k++, keys += len + 1) {
		const char *p = line + (len = strlen(keys));

		if (nl <= p || memcmp(line, keys, len) != 0)
			continue;
		while (*p == ' ' || *p == '\t')
			p++;
		if (parse_long(p, nl, &number)) {
			value[k] += number;
			return 1u << k;
		}
	}
	return 0;
}

/* Reads lines "Key: 123 kB" (or "key 123") from *at on, a buffer at a time,
 * until the last of the n keys is found.  Lines that are cut short or have no
 * number are skipped.  A number is added to its key's value.  Returns a bit for
 * each key found, and in *at where the line of the first one began.  They are
 * of one moment, since seq_file makes the text at the first read. */
static unsigned
read_keys(int fd, char *buf, off_t *at, const char *keys, unsigned long *value,
    int n)
{
	unsigned found = 0, bit;
	size_t have = 0;
	off_t off = *at;
	int rounds, is_long = 0;	/* in a line longer than buf */

	for (rounds = 0; rounds < 256 && !(found >> (n - 1)); rounds++) {
		ssize_t got = pread(fd, buf + have, BUF - have, off);
		const char *line = buf, *end, *nl;

		if (got <= 0)
			break;
		off += got;
		end = buf + have + got;
		for (; (nl = memchr(line, '\n', (size_t)(end - line)));
		    line = nl + 1, is_long = 0) {
			bit = is_long ? 0 :
			    parse_line(line, nl, keys, value, n);
			if (bit && !found)
				*at = off - (end - line);
			found |= bit;
		}
		if (line == buf && end == buf + BUF) {
			is_long = 1;
			line = end;
		}
		have = (size_t)(end - line);
		memmove(buf, line, have);
	}
	return found;
}

static int
read_sysinfo(struct look *l)
{
	struct sysinfo si;
	uint64_t unit;		/* bytes; 1 unless they don't fit a long */

	if (sysinfo(&si) < 0)
		return -1;
	unit = si.mem_unit;
	l->total_kib = (kib)(si.totalram * unit / 1024);
	l->free_kib = (kib)(si.freeram * unit / 1024);
	l->swap_total_kib = (kib)(si.totalswap * unit / 1024);
	l->swap_free_kib = (kib)(si.freeswap * unit / 1024);
	return 0;
}

/* ZFS's cache, less what it always keeps: the kernel takes it back as it does
 * file pages, but no line of meminfo has it.  A line of arcstats is a name of
 * 31 columns, a type (4), and the number of bytes.  Earlier lines get longer
 * and shorter, so these two are looked for from a few bytes before where they
 * were last time, or else in the whole file. */
static kib
read_arc(char *buf)
{
	enum { LEAST, SIZE, KEYS, BEFORE = 64 };
	unsigned long v[KEYS] = { 0 };
	unsigned found = 0;
	int i;

	for (i = 0; i < 2 && arc_fd >= 0 && found != (1u << KEYS) - 1; i++) {
		arc_at = !i && arc_at > BEFORE ? arc_at - BEFORE : 0;
		found = read_keys(arc_fd, buf, &arc_at,
		    "c_min                           4\0"
		    "size                            4", v, KEYS);
	}
	return found >> SIZE & 1 ? minus(v[SIZE], v[LEAST]) / 1024 : 0;
}

/* The lines of meminfo have a fixed width, unless a number has more than eight
 * digits (95 GiB).  So these are found where they were last time, or a few
 * bytes before: four reads, less than half of the file.  Where there is a CMA
 * area, its free part, at the end of the file, is read at each look, too, since
 * a job's pages also go there. */
static int
read_meminfo(char *buf, struct look *l)
{
	enum { ACTIVE, INACTIVE, ZSWAP, ANON, SHMEM, RECLAIMABLE, SLAB,
	    CMA_FREE, KEYS };
	enum { BEFORE = 10 };	/* each line before these may lose a digit */
	const int n = memory.cma_total_kib ? KEYS : CMA_FREE;
	unsigned long v[KEYS] = { 0 };
	unsigned found;

	meminfo_at = meminfo_at > BEFORE ? meminfo_at - BEFORE : 0;
	found = read_keys(meminfo_fd, buf, &meminfo_at,
	    "Active(file):\0Inactive(file):\0Zswap:\0AnonPages:\0Shmem:\0"
	    "KReclaimable:\0SReclaimable:\0CmaFree:", v, n);

	l->file_kib = v[ACTIVE] + v[INACTIVE] + read_arc(buf);
	l->zswap_kib = v[ZSWAP];
	l->anon_kib = v[ANON];
	l->shmem_kib = v[SHMEM];
	l->slab_kib = v[RECLAIMABLE] ? v[RECLAIMABLE] : v[SLAB];
	memory.cma_free_kib = v[CMA_FREE];
	if ((found | 1u << ZSWAP | 1u << RECLAIMABLE) == (1u << n) - 1)
		return 0;
	meminfo_at = 0;
	return -1;
}

/* -1 if the kernel has no PSI. */
static int
read_psi(char *buf, int fd, unsigned long *total_us)
{
	ssize_t n = pread(fd, buf, BUF, 0);

	return n <= 0 ? -1 : parse_psi(buf, (size_t)n, total_us);
}

static const char *
psi_mode(void)
{
	return psi_fd < 0 ? "none" : "yes";
}

/* "cpu user nice system idle iowait ...", of all CPUs, in ticks of 10 ms. */
static void
read_iowait(char *buf, struct look *l)
{
	ssize_t n = pread(stat_fd, buf, BUF, 0);
	unsigned long ticks;

	if (n > 0 && parse_nth(buf, buf + n, 4, &ticks))
		l->io_us = ticks * 10000;
}

/* The size of the data in zram, and the RAM it takes: the first and third
 * number of mm_stat, in bytes (admin-guide/blockdev/zram.rst).  A device that
 * was removed can't be read any more, so its descriptor is closed.  Another may
 * have its number by now; learn_swaps() opens that. */
static void
read_zram(char *buf, struct memory *m)
{
	unsigned long data, used;
	ssize_t n;
	int i;

	m->zram_data_kib = m->zram_used_kib = 0;
	for (i = 0; i < ZRAMS; i++) {
		if (zram_fd[i] < 0)
			continue;
		n = pread(zram_fd[i], buf, BUF, 0);
		if (n <= 0) {
			close(zram_fd[i]);
			zram_fd[i] = -1;
		}
		if (n <= 0 || !parse_nth(buf, buf + n, 0, &data) ||
		    !parse_nth(buf, buf + n, 2, &used))
			continue;
		m->zram_data_kib += data / 1024;
		m->zram_used_kib += used / 1024;
	}
}

/* A file of /proc/sys with one number; 0 where there is none. */
static unsigned long
read_number(char *buf, int fd)
{
	ssize_t n = pread(fd, buf, BUF, 0);
	unsigned long number = 0;

	if (n > 0)
		parse_long(buf, buf + n, &number);
	return number;
}

/* What the kernel may keep of free RAM while no watermark is raised. */
static kib
usually_kept_kib(kib total)
{
	return min_of(KEPT_KIB, total / KEPT_PART);
}

/*
 * Reads by how much watermarks are raised now: the kernel's OOM killer comes
 * that much earlier.  From 5.0 on Linux raises those of a zone for a while when
 * pages of different kinds mix (vm.watermark_boost_factor), by a pageblock or
 * more: 2 MB on x86, 4 MB without huge pages.  The lines "min" of
 * /proc/zoneinfo have it; if nothing is raised they add up to
 * vm.min_free_kbytes.
 *
 * And reads how many free pages are on the lists of single CPUs ("count"),
 * which MemFree leaves out.  Processes get these, too: direct reclaim empties
 * the lists.  From Linux 6.7 on they hold up to an eighth of RAM; before, a
 * megabyte for each CPU, which isn't worth a risk.
 */
static void
read_zones(char *buf)
{
	enum { MIN, COUNT, NONE_SUCH, KEYS };	/* so it reads to the end */
	unsigned long v[KEYS] = { 0 };
	off_t at = 0;

	read_keys(zoneinfo_fd, buf, &at, "        min \0"
	    "              count: \0\n", v, KEYS);
	memory.kept_kib = max_of(usually_kept_kib(now.total_kib),
	    minus(pages_kib(v[MIN]), read_number(buf, min_free_fd)));
	memory.listed_kib = has_long_lists ? pages_kib(v[COUNT]) : 0;
}

/* Swap on zram, and its free part: lines of /proc/swaps that begin with
 * "/dev/zram" have the size and what is used, in KiB.  Opens the mm_stat of a
 * new device. */
static void
learn_swaps(char *buf, struct memory *m)
{
	static const char prefix[] = "/dev/zram";
	static const char stat[] = "/sys/block/zram0/mm_stat";
	unsigned long size, used, number;
	off_t at = 0;
	ssize_t n;
	char *nl;

	m->zram_kib = m->zram_free_kib = 0;
	while ((n = pread(swaps_fd, buf, BUF, at)) > 0) {
		nl = memchr(buf, '\n', (size_t)n);
		at += nl ? nl + 1 - buf : n;
		if (!nl || memcmp(buf, prefix, sizeof(prefix) - 1) != 0 ||
		    !parse_nth(buf, nl, 0, &number) ||
		    !parse_nth(buf, nl, 1, &size) ||
		    !parse_nth(buf, nl, 2, &used))
			continue;
		m->zram_kib += size;
		m->zram_free_kib += minus(size, used);
		if (number >= ZRAMS || zram_fd[number] >= 0)
			continue;
		memcpy(buf, stat, sizeof(stat));
		buf[sizeof("/sys/block/zram") - 1] += (char)number;
		zram_fd[number] = openat(AT_FDCWD, buf, O_RDONLY | O_CLOEXEC);
	}
}

/*
 * Reads what changes slowly, and works out two numbers that no file tells.
 *
 * The kernel's reserve (totalreserve_pages) is what MemAvailable leaves out of
 * free RAM.  MemAvailable also leaves out a part of file pages and of slab:
 * half of each, but at most `low`, the low watermarks of all zones together
 * (docs/design.md).  So our sum leaves that part out, too, before the two are
 * compared.  A MemAvailable of 0 tells nothing, since it is never shown below
 * 0.  Without a MemAvailable (Linux before 3.14) the high watermarks are the
 * reserve.
 *
 * While the kernel boosts its watermarks (5.0 on) the reserve looks larger than
 * it is, so reserve_kib rises very slowly, except when vm.min_free_kbytes has
 * been changed.  A vm.watermark_scale_factor over 10 (Linux 4.6) raises the low
 * and the high watermarks, so that kswapd begins earlier.  That is no reserve,
 * since the kernel's OOM killer comes at the min watermarks.
 *
 * Pinned slab is taken to be the least slab ever seen, and PINNED_KIB at most,
 * or RAM divided by PINNED_PART.
 */
static void
learn(char *buf)
{
	const struct look *l = &now;
	enum { FREE, AVAILABLE, ACTIVE, INACTIVE, RECLAIMABLE, SLAB, CMA,
	    CMA_FREE, HUGE, KEYS };
	const kib min = read_number(buf, min_free_fd);
	const kib all = l->total_kib + l->huge_kib;
	const kib usual = max_of(min / 4, all / 1000);
	const kib apart = max_of(usual, part_kib(all,
	    (int)read_number(buf, scale_fd)));	/* min to low, low to high */
	const kib low = min + apart, rise = min == memory.min_free_kib ?
	    l->total_kib / 4096 : l->total_kib;
	kib v[KEYS] = { 0 }, files, slab, have, reserve;
	unsigned found;
	off_t at = 0;

	learnt_ms = l->now_ms;
	memory.min_free_kib = min;
	memory.early_kib = 2 * (apart - usual);
	found = read_keys(meminfo_fd, buf, &at, "MemFree:\0MemAvailable:\0"
	    "Active(file):\0Inactive(file):\0KReclaimable:\0SReclaimable:\0"
	    "CmaTotal:\0CmaFree:\0Hugetlb:", v, KEYS);
	if (!found)
		return;
	files = v[ACTIVE] + v[INACTIVE];
	slab = v[RECLAIMABLE] ? v[RECLAIMABLE] : v[SLAB];
	have = v[FREE] + files - min_of(files / 2, low) + slab -
	    min_of(slab / 2, low);
	if (!(found >> AVAILABLE & 1))
		v[AVAILABLE] = minus(have, low + apart);
	reserve = minus(have, v[AVAILABLE] + memory.early_kib);
	if (v[AVAILABLE])
		memory.reserve_kib = min_of(reserve, memory.reserve_kib + rise);
	memory.pinned_kib = min_of(min_of(memory.pinned_kib, slab),
	    min_of(PINNED_KIB, l->total_kib / PINNED_PART));
	memory.memavailable_kib = v[AVAILABLE];
	memory.cma_total_kib = v[CMA];
	memory.cma_free_kib = v[CMA_FREE];
	memory.huge_kib = v[HUGE];
	learn_swaps(buf, &memory);
}

/* Reads the numbers of one look; only sysinfo(2) if that is enough.  -1 on
 * error. */
static int
sense(char *buf)
{
	struct look *l = &now;
	static msec warned_ms;

	l->now_ms = clock_ms(CLOCK_MONOTONIC);
	if (read_sysinfo(l) == 0) {
		/* free RAM is in no pool; one may have shrunk meanwhile */
		l->huge_kib = min_of(memory.huge_kib,
		    minus(l->total_kib, l->free_kib));
		l->total_kib -= l->huge_kib;
		is_guarding = !is_plenty(&machine) || is_census_old(&machine);
		if (!is_guarding) {
			if (l->free_kib <= l->total_kib / 2 &&
			    l->now_ms - learnt_ms >= 10 * LEARN_MS)
				learn(buf);
			return 0;
		}
		if (read_meminfo(buf, l) == 0) {
			l->has_psi = read_psi(buf, psi_fd, &l->mem_us) == 0;
			if (l->has_psi)
				read_psi(buf, io_fd, &l->io_us);
			else
				read_iowait(buf, l);
			return 0;
		}
	}
	if (is_due(&warned_ms, l->now_ms, QUIET_MS))
		warn(buf, "/proc/meminfo", "is /proc gone?");
	return -1;
}

/* /proc/vmstat has 4 KB, so it is read only while tasks wait, and only from a
 * little before where the refaults were last time.  Before Linux 5.9 only file
 * pages had a refault counter; since then one counts all that comes back from
 * swap, which pswpin also does.  Before 4.8 each zone had its own pgsteal
 * counters, which aren't read, so all that is read again counts there.  In 7.2
 * the pgsteal counters come before pgpgin.  In all versions pginodesteal comes
 * after all of these, so it is the last key: read_keys() stops there. */
static void
read_refaults(char *buf, struct refaults *r, msec now_ms)
{
	enum { OLD, ANON, FILES, READ, WRITTEN, IN, OUT, KSWAPD, DIRECT,
	    STEAL_ANON, STEAL_FILE, LAST, KEYS };
	enum { BEFORE = 64 };
	unsigned long v[KEYS] = { 0 };
	unsigned found;

	vmstat_at = vmstat_at > BEFORE ? vmstat_at - BEFORE : 0;
	found = read_keys(vmstat_fd, buf, &vmstat_at, "workingset_refault \0"
	    "workingset_refault_anon \0workingset_refault_file \0pgpgin \0"
	    "pgpgout \0pswpin \0pswpout \0pgsteal_kswapd \0"
	    "pgsteal_direct \0pgsteal_anon \0pgsteal_file \0pginodesteal ",
	    v, KEYS);
	if (!(found >> READ & 1) || !(found & ((1u << READ) - 1))) {
		vmstat_at = 0;
		r->ms = 0;
		return;
	}
	r->ms = now_ms;
	r->file_kib = pages_kib(v[OLD] + v[FILES]);
	/* not from zswap, for which nobody waits: pswpin leaves it out */
	r->anon_kib = pages_kib(found >> ANON & 1 ? min_of(v[ANON], v[IN]) :
	    v[IN]);
	r->read_kib = v[READ];
	r->written_kib = v[WRITTEN];
	if (is_zram_io || now.swap_total_kib > memory.zram_kib) {
		r->read_kib -= pages_kib(v[IN]);
		r->written_kib -= pages_kib(v[OUT]);
	}
	r->thrown_kib = found >> DIRECT & 1 ?
	    pages_kib(v[KSWAPD] + v[DIRECT]) : r->file_kib + r->anon_kib;
	r->limited_kib = pages_kib(v[STEAL_ANON] + v[STEAL_FILE]) -
	    r->thrown_kib;
}

/* Reads what only the next look needs.  It comes after the decision, so that it
 * delays no signal of this look. */
static void
sense_more(char *buf)
{
	const struct look *l = &now;
	const kib room = room_kib(&machine);

	if (is_pressed(&machine) &&
	    l->now_ms - memory.refaults.ms >= SAMPLE_MS / 2)
		read_refaults(buf, &memory.refaults, l->now_ms);
	if (!is_falling(&machine) || room > 2 * eater_kib(&machine)) {
		memory.kept_kib = usually_kept_kib(l->total_kib);
		memory.listed_kib = 0;
	} else if (ahead_kib(&machine, room)) {	/* costs 0.5 ms */
		read_zones(buf);
	}
	if (swap_used_kib(&machine) || memory.zram_used_kib)
		read_zram(buf, &memory);
	if (l->now_ms - learnt_ms >= LEARN_MS)
		learn(buf);
	else if (memory.zram_used_kib)	/* swap may go on to a disk */
		learn_swaps(buf, &memory);
}

/* log */

static void
put(struct line *l, const char *s, size_t len)
{
	if (len && l->n < PIECES - 1)	/* keep a place for the newline */
		l->piece[l->n++] = (struct iovec){ (void *)(uintptr_t)s, len };
}

/* Writes v in at least width digits that end at end.  Returns their start, or
 * end if they would begin before out. */
static char *
digits(const char *out, char *end, unsigned long v, int width)
{
	char *p = end;

	do {
		if (p == out)
			return end;
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (--width > 0 || v);
	return p;
}

static void
put_number(struct line *l, unsigned long v, int width)
{
	char *end = l->end;

	l->end = digits(l->buf, end, v, width);
	put(l, l->end, (size_t)(end - l->end));
}

/* A comm may hold any byte but NUL.  Control bytes, spaces, quotes, backslashes
 * and all that isn't ASCII are printed as \xNN, so that key=value can be
 * parsed. */
static void
put_comm(struct line *l, const char *s)
{
	static const char first[] = "\\x0\\x1\\x2\\x3\\x4\\x5\\x6\\x7"
	    "\\x8\\x9\\xa\\xb\\xc\\xd\\xe\\xf";
	const char *start;

	for (;; s++) {
		unsigned char c;

		for (start = s; *s > ' ' && *s < 0x7f && *s != '\\' &&
		    *s != '"'; s++)
			;
		put(l, start, (size_t)(s - start));
		c = (unsigned char)*s;
		if (!c)
			return;
		put(l, &first[c / 16 * 3], 3);
		put(l, &first[c % 16 * 3 + 2], 1);
	}
}

static void
start_line(struct line *l, char *buf, const char *level)
{
	l->buf = buf;
	l->end = buf + BUF;
	l->n = 0;
	put(l, level, sizeof(WARN) - 1);
}

/* Knows %s, %d, %u, %lu, %.15s (an escaped comm) and %.2u (hundredths).  Only
 * digits go to buf, and all else stays where it is, so a line may be longer
 * than buf. */
static void
add_args(struct line *l, const char *fmt, va_list ap)
{
	const char *s;
	unsigned long v;
	int d, is_special;

	while (*fmt) {
		for (s = fmt; *fmt && *fmt != '%'; fmt++)
			;
		put(l, s, (size_t)(fmt - s));
		if (!*fmt++)
			break;
		for (is_special = *fmt == '.'; *fmt && *fmt < 'a' &&
		    *fmt != '%'; fmt++)
			;
		switch (*fmt++) {
		case '%':
			put(l, "%", 1);
			break;
		case 's':
			s = va_arg(ap, const char *);
			if (is_special)
				put_comm(l, s);
			else
				put(l, s, strlen(s));
			break;
		case 'd':
			d = va_arg(ap, int);
			if (d < 0)
				put(l, "-", 1);
			v = (unsigned long)d;
			put_number(l, d < 0 ? -v : v, 0);
			break;
		case 'u':
			v = va_arg(ap, unsigned);
			put_number(l, is_special ? v / 100 : v, 0);
			if (!is_special)
				break;
			put(l, ".", 1);
			put_number(l, v % 100, 2);
			break;
		default:		/* %lu */
			put_number(l, va_arg(ap, unsigned long), 0);
			fmt++;
		}
	}
}

static void
add(struct line *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_args(l, fmt, ap);
	va_end(ap);
}

/* Writes one record to each log; errors are ignored, as there is nobody to
 * tell.  Warnings, and so kills, also go to /dev/pmsg0, where they survive a
 * reboot (pstore).  A write to kmsg waits only for the console.  If stderr is a
 * full pipe, nothing is written to it. */
static void
end_line(struct line *l)
{
	struct pollfd p = { STDERR_FILENO, POLLOUT, POLLOUT };
	struct iovec *level = &l->piece[0];

	l->piece[l->n++] = (struct iovec){ "\n", 1 };
	if (opt.log & LOG_KMSG && kmsg_fd >= 0)
		ignore(writev(kmsg_fd, l->piece, l->n));
	level->iov_base = (char *)level->iov_base + 3;	/* skip "<4>" */
	level->iov_len -= 3;
	if (((char *)level->iov_base)[-2] == WARN[1] && pmsg_fd >= 0)
		ignore(writev(pmsg_fd, l->piece, l->n));
	if (opt.log == LOG_JOURNAL)	/* the journal adds the name itself */
		*level = (struct iovec){ (char *)level->iov_base - 3, 3 };
	if ((opt.log & (LOG_STDERR | LOG_JOURNAL) || kmsg_fd < 0) &&
	    wait_ms(&p, 1, 0) && p.revents == POLLOUT)
		ignore(writev(STDERR_FILENO, l->piece, l->n));
}

static void
say(char *buf, const char *level, const char *fmt, ...)
{
	struct line l;
	va_list ap;

	start_line(&l, buf, level);
	va_start(ap, fmt);
	add_args(&l, fmt, ap);
	va_end(ap);
	end_line(&l);
}

/* Errors that have a known cure.  strerror(3) would take 2 KB. */
static const struct { int error; const char *words; } errors[] = {
	{ EPERM, "not permitted" }, { EACCES, "permission denied" },
	{ ENOENT, "no such file" }, { ENOSYS, "not in this kernel" },
	{ ENOMEM, "out of memory" }, { 0, "failed" },
};

/* Logs what failed, why (errno), and the cure. */
static void
warn(char *buf, const char *what, const char *cure)
{
	const int error = errno;
	int i = 0;

	while (errors[i].error && errors[i].error != error)
		i++;
	say(buf, WARN, "%s: %s (%s)", what, errors[i].words, cure);
}

/* Is it time again?  Then sets *last_ms to now.  0 there: it was never done. */
static int
is_due(msec *last_ms, msec now_ms, msec every_ms)
{
	if (*last_ms && now_ms - *last_ms < every_ms)
		return 0;
	*last_ms = now_ms;
	return 1;
}

/* Answers SIGUSR1.  With plenty of RAM it reads meminfo, too, so that room is
 * up to date. */
static void
status(char *buf)
{
	struct verdict v;
	int i, n = 0;

	if (sense(buf) == 0 &&
	    (is_guarding || read_meminfo(buf, &now) == 0))
		learn(buf);
	v = judge(&machine);
	for (i = 0; i < ARMED; i++)
		n += census.armed[i].pid != 0;
	say(buf, INFO, "status room_kib=%lu available_kib=%lu "
	    "memavailable_kib=%lu free_kib=%lu swap_free_kib=%lu fall_kib=%lu "
	    "psi=%s stalled=%.2u waiting=%.2u read_before=%.2u armed=%d "
	    "killed=%u", v.room_kib, v.available_kib, memory.memavailable_kib,
	    now.free_kib, now.swap_free_kib, v.fall_kib, psi_mode(),
	    v.mem_centi, v.io_centi, v.refault_centi, n, killed);
}

/* waiting */

/* A raw call, since libc's needs the vDSO.  32 bits wrap in 49 days. */
static msec
clock_ms(int clock)
{
	long ts[2] = { 0, 0 };

	syscall(SYS_clock_gettime, clock, ts);
	return (msec)ts[0] * 1000 + (msec)ts[1] / 1000000;
}

static struct timespec
time_of(msec ms)
{
	return (struct timespec){ (time_t)(ms / 1000),
	    (long)(ms % 1000) * 1000000 };
}

/* Sleeps for ms, or until one of n descriptors is ready, and returns as
 * ppoll(2) does.  If that fails it only sleeps, so that no loop spins. */
static int
wait_ms(struct pollfd *p, nfds_t n, msec ms)
{
	const struct timespec ts = time_of(ms);
	int ready = ppoll(p, n, &ts, NULL);

	if (ready < 0)
		sigtimedwait(&(sigset_t){ 0 }, NULL, &ts);
	return ready;
}

/* Sleeps for ms, or until a signal for us comes, which it returns.  While
 * processes are armed it wakes up when one of them ends, which is disarmed, so
 * that no loop spins.  A signal then comes with the next call. */
static int
wait_for_signal_or_end(msec ms)
{
	struct pollfd p[ARMED];
	struct timespec ts;
	nfds_t n = 0;
	int sig;

	for (; n < ARMED && census.armed[n].pid; n++)
		p[n] = (struct pollfd){ census.armed[n].pidfd, POLLIN, 0 };
	ts = time_of(n ? 0 : ms);
	sig = sigtimedwait(&signals, NULL, &ts);
	if (sig > 0)
		return sig;
	if ((n || errno != EAGAIN) && wait_ms(p, n, ms) > 0)
		while (n-- > 0)
			if (p[n].revents)
				disarm_one(&census.armed[n]);
	return 0;
}

/* start-up */

/* Fills descriptors 0 to 2, if they are closed.  Otherwise a file that we open
 * later could get one of them, and what is meant for stderr would go there. */
static void
fill_stdio(void)
{
	int fd;

	do {
		fd = openat(AT_FDCWD, "/dev/null", O_RDWR);
		if (fd < 0)
			fd = openat(AT_FDCWD, "/", O_PATH);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	close(fd);
}

/* Opens the root of a procfs.  -1 if it is none, or one of another pid
 * namespace, whose pids mean other processes. */
static int
open_root(char *buf, int dir, const char *path)
{
	unsigned long pid;
	ssize_t n;

	proc_fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	n = read_proc(buf, 0, "self/stat");
	if (n > 0 && parse_long(buf, buf + n, &pid) && (pid_t)pid == getpid())
		return 0;
	close(proc_fd);			/* not our procfs, or -1 */
	proc_fd = -1;
	return -1;
}

/* Opens /proc.  If ours isn't mounted there, makes a procfs without a mount
 * point (Linux 5.2, CAP_SYS_ADMIN).  -1 with errno. */
static int
open_proc_root(char *buf)
{
	enum { FSOPEN_CLOSE = 1, CMD_CREATE = 6, FSMOUNT_CLOSE = 1 };
	static int root = -1;
	int fs, failed = -1;

	if (open_root(buf, AT_FDCWD, "/proc") == 0)
		return 0;
	fs = (int)syscall(FSOPEN, "proc", FSOPEN_CLOSE);
	if (fs < 0)
		return -1;
	if (syscall(FSCONFIG, fs, CMD_CREATE, NULL, NULL, 0) == 0) {
		/* root can't be listed, so "." is opened in it; it stays open,
		 * since the mount would go with it */
		close(root);
		root = (int)syscall(FSMOUNT, fs, FSMOUNT_CLOSE, 0);
		failed = open_root(buf, root, ".");
	}
	close(fs);
	return failed;
}

/* Goes on in a child without a terminal; the parent ends. */
static void
daemonize(char *buf)
{
	long pid = syscall(SYS_fork, SIGCHLD, 0, 0, 0, 0);

	if (pid < 0)
		warn(buf, "fork", "staying in the foreground");
	if (pid > 0)
		_exit(0);
	setsid();
	ignore(chdir("/"));	/* not to keep a file system busy */
}

/* Waits for a /proc, as a daemon already if we are to become one.  Returns 0,
 * or the signal that ends us. */
static int
await_proc(char *buf)
{
	int sig;

	if (open_proc_root(buf) == 0)
		return 0;
	warn(buf, "/proc", "not mounted? trying each second");
	if (opt.daemonize) {
		daemonize(buf);
		close_stdio();
		opt.daemonize = 0;
	}
	while (open_proc_root(buf) < 0) {
		sig = wait_for_signal_or_end(1000);
		if (sig && sig != SIGUSR1)
			return sig;
	}
	return 0;
}

static void
open_files(char *buf)
{
	static const struct { int *fd; const char *name; } files[] = {
		{ &meminfo_fd, "meminfo" }, { &vmstat_fd, "vmstat" },
		{ &stat_fd, "stat" }, { &swaps_fd, "swaps" },
		{ &min_free_fd, "sys/vm/min_free_kbytes" },
		{ &scale_fd, "sys/vm/watermark_scale_factor" },
		{ &arc_fd, "spl/kstat/zfs/arcstats" },
		{ &zoneinfo_fd, "zoneinfo" },
		{ &psi_fd, "pressure/memory" }, { &io_fd, "pressure/io" },
	};
	unsigned i;

	for (i = 0; i < ZRAMS; i++)
		zram_fd[i] = -1;
	for (i = 0; i < sizeof(files) / sizeof(*files); i++)
		*files[i].fd = open_proc(buf, 0, files[i].name, O_RDONLY);
	if (opt.last_resort == OOM &&
	    (sysrq_fd = open_proc(buf, 0, "sysrq-trigger", O_WRONLY)) < 0)
		warn(buf, "/proc/sysrq-trigger", NO_SYSRQ);
}

/* Does /proc/meminfo have what we need, and is it this machine's? */
static void
check_meminfo(char *buf)
{
	enum { TOTAL, AVAILABLE, KEYS };
	unsigned long v[KEYS] = { 0 };
	off_t at = 0;
	unsigned found = read_keys(meminfo_fd, buf, &at,
	    "MemTotal:\0MemAvailable:", v, KEYS);

	if (!(found >> AVAILABLE & 1))
		warn(buf, "MemAvailable", "Linux before 3.14? uses the "
		    "watermarks");
	if (found >> TOTAL & 1 && read_sysinfo(&now) == 0 &&
	    distance(v[TOTAL], now.total_kib) > now.total_kib / 16) {
		say(buf, WARN, "MemTotal is %lu KiB, sysinfo(2) says %lu: this "
		    "/proc/meminfo is a container's (lxcfs), and bustd guards "
		    "a whole machine: run it outside", v[TOTAL],
		    now.total_kib);
		_exit(EXIT_UNFIT);
	}
}

/* If PSI is off, there are no such files; before Linux 5.6 there are, but they
 * can't be read (EOPNOTSUPP). */
static void
check_pressure(char *buf)
{
	unsigned long us;

	if (read_psi(buf, psi_fd, &us) == 0 && read_psi(buf, io_fd, &us) == 0)
		return;
	warn(buf, "/proc/pressure/memory", "stalls are seen later, by iowait: "
	    "boot with psi=1, or CONFIG_PSI");
	close(psi_fd);
	close(io_fd);
	psi_fd = io_fd = -1;
}

/* Is this Linux major.minor, or a later one? */
static int
is_since(char *buf, unsigned long major, unsigned long minor)
{
	ssize_t n = read_proc(buf, 0, "sys/kernel/osrelease");
	unsigned long a, b;

	return n > 0 && parse_nth(buf, buf + n, 0, &a) &&
	    parse_nth(buf, buf + n, 1, &b) &&
	    (a > major || (a == major && b >= minor));
}

/* Sets our own oom_score_adj to -1000.  Before that, at 0, our oom_score is
 * that of a process that holds next to nothing: about 666 since Linux 5.9,
 * which maps 0..2000 to 0..1333, and near 0 before.  If we may not set it, we
 * keep what our supervisor set.  If that is below 0, it hides the 666.  Above 0
 * it is added, but then every process that we may end has inherited it, too. */
static void
protect_score(char *buf)
{
	int fd = open_proc(buf, 0, "self/oom_score_adj", O_WRONLY);
	int score_fd = open_proc(buf, 0, "self/oom_score", O_RDONLY), score;

	if (write(fd, "-1000", 5) < 0)
		warn(buf, "/proc/self/oom_score_adj", "no CAP_SYS_RESOURCE? "
		    "the kernel may kill it");
	else
		ignore(write(fd, "0", 1));
	score = score_now(buf, score_fd);
	census.is_point_scaled = score > 64;	/* less before 5.9 */
	census.nothing_score = score > 64 ? (unsigned)score : 0;
	ignore(write(fd, "-1000", 5));
	close(score_fd);
	close(fd);
}

/* A SCHED_FIFO task gets the CPU at once, and may use part of the kernel's
 * reserve (ALLOC_MIN_RESERVE).  A raw call, since musl's sched_setscheduler()
 * always fails with ENOSYS. */
static void
protect_priority(char *buf)
{
	const struct sched_param p = { .sched_priority = RT_PRIORITY };

	if (RT_PRIORITY && syscall(SYS_sched_setscheduler, 0, SCHED_FIFO,
	    &p) < 0 && setpriority(PRIO_PROCESS, 0, -20) < 0)
		warn(buf, "sched_setscheduler", "no CAP_SYS_NICE? normal "
		    "priority");
}

/* Locks every page that we will ever touch before the first wait: the image
 * page by page, since there may be holes between its segments; the stack as
 * deep as it gets; and the arguments, which are up to 8 KiB above it at random.
 * mlockall(2) would lock 132 KiB of stack. */
static void
protect_memory(char *buf, char **argv)
{
	enum { PAGE = 4096 };	/* larger pages are locked several times */
	extern char __executable_start[], _end[];
	uintptr_t p = (uintptr_t)buf - STACK;
	int failed = mlock((void *)p, (uintptr_t)environ - p) |
	    mlock(*argv, getauxval(AT_EXECFN) - (uintptr_t)*argv), last = 0;

	for (p = (uintptr_t)__executable_start; p < (uintptr_t)_end; p += PAGE)
		last = mlock((void *)p, 1);
	if (failed | last)	/* the last page is never in a hole */
		warn(buf, "mlock", "RLIMIT_MEMLOCK under 64 KiB? may be "
		    "swapped out");
}

/* Keeps only the capabilities (linux/capability.h) that the loop needs: to
 * signal any process, to compare any process's memory by kcmp(2) and see it
 * with hidepid=2, and to reboot.  All others were for start-up.  no_new_privs
 * keeps an exec from bringing them back.  With -e we keep all: the program is
 * there to do what takes root. */
static void
drop_rights(char *buf)
{
	enum { VERSION_3 = 0x20080522, CAP_KILL = 5, CAP_SYS_PTRACE = 19,
	    CAP_SYS_BOOT = 22 };
	struct { uint32_t version; int pid; } head = { VERSION_3, 0 };
	struct { uint32_t effective, permitted, inheritable; } set[2];

	if (*opt.exec)
		return;
	if (syscall(SYS_capget, &head, set) == 0) {
		set[0].effective &= 1u << CAP_KILL | 1u << CAP_SYS_PTRACE |
		    (opt.last_resort == REBOOT) << CAP_SYS_BOOT;
		set[0].permitted = set[0].effective;
		set[0].inheritable = 0;
		memset(&set[1], 0, sizeof(set[1]));
		errno = EPERM;
		if (opt.last_resort == REBOOT &&
		    !(set[0].effective >> CAP_SYS_BOOT & 1))
			warn(buf, "reboot", NO_BOOT);
	}
	if (syscall(SYS_capset, &head, set) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0)
		warn(buf, "capset", "keeps all its rights");
}

/* Tries what a kill will need, and warns of all that is missing, with the
 * cure. */
static void
rehearse(char *buf)
{
	int fd = open_pidfd(getpid());

	if (fd < 0 || signal_pidfd(fd, 0) < 0)
		warn(buf, "pidfd", "Linux before 5.3? signals go by pid");
	/* EINVAL is the right answer for a process that isn't dying */
	if (syscall(PROCESS_MRELEASE, fd, 0) < 0 && errno == ENOSYS) {
		is_without_mrelease = 1;
		warn(buf, "process_mrelease", "Linux before 5.15?");
	}
	close(fd);
	if (syscall(SYS_faccessat, proc_fd, "1", F_OK) < 0)
		warn(buf, "/proc/1", "hidepid=2? sees only own processes");
	is_limited = kill(1, 0) < 0 && errno == EPERM;
	if (is_limited)
		warn(buf, "kill", "no CAP_KILL? own processes only");
	/* since 6.3 pages go to zram and back by bios, as those of a disk */
	is_zram_io = is_since(buf, 6, 3);
	has_long_lists = is_since(buf, 6, 7);
	memory.reserve_kib = memory.pinned_kib = LONG_MAX;
	memory.kept_kib = usually_kept_kib(now.total_kib);
	learn(buf);
	if (memory.reserve_kib == LONG_MAX)
		memory.reserve_kib = 0;
	if (sense(buf) < 0 || scan(buf) < 0)
		warn(buf, "rehearsal", "is /proc whole?");
	census.has_base = 0;	/* services are still being started */
}

static void
close_stdio(void)
{
	int fd = openat(AT_FDCWD, "/dev/null", O_RDWR), i;

	for (i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		dup2(fd, i);
	close(fd);
}

/* the configuration and the flags */

#define RANGE(option, least, most, unit) \
	_Static_assert((option) >= (least) && (option) <= (most), \
	    "config.h: " #option " is out of range: " unit ", " \
	    #least " to " #most)
RANGE(FREE_RAM_THRESHOLD, 1, 100, "percent of RAM");
RANGE(AVAILABLE_FLOOR, 1, 90, "percent of RAM");
RANGE(SWAP_FLOOR, 0, 100, "percent of swap");
RANGE(KILL_FLOOR, 0, AVAILABLE_FLOOR, "percent of RAM");
RANGE(CUTOFF_PSI, 1, 100, "percent of time");
RANGE(STALL_AVAILABLE, 1, 100, "percent of RAM");
RANGE(STALL_WINDOW_MS, 500, 10000, "milliseconds");
RANGE(FILL_RATE, 1, 10000, "percent of RAM per second");
RANGE(SLEEP_MIN_MS, 1, 1000, "milliseconds");
RANGE(SLEEP_MAX_MS, SLEEP_MIN_MS, 60000, "milliseconds");
RANGE(VICTIM_MIN, 0, 50, "percent of RAM");
RANGE(GRACE_MS, 0, 60000, "milliseconds");
RANGE(STUCK_MS, 100, 60000, "milliseconds");
RANGE(HOPELESS_MS, 1, 600000, "milliseconds");
RANGE(RETRY, 1, 100, "kills");
RANGE(KILL_PROCESS_GROUP, 0, 1, "0 or 1");
RANGE(DRY_RUN, 0, 1, "0 or 1");
RANGE(LAST_RESORT, NONE, REBOOT, "NONE, OOM or REBOOT");
RANGE(DAEMONIZE, 0, 1, "0 or 1");
RANGE(FLAGS, 0, 1, "0 or 1");
RANGE(RT_PRIORITY, 0, 99, "SCHED_FIFO priority");
RANGE(VERBOSE, 0, 1, "0 or 1");
RANGE(LOG, LOG_STDERR, LOG_JOURNAL,
    "LOG_STDERR, LOG_KMSG, LOG_BOTH or LOG_JOURNAL");
_Static_assert(!DAEMONIZE || LOG == LOG_KMSG || LOG == LOG_BOTH,
    "config.h: DAEMONIZE 1 sends stderr to /dev/null, so LOG must be "
    "LOG_KMSG or LOG_BOTH (or set DAEMONIZE to 0)");
_Static_assert(sizeof(UNKILLABLES) > 0 && sizeof(PREFERRED) > 0,
    "config.h: UNKILLABLES and PREFERRED must be strings: \"name|glob*\", "
    "or \"\"");
_Static_assert(sizeof("" EXEC) > 0, "config.h: EXEC must be a string");

static struct options opt = {
	.psi_centi = CUTOFF_PSI * 100,
	.floor_centi = AVAILABLE_FLOOR * 100,
	.swap_centi = SWAP_FLOOR * 100,
	.kill_centi = KILL_FLOOR * 100,
	.grace_ms = GRACE_MS,
	.daemonize = DAEMONIZE,
	.verbose = VERBOSE,
	.kill_group = KILL_PROCESS_GROUP,
	.dry_run = DRY_RUN,
	.log = LOG,
	.last_resort = LAST_RESORT,
	.unkillables = UNKILLABLES,
	.preferred = PREFERRED,
	.exec = EXEC,
};

enum { PERCENT, MILLISECONDS, CHOICE, LIST, PROGRAM, SWITCH, OFF };

static const struct flag {
	char letter;
	const char *name, *argument, *help;
	unsigned short kind;
	unsigned short at;	/* of its value in struct options */
	unsigned short least, most; /* percentages in hundredths */
} flags[] = {
#define AT(member) offsetof(struct options, member)
	{ 'h', "help", "", "", SWITCH, AT(help), 0, 0 },
	{ 'v', "version", "", "", SWITCH, AT(version), 0, 0 },
	{ 'n', "no-daemon", "", "stay in the foreground",
	    OFF, AT(daemonize), 0, 0 },
	{ 'V', "verbose", "", "log more", SWITCH, AT(verbose), 0, 0 },
	{ 'g', "kill-group", "", "end the victim's process group",
	    SWITCH, AT(kill_group), 0, 0 },
	{ 'd', "dry-run", "", "choose and log, never signal",
	    SWITCH, AT(dry_run), 0, 0 },
	{ 'a', "available", "PERCENT", "exhausted at this much room, "
	    "0.01 to 90", PERCENT, AT(floor_centi), 1, 9000 },
	{ 'k', "kill", "PERCENT", "SIGKILL at once at this much room, 0 to 90",
	    PERCENT, AT(kill_centi), 0, 9000 },
	{ 's', "swap", "PERCENT", "swap to leave unused, 0 to 100",
	    PERCENT, AT(swap_centi), 0, 10000 },
	{ 'p', "psi", "PERCENT", "stalled: time lost waiting for memory, "
	    "1 to 100", PERCENT, AT(psi_centi), 100, 10000 },
	{ 't', "grace", "MS", "from SIGTERM to SIGKILL, 0 to 60000",
	    MILLISECONDS, AT(grace_ms), 0, 60000 },
	{ 'u', "unkillables", "LIST", "spare only 'name|glob*', 15 bytes "
	    "each", LIST, AT(unkillables), 0, 0 },
	{ 'P', "prefer", "LIST", "end these first: 'name|glob*', 15 bytes each",
	    LIST, AT(preferred), 0, 0 },
	{ 'l', "log", "stderr|kmsg|both|journal", "where to log",
	    CHOICE, AT(log), LOG_STDERR, 0 },
	{ 'r', "last-resort", "none|oom|reboot", "when no kill helps",
	    CHOICE, AT(last_resort), NONE, 0 },
	{ 'e', "exec", "PROGRAM", "program to start after a kill, by its "
	    "whole path", PROGRAM, AT(exec), 0, 0 },
};
enum { FLAG_COUNT = sizeof(flags) / sizeof(*flags) };

/* Prints to stdout.  -1 if that fails. */
static int
print(const char *s)
{
	return write(STDOUT_FILENO, s, strlen(s)) < 0 ? -1 : 0;
}

static int
print_usage(char *buf)
{
	const struct flag *f;
	int failed = print("bustd " VERSION "\nout-of-memory killer\n");

	for (f = flags; f < flags + FLAG_COUNT; f++) {
		memcpy(buf, "-h --", 6);
		buf[1] = f->letter;
		failed |= print(buf) | print(f->name) |
		    print(*f->argument ? " " : "") | print(f->argument) |
		    print(*f->help ? "\t\t" : "") | print(f->help) |
		    print("\n");
	}
	return failed;
}

/* The flag with this name of len bytes, or this letter; NULL if there is
 * none. */
static const struct flag *
find_flag(const char *s, size_t len, int is_long)
{
	const struct flag *f;

	for (f = flags; f < flags + FLAG_COUNT; f++)
		if (is_long ? strlen(f->name) == len &&
		    !memcmp(f->name, s, len) : f->letter == *s)
			return f;
	return NULL;
}

__attribute__((noreturn))
static void
bad_flag(char *buf, const struct flag *f, const char *value)
{
	char letter[2] = { f ? f->letter : 0, 0 };

	opt.log = LOG_STDERR;
	if (f)
		say(buf, INFO, "%s: not for -%s --%s %s\t\t%s", value, letter,
		    f->name, f->argument, f->help);
	else
		say(buf, INFO, "%s: no such flag (see --help)", value);
	_exit(EXIT_USAGE);
}

/* Is it a valid list?  A name longer than a comm could never match. */
static int
is_list(const char *p)
{
	const char *end;

	for (; *p; p = *end ? end + 1 : end) {
		end = part_end(p, '|');
		if (end - p >= COMM && !memchr(p, '*', (size_t)(end - p)))
			return 0;
	}
	return 1;
}

/* Sets one flag's value.  -1 if it is malformed or out of range. */
static int
set_flag(const struct flag *f, const char *value)
{
	void *member = (char *)&opt + f->at;
	int *number = member;
	const char *end = value + strlen(value), *p;
	unsigned long v = 0;

	switch (f->kind) {
	case PERCENT:
	case MILLISECONDS:
		p = f->kind == PERCENT ? parse_centi(value, end, &v) :
		    parse_long(value, end, &v);
		*number = (int)v;
		return p == end && v >= f->least && v <= f->most ? 0 : -1;
	case CHOICE:
		*number = (int)f->least;
		for (p = f->argument; ; p = end + 1, ++*number) {
			end = part_end(p, '|');
			if (glob(p, end, value))
				return 0;
			if (!*end)
				return -1;
		}
	case LIST:
	case PROGRAM:
		*(const char **)member = value;
		return (f->kind == LIST ? is_list(value) : !*value ||
		    (*value == '/' && !access(value, X_OK))) ? 0 : -1;
	case SWITCH:
	case OFF:
		*number = f->kind == SWITCH;
	}
	return 0;
}

/* Parses one argument: -x, -xVALUE, -x VALUE, -xyz, --name, --name=VALUE or
 * --name VALUE.  Returns the next one. */
static char **
parse_flag(char *buf, char **argv)
{
	const char *arg = *argv++, *p, *value;
	const int is_long = arg[0] == '-' && arg[1] == '-';
	const struct flag *f;
	size_t len;

	for (p = arg + 1 + is_long; ; p++) {
		len = is_long ? (size_t)(part_end(p, '=') - p) : 1;
		f = *arg == '-' && *p ? find_flag(p, len, is_long) : NULL;
		if (!f)
			bad_flag(buf, NULL, arg);
		p += len;
		if (!*f->argument) {
			if (is_long && *p)
				bad_flag(buf, f, "a value");
			set_flag(f, "");
			if (!*p)
				return argv;
			p--;
			continue;
		}
		value = *p ? p + is_long : *argv++;
		if (!value)
			bad_flag(buf, f, "(nothing)");
		if (set_flag(f, value) < 0)
			bad_flag(buf, f, value);
		return argv;
	}
}

/* A wrong flag ends bustd with status 100: it must not run with other limits
 * than asked for. */
static void
parse_flags(char *buf, char **argv)
{
	for (argv++; *argv; )
		argv = parse_flag(buf, argv);
	/* a lower --available lowers the built-in --kill, too */
	if (opt.kill_centi == KILL_FLOOR * 100 &&
	    opt.kill_centi > opt.floor_centi)
		opt.kill_centi = opt.floor_centi;
	if (opt.kill_centi > opt.floor_centi)
		bad_flag(buf, find_flag("k", 1, 0), "over --available");
	if (opt.daemonize && !(opt.log & LOG_KMSG))
		bad_flag(buf, find_flag("l", 1, 0), "stderr of a daemon");
	/* answered last, so that init scripts can have all flags checked */
	if (opt.help)
		_exit(print_usage(buf) < 0);
	if (opt.version)
		_exit(print("bustd " VERSION "\n") < 0);
}

int
main(int argc, char **argv)
{
	_Alignas(8) char buf[BUF];	/* aligned, for getdents64's records */
	sigset_t all;
	int sig;

	fill_stdio();
	if (FLAGS && argc)
		parse_flags(buf, argv);
	kmsg_fd = openat(AT_FDCWD, "/dev/kmsg", O_WRONLY | O_NONBLOCK |
	    O_CLOEXEC);
	pmsg_fd = openat(AT_FDCWD, "/dev/pmsg0", O_WRONLY | O_CLOEXEC);
	if (getpid() == 1) {
		say(buf, WARN, "not as PID 1: let init start it");
		return EXIT_UNFIT;
	}
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGUSR1);
	if (await_proc(buf))
		return 0;
	open_files(buf);
	check_meminfo(buf);
	check_pressure(buf);
	protect_score(buf);
	protect_priority(buf);
	rehearse(buf);
	if (opt.daemonize)
		daemonize(buf);
	protect_memory(buf, argv);
	drop_rights(buf);
	say(buf, INFO, VERSION " started pid=%d psi=%s", getpid(), psi_mode());
	if (opt.daemonize)
		close_stdio();
	sig = guard(buf);
	say(buf, INFO, "ended by %s, killed=%u",
	    sig == SIGTERM ? "SIGTERM" : "SIGINT", killed);
	return 0;
}
