/* SPDX-License-Identifier: MIT */
/*
 * bustd - available memory or bust: a userspace out-of-memory killer.
 *
 *	start:	parse flags, open /proc, protect ourselves, rehearse one scan
 *	forever:
 *		sleep for sleep_ms(), or until an armed process ends
 *		sense:   sysinfo(2); with plenty of free RAM the look ends here
 *		         meminfo and pressure, from descriptors kept open
 *		decide:  judge(): fine, exhausted or stalled?
 *		fine:    getting short? scan /proc and arm the worst processes
 *		else:    choose() a victim among the armed; scan only if they
 *		         don't explain where the memory went
 *		act:     SIGTERM, wait on its pidfd, SIGKILL, reap
 *		         wait for the memory, log one line, forget old pressure
 *
 * The words:
 *	room		what the machine can still hold, swap included, in KiB
 *	available	the part of it that is in RAM
 *	fall		how far room has come down without a pause
 *	gate		open while too little RAM is free to end a look early
 *	arm		open a process (pidfd, oom_score) before it is needed
 *	census		the largest processes, and what they held at first
 *	exhausted	room ends within the time that an orderly end takes
 *	stalled		tasks wait for pages that were in memory a moment ago
 *	victim		the process that is ended
 *	hopeless	a rule holds, but nobody's end would bring memory back
 *
 * Three parts don't mix.  Sense reads numbers and judges none.  Decide is made
 * of pure functions of these numbers and of what is remembered from earlier
 * looks: no system call, no clock, no hidden state.  Act scans, kills, waits
 * and logs, and decides nothing.  test/replay runs recorded machines through
 * the functions of the second part.
 *
 * The kill path opens nothing.  In a livelock whatever makes the kernel
 * allocate (open, fork, getdents64) may take ten seconds; reads and signals on
 * descriptors that are already open take milliseconds.  So the scan runs while
 * there is still memory.
 *
 * What always holds: no heap, no stdio, no floats, no threads, no recursion.
 * One 128-byte buffer in main's frame is handed down to all who read or build a
 * path; a callee may overwrite it, so nothing is kept in it across a call.
 * After start-up no error ends the daemon: it warns and goes on.
 *
 * To understand everything else, start reading guard().
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

#define VERSION "0.2.0"

/* types */

/* KiB in a long reach to 4 TiB on 32-bit boards, which need no 64-bit division
 * then.  Times are in ms of CLOCK_MONOTONIC and are only ever subtracted from
 * one another, so they may wrap. */
typedef unsigned long kib;
typedef unsigned long msec;

/* What decides when: the numbers of the rules.  Each is here because the trace
 * or scenario beside it fails without it; HACKING.md has the whole table. */
enum {
	/* Percent of RAM.  Who takes less than this without a pause is no
	 * eater: most jobs that start, and all that cron does, end sooner.
	 * More: an eater that starts when little is left is the kernel's.
	 * [cases/spike] */
	EATER_PCT = 5,

	/* ms without a new low of room that end a fall.  More: two jobs that
	 * have nothing to do with one another count as one eater.  Less: a slow
	 * leak isn't seen as one fall.  [cases/rest, traces/slow] */
	PAUSE_MS = 5000,

	/* Part of what an eater takes that makes a new low: less is what cron
	 * does again and again.  [cases/rest] */
	LOW_PART = 32,

	/* ms until the next look, by when an eater must not be at the end.
	 * More ends jobs that stop just before it; less loses fast eaters to
	 * the kernel.  [cases/spike, bench fast] */
	AHEAD_MS = 10,

	/* A fall is expected to go on by at most this part of what it has come
	 * down already: a short burst says little about the future.
	 * [cases/spike] */
	FALL_PART = 8,

	/* Percent of time that tasks wait for I/O (PSI io `some`) in a working
	 * set that no longer fits; harmless traces have 48 at most, true ones
	 * 85 at least.  [traces/zramcold] */
	IO_PCT = 60,

	/* The same where the kernel has no PSI: iowait of /proc/stat, percent
	 * of one CPU.  [traces/cache] */
	IOWAIT_PCT = 50,

	/* Percent of what is read that was in memory before: harmless traces
	 * have 2 at most, true ones 92 at least.  [traces/zramcoldio] */
	REFAULT_PCT = 50,

	/* Percent of RAM available at which the worst processes are armed: so
	 * early that a scan is done before the fastest eater is at the end.
	 * [bench fast] */
	ARM_PCT = 25,

	/* Percent of what was lost in a fall that is "most of it".
	 * [cases/rpcd, cases/ramfs] */
	MOST_PCT = 50,

	/* Points of oom_score from which on growth is no noise: a point is 1.5
	 * thousandths of memory, and rounded.  [cases/name, workers] */
	SURE_POINTS = 4,

	/* A spared process goes like anyone when it holds this many times as
	 * much as the next.  [cases/name] */
	SPARED_TIMES = 4,

	/* What data compress to in zram while nobody knows yet: 2:1.  Text and
	 * heaps have 3:1, media 1:1.  [traces/zramcold] */
	ZRAM_TIMES = 2,

	/* Percent of RAM available that a box has which lives with little left.
	 * [cases/rest, scenario late-eater] */
	REST_PCT = 10,

	/* ms over which the rate of a fall is taken, where looks are closer.
	 * [bench fast] */
	RATE_MS = 100,
};

enum {				/* ms: when to look and how long to wait */
	STILL_SLEEP_MS = 250,	/* a sleep while nobody eats is this at least,
				   or a box that lives with little left pays for
				   it all day [cases/rest]; and this at most
				   where stall could begin */
	FRESH_MS = 2000,	/* a scan tells so long who is the largest */
	BLIND_MS = 100,		/* between looks that can do nothing */
	AGE_MS = 60000,		/* an older census doesn't tell who takes
				   memory; a scan a minute costs next to
				   nothing, with plenty of memory too
				   [thrash] */
	LEARN_MS = 1000,	/* between two lessons while memory is short */
	SLICE_MS = 10,		/* between two looks at a dying victim */
	REAP_MS = 50,		/* it frees its own pages, for so long */
	SETTLE_MS = 200,	/* a dead victim's pages may be back later */
	QUIET_MS = 60000,	/* between two warnings of one kind */
	HOPELESS_SCAN_MS = 500,	/* between two scans that find nobody */
	DRY_MS = 10000,		/* between two lines of -d */
};

enum {				/* sizes and counts; none decides anything */
	BUF = 128,		/* bytes of the one buffer */
	COMM = 16,		/* TASK_COMM_LEN, with its NUL */
	ARMED = 3,		/* processes kept open: a pread each before the
				   signal */
	CENSUS = 64,		/* processes remembered, the largest */
	GROUPS = 16,		/* process groups remembered, the largest */
	ROOMS = 8,		/* looks remembered for the rate of a fall */
	SAMPLES = 32,		/* of pressure, a twelfth of a window apart */
	STUCK = 8,		/* victims remembered that would not go */
	ZRAMS = 4,		/* zram devices whose ratio is read */
	PIECES = 96,		/* of a log line; the kill line has 93 */
	BATCH = BUF / 24,	/* the smallest linux_dirent64 has 24 bytes */
	STACK = 4096,		/* as deep as ours ever goes; test/invariants
				   measures it */
	REAPER_STACK = 1024,
	KCMP_VM = 1,		/* linux/kcmp.h */
	EXIT_UNFIT = 1, EXIT_USAGE = 100,
};

enum { NONE, OOM, REBOOT };		/* LAST_RESORT */
enum { LOG_STDERR = 1, LOG_KMSG, LOG_BOTH, LOG_JOURNAL };

/* One look at the machine: what sense() read, and nothing judged. */
struct look {
	msec now_ms;
	kib total_kib, free_kib;		/* sysinfo(2) */
	kib swap_total_kib, swap_free_kib;
	kib file_kib;		/* meminfo: Active(file) + Inactive(file) */
	kib slab_kib;		/* KReclaimable, or SReclaimable before 4.20 */
	kib anon_kib;		/* AnonPages */
	kib shmem_kib;		/* Shmem: tmpfs and shared memory */
	int has_psi;		/* /proc/pressure is there */
	unsigned long mem_us;	/* PSI memory `some`, total */
	unsigned long io_us;	/* PSI io `some`, total */
	unsigned long iowait_ms; /* /proc/stat, of all CPUs together */
};

/* Pages read back that had been in memory, and all that was read. */
struct refaults {
	msec ms;		/* 0: not known */
	kib back_kib;		/* workingset_refault_file and _anon */
	kib read_kib;		/* pgpgin */
};

struct sample {			/* pressure at an earlier look */
	msec ms;
	unsigned long mem_us, io_us, iowait_ms;
	struct refaults refaults;
};

/* All that is remembered between looks about the machine. */
struct memory {
	/* learnt from /proc/meminfo, /proc/swaps and zram now and then */
	kib reserve_kib;	/* what MemAvailable leaves out of free RAM */
	kib boost_kib;		/* by which watermarks are raised just now */
	kib pinned_kib;		/* the least reclaimable slab ever seen */
	kib cma_total_kib, cma_free_kib;
	kib zram_free_kib;	/* swap on zram that is free */
	kib zram_data_kib, zram_used_kib; /* what it holds, in how much */
	kib memavailable_kib;	/* MemAvailable, as free(1) shows it */

	/* the fall: room came from high to low, where it was at low_ms */
	kib high_kib, low_kib, marked_kib;
	msec low_ms;		/* when the low was last marked */
	msec ended_ms;		/* when the last fall ended, or memory came
				   back; 0: never */
	struct { msec ms; kib room_kib; } room[ROOMS];	/* newest at at_room */
	unsigned at_room, rooms;

	/* pressure, newest at at_sample; forgotten after a kill */
	struct sample sample[SAMPLES];
	unsigned at_sample, samples;
	struct refaults refaults;	/* the newest */

	msec hopeless_ms;	/* since when it is hopeless; 0: it isn't */
	int is_resorted;	/* the last resort was taken since */
	unsigned futile;	/* kills in a row that gave nothing back */
	msec scan_cost_ms;	/* CPU time that the last scan took */
};

enum rule { FINE, EXHAUSTED, STALLED };

struct verdict {		/* of judge(), with the numbers compared */
	enum rule rule;
	int is_urgent;		/* no time for SIGTERM */
	kib room_kib, available_kib, fall_kib;
	kib ahead_kib;		/* expected to go within AHEAD_MS */
	unsigned mem_centi, io_centi, refault_centi; /* of the window */
};

struct candidate {		/* an armed process */
	pid_t pid;		/* 0: an empty slot */
	int pidfd;		/* -1 where pidfd_open is missing */
	int score_fd;		/* open oom_score: pins the struct pid, so a
				   read tells ESRCH once the pid is reused */
	unsigned score;		/* oom_score when armed */
	unsigned last_score;	/* as last read; 0: it has ended */
	unsigned then_score;	/* as the fall began */
	kib then_anon_kib;
	int score_adj;
	int is_spared, is_preferred;
	int is_new;		/* not counted as the fall began */
	pid_t parent;
	unsigned uid;
	kib anon_kib, shmem_kib, swap_kib, pte_kib;	/* when armed */
	char comm[COMM];
};

struct person {			/* a process in the census */
	pid_t pid;
	unsigned score, then_score;
	kib anon_kib, then_anon_kib;
	int is_seen;
};

struct group {			/* a process group in the census */
	pid_t pgid;
	unsigned members, points, then_points;
};

/* Who holds the memory.  Scores and `then` are those of the last scan and of
 * the beginning of the fall. */
struct census {
	struct person person[CENSUS];
	struct group group[GROUPS];
	struct candidate armed[ARMED];	/* the best victim first */
	unsigned nothing_score;	/* oom_score of who holds nothing: 666 or so */
	unsigned missed_score;	/* nobody outside the census has more */
	int is_point_scaled;	/* Linux 5.9: a point is 1.5 thousandths */
	kib then_process_kib, then_other_kib, then_swap_kib; /* as the fall
				   began */
	int has_then;		/* all that is called then is known, */
	msec then_ms;		/* from this time */
	kib scan_room_kib, scan_process_kib; /* at the last scan */
	msec scan_ms;		/* when that was */
	int is_stale;		/* scan again: an armed one has ended */
	int is_begun;		/* this scan is what the next fall is compared
				   with */
};

enum choice { NOBODY, SCAN, PREFERS, GROWS, LARGEST, SPARED, GROUP };

struct pick {			/* of choose() */
	enum choice how;
	int armed;		/* index, or -1 */
	pid_t pgid;		/* of GROUP */
};

#include "config.h"

struct options {		/* config.h, as the flags override it */
	int psi_centi, floor_centi, swap_centi, kill_centi;
	int grace_ms, daemonize, verbose, kill_group, dry_run;
	int log, last_resort;
	const char *unkillables, *preferred, *exec;
};

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

/* what is kept between looks */

static struct memory memory;	/* what is remembered about the machine */
static struct census census;	/* and about its processes */
static struct look now;		/* the newest look */
static int is_guarding;		/* the gate is open */
/* what the loop calls, in the order of the parts */

static int sense(char *buf, struct look *);
static void sense_more(char *buf, const struct look *);

static void remember(const struct options *, struct memory *,
    const struct look *);
static struct verdict judge(const struct options *, const struct memory *,
    const struct look *);
static int is_still_hopeless(const struct options *, const struct memory *,
    const struct look *, const struct verdict *);
static msec sleep_ms(const struct options *, const struct memory *,
    const struct look *);
static int wants_scan(const struct memory *, const struct look *,
    const struct census *, kib room);

static int scan(char *buf, kib room);
static void disarm(void);
static void relieve(char *buf, struct verdict);
static void hopeless(char *buf, const struct verdict *);
static void await_children(char *buf);
static void status(char *buf);
static int wait_for_signal_or_end(msec ms);

/* the loop */

/* One look at the machine.  Returns for how many ms nothing can happen. */
static msec
look(char *buf)
{
	struct verdict v;

	if (sense(buf, &now) < 0)
		return BLIND_MS;
	remember(&opt, &memory, &now);
	if (!is_guarding) {
		if (census.armed[0].pid)
			disarm();
		return sleep_ms(&opt, &memory, &now);
	}
	v = judge(&opt, &memory, &now);
	if (v.rule != FINE) {
		relieve(buf, v);
		return SLEEP_MIN_MS;
	}
	if (memory.hopeless_ms) {
		if (is_still_hopeless(&opt, &memory, &now, &v))
			hopeless(buf, &v);
		else
			memory.hopeless_ms = memory.is_resorted = 0;
	}
	if (wants_scan(&memory, &now, &census, v.room_kib))
		scan(buf, v.room_kib);
	sense_more(buf, &now);
	return sleep_ms(&opt, &memory, &now);
}

/* Until SIGTERM or SIGINT, which it returns. */
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

/* decide: when */

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

/* a - b, or 0 where b is more. */
static kib
less(kib a, kib b)
{
	return a > b ? a - b : 0;
}

static kib
least(kib a, kib b)
{
	return a < b ? a : b;
}

static kib
most(kib a, kib b)
{
	return a > b ? a : b;
}

/* The least that an eater takes. */
static kib
eater_kib(const struct look *l)
{
	return percent_kib(l->total_kib, EATER_PCT);
}

/*
 * What RAM can still take.  It is like the kernel's MemAvailable, but without
 * what makes that one jump or lie.  MemAvailable subtracts the low watermark from
 * file pages and from slab, and Linux 5.0's watermark boost raises that for some
 * ms.  It counts slab that is pinned (tracefs, 8.7 MB in Debian's 6.1).  It counts
 * free CMA pages, which only movable pages may use.  The kernel's OOM killer comes
 * at 0 or just below, or BOOST_KIB above while the watermarks are raised.
 */
static kib
available_kib(const struct memory *m, const struct look *l)
{
	return less(l->free_kib + l->file_kib +
	    less(l->slab_kib, m->pinned_kib), m->reserve_kib + m->cma_free_kib);
}

/*
 * How much more the machine can hold: what is available, and swap.  A page that
 * goes to zram takes RAM itself, so of free zram only what compression saves
 * counts, and at most for the anonymous memory that there is to compress.  The
 * ratio is that of the data in zram so far; eater_kib() of data at ZRAM_TIMES are
 * added, so that it starts at a guess.
 */
static kib
room_kib(const struct options *o, const struct memory *m, const struct look *l)
{
	kib zram = least(m->zram_free_kib, l->swap_free_kib);
	kib disk = l->swap_free_kib - zram;
	kib kept = part_kib(l->swap_total_kib, o->swap_centi);
	kib used, data, saved;

	zram = least(less(zram, less(kept, disk)), l->anon_kib);
	used = m->zram_used_kib + eater_kib(l) / ZRAM_TIMES;
	data = m->zram_data_kib + eater_kib(l);
	saved = less(zram, zram / 64 * (used * 64 / data));
	return available_kib(m, l) + less(disk, kept) + saved;
}

/* The room at which memory is at its end. */
static kib
floor_kib(const struct options *o, const struct memory *m, const struct look *l)
{
	return part_kib(l->total_kib, o->floor_centi) + m->boost_kib;
}

/* Does free RAM alone prove that no rule can hold?  Then a look ends here, at
 * sysinfo(2).  All of CMA is left out, since sysinfo(2) doesn't tell how much of
 * it is free. */
static int
is_plenty(const struct options *o, const struct memory *m, const struct look *l)
{
	kib sure = less(l->free_kib, m->reserve_kib + m->cma_total_kib);

	return sure > percent_kib(l->total_kib, FREE_RAM_THRESHOLD) &&
	    sure > floor_kib(o, m, l);
}

static kib
fall_kib(const struct memory *m)
{
	return m->high_kib - m->low_kib;
}

/* A fall begins where room is high, goes on while it makes new lows, and is over
 * when there was none to speak of for PAUSE_MS, or half of it came back. */
static void
remember_room(struct memory *m, const struct look *l, kib room)
{
	if (!m->rooms || room > m->high_kib ||
	    l->now_ms - m->low_ms > PAUSE_MS ||
	    (room > m->low_kib &&
	    room - m->low_kib > (m->high_kib - m->low_kib) / 2)) {
		if (fall_kib(m) + less(room, m->high_kib) >= eater_kib(l) / 2)
			m->ended_ms = l->now_ms;
		m->high_kib = m->low_kib = m->marked_kib = room;
		m->low_ms = l->now_ms;
	} else if (room < m->low_kib) {
		m->low_kib = room;
		if (m->marked_kib - room > eater_kib(l) / LOW_PART) {
			m->marked_kib = room;
			m->low_ms = l->now_ms;
		}
	}
	m->at_room = (m->at_room + 1) % ROOMS;
	m->room[m->at_room].ms = l->now_ms;
	m->room[m->at_room].room_kib = room;
	if (m->rooms < ROOMS)
		m->rooms++;
}

static void
remember_pressure(struct memory *m, const struct look *l)
{
	struct sample *s = &m->sample[m->at_sample];

	if (m->samples && l->now_ms - s->ms < STALL_WINDOW_MS / 12)
		return;
	m->at_sample = (m->at_sample + 1) % SAMPLES;
	m->sample[m->at_sample] = (struct sample){ l->now_ms, l->mem_us,
	    l->io_us, l->iowait_ms, m->refaults };
	if (m->samples < SAMPLES)
		m->samples++;
}

/* Every look is remembered before it is judged. */
static void
remember(const struct options *o, struct memory *m, const struct look *l)
{
	if (is_plenty(o, m, l)) {
		remember_room(m, l, less(l->free_kib, m->reserve_kib +
		    m->cma_total_kib));
		m->samples = 0;
		m->futile = 0;
		m->hopeless_ms = m->is_resorted = 0;
		return;
	}
	remember_room(m, l, room_kib(o, m, l));
	remember_pressure(m, l);
}

/* After a kill: old pressure counts for nothing, nor does the fall, if the kill
 * ended it. */
static void
forget(struct memory *m, int has_helped)
{
	if (has_helped)
		m->rooms = 0;
	m->samples = 0;
	m->refaults.ms = 0;
}

/* What will be gone within AHEAD_MS: as much as went in the same time during
 * the last tenth of a second, or since the last look, if that is longer ago; but
 * only a part of what the whole fall was. */
static kib
ahead_kib(const struct memory *m, const struct look *l, kib room)
{
	kib gone = 0;
	msec ms = 1;
	unsigned i;

	for (i = 1; i < m->rooms; i++) {
		unsigned at = (m->at_room + ROOMS - i) % ROOMS;
		msec age = l->now_ms - m->room[at].ms;

		if (i > 1 && age > RATE_MS)
			break;
		gone = less(m->room[at].room_kib, room);
		ms = age ? age : 1;
	}
	return least(gone / ms * AHEAD_MS, fall_kib(m) / FALL_PART);
}

/* Exhausted: somebody eats, and will have taken all that is left but the floor
 * before the next look and an orderly end. */
static int
is_exhausted(const struct options *o, const struct memory *m,
    const struct look *l, struct verdict *v)
{
	kib urgent = part_kib(l->total_kib, o->kill_centi) + m->boost_kib;

	v->is_urgent = v->room_kib <= urgent + v->ahead_kib;
	return v->fall_kib >= eater_kib(l) && v->room_kib <=
	    floor_kib(o, m, l) + v->ahead_kib;
}

/* Hundredths of a percent of the time that us are. */
static unsigned
centi_of(unsigned long us, msec ms)
{
	return (unsigned)(us / ms * 10 + us % ms * 10 / ms);
}

/* The newest sample that is at least ms old, or NULL.  One that is older than
 * needed means a long sleep: then its time counts as it is. */
static const struct sample *
sample_before(const struct memory *m, msec now_ms, msec ms)
{
	unsigned i;

	for (i = 0; i < m->samples; i++) {
		const struct sample *s =
		    &m->sample[(m->at_sample + SAMPLES - i) % SAMPLES];

		if (now_ms - s->ms >= ms)
			return s;
	}
	return NULL;
}

/* Which share of what was read had been in memory before?  Over the whole window,
 * or at least over its newer half, since vmstat isn't read at every look.  0 where
 * it isn't known. */
static unsigned
refault_centi(const struct memory *m, msec now_ms, msec window)
{
	const struct sample *s = NULL;
	kib back, all;
	msec ms;

	for (ms = window; ms >= window / 2; ms -= window / 8) {
		s = sample_before(m, now_ms, ms);
		if (s && s->refaults.ms)
			break;
	}
	if (!s || !s->refaults.ms || !m->refaults.ms ||
	    m->refaults.ms - s->refaults.ms < window / 3)
		return 0;
	back = m->refaults.back_kib - s->refaults.back_kib;
	all = m->refaults.read_kib - s->refaults.read_kib;
	if (back >= all)
		return all ? 10000 : 0;
	return (unsigned)(back / (all / 100 + 1) * 100);
}

/* In the window that ends now: how long tasks waited for memory and for reads, and
 * how much of what was read had been in memory before.  Says whether both of the
 * latter show a working set that no longer fits. */
static int
is_rereading(const struct memory *m, const struct look *l, msec window,
    struct verdict *v)
{
	const struct sample *s = sample_before(m, l->now_ms, window);
	msec ms;

	if (!s)
		return 0;
	ms = l->now_ms - s->ms;
	v->mem_centi = centi_of(l->mem_us - s->mem_us, ms);
	v->io_centi = l->has_psi ? centi_of(l->io_us - s->io_us, ms) :
	    centi_of((l->iowait_ms - s->iowait_ms) * 1000, ms);
	v->refault_centi = refault_centi(m, l->now_ms, window);
	return v->io_centi >= (l->has_psi ? IO_PCT : IOWAIT_PCT) * 100 &&
	    v->refault_centi >= REFAULT_PCT * 100;
}

/*
 * Stalled: a working set no longer fits.  Little is available, most of the time
 * somebody waits for reads, and most of what is read was in memory a moment ago.
 * That is also true of a job that reads the same files again on a small machine.
 * So either the kernel has to count tasks as waiting for memory, or, as it counts
 * few of them by MADV_RANDOM, by pread(2) from Linux 6.12 on, and none without PSI,
 * somebody has just taken memory, and it goes on for longer.
 */
static int
is_stalled(const struct options *o, const struct memory *m,
    const struct look *l, struct verdict *v)
{
	const int is_stall = (l->has_psi &&
	    is_rereading(m, l, STALL_WINDOW_MS, v) &&
	    v->mem_centi >= (unsigned)o->psi_centi) ||
	    (is_rereading(m, l, STALL_WINDOW_MS * 3 / 2, v) &&
	    v->fall_kib >= eater_kib(l));

	return is_stall &&
	    v->available_kib <= percent_kib(l->total_kib, STALL_AVAILABLE);
}

/* Which rule holds, and by which numbers? */
static struct verdict
judge(const struct options *o, const struct memory *m, const struct look *l)
{
	struct verdict v = { .rule = FINE };

	v.available_kib = available_kib(m, l);
	v.room_kib = room_kib(o, m, l);
	v.fall_kib = fall_kib(m);
	v.ahead_kib = ahead_kib(m, l, v.room_kib);
	if (is_stalled(o, m, l, &v))
		v.rule = STALLED;
	if (is_exhausted(o, m, l, &v))
		v.rule = EXHAUSTED;
	return v;
}

/* It was hopeless at an earlier look: is it still?  The fall may have ended, as
 * there is nothing left to take. */
static int
is_still_hopeless(const struct options *o, const struct memory *m,
    const struct look *l, const struct verdict *v)
{
	return v->rule != FINE || (v->room_kib <= floor_kib(o, m, l) +
	    eater_kib(l) &&
	    l->now_ms - m->hopeless_ms <= PAUSE_MS + HOPELESS_MS);
}

/* Is somebody waiting, so that pressure has to be watched closely?  From the time
 * on when the worst processes are armed, so that a window of it is known when it
 * matters. */
static int
is_pressed(const struct options *o, const struct memory *m,
    const struct look *l)
{
	const struct sample *s = sample_before(m, l->now_ms, STALL_WINDOW_MS);
	msec ms;

	if (!s)
		s = sample_before(m, l->now_ms, 1);
	if (!s || available_kib(m, l) > percent_kib(l->total_kib, ARM_PCT))
		return 0;
	ms = l->now_ms - s->ms;
	if (l->has_psi)
		return centi_of(l->mem_us - s->mem_us, ms) >=
		    (unsigned)o->psi_centi / 2 ||
		    (fall_kib(m) >= eater_kib(l) &&
		    centi_of(l->io_us - s->io_us, ms) >= IO_PCT * 100 / 2);
	return centi_of((l->iowait_ms - s->iowait_ms) * 1000, ms) >=
	    IOWAIT_PCT * 100 / 2;
}

/* How long we may be blind: as long as the fastest eater needs to get from here
 * to the floor, or one that is twice as fast as what is seen, less what a look and
 * a scan take.  On a box that lives with little left it is a quarter of a second
 * at least while nobody eats, so that it doesn't pay for it. */
static msec
sleep_ms(const struct options *o, const struct memory *m, const struct look *l)
{
	kib rate = l->total_kib / 100 * FILL_RATE / 1000;	/* per ms */
	kib seen = ahead_kib(m, l, room_kib(o, m, l)) * 2 / AHEAD_MS;
	kib left, floor = floor_kib(o, m, l);
	msec ms;

	if (is_plenty(o, m, l))
		left = less(l->free_kib, m->reserve_kib + m->cma_total_kib);
	else
		left = available_kib(m, l);
	/* while there is RAM swap doesn't count: a scan has to come before */
	if (left < percent_kib(l->total_kib, STALL_AVAILABLE))
		left = (left + room_kib(o, m, l)) / 2;
	if (rate < seen)
		rate = seen;
	ms = less(left, floor) / (rate ? rate : 1);
	ms = less(ms, AHEAD_MS + m->scan_cost_ms);
	if (ms < STILL_SLEEP_MS && left > floor &&
	    left <= percent_kib(l->total_kib, REST_PCT) &&
	    fall_kib(m) < eater_kib(l))
		ms = STILL_SLEEP_MS;
	if (is_pressed(o, m, l) && ms > STALL_WINDOW_MS / 12)
		ms = STALL_WINDOW_MS / 12;
	else if (!is_plenty(o, m, l) && left <= percent_kib(l->total_kib,
	    STALL_AVAILABLE) && ms > STILL_SLEEP_MS)
		ms = STILL_SLEEP_MS;
	if (ms < SLEEP_MIN_MS)
		return SLEEP_MIN_MS;
	return ms > SLEEP_MAX_MS ? SLEEP_MAX_MS : ms;
}

/* decide: whom */

/* KiB behind a difference of oom_scores: since Linux 5.9 a point is 1.5
 * thousandths of RAM + swap, before that 1 thousandth. */
static kib
score_kib(const struct look *l, const struct census *c, unsigned points)
{
	return (l->total_kib + l->swap_total_kib) / 2000 * points *
	    (c->is_point_scaled ? 3 : 2);
}

static unsigned
over(unsigned a, unsigned b)
{
	return a > b ? a - b : 0;
}

/* By how much it has grown since the fall began: by its oom_score, or by its
 * anonymous memory when it was armed.  The former has swap and shared memory, too,
 * but it falls while pages of mapped files are given back. */
static kib
grown_kib(const struct look *l, const struct census *c,
    const struct candidate *a)
{
	return most(score_kib(l, c, over(a->last_score, a->then_score)),
	    less(a->anon_kib, a->then_anon_kib) +
	    score_kib(l, c, over(a->last_score, a->score)));
}

/*
 * What would come back: what it held when it was armed, and what it has taken
 * since.  Shared memory comes back only with its last user, so it counts where it
 * is the process that grows.  oom_score counts the pages of mapped files, too,
 * which reclaim gives back anyway.  So where such pages are more than half of a
 * process's score, its growth since it was armed doesn't count.  For a zombie
 * whose threads live on status shows nothing, and oom_score is right.
 */
static kib
held_kib(const struct look *l, const struct census *c,
    const struct candidate *a)
{
	const kib since = score_kib(l, c, over(a->last_score, a->score));
	const kib all = score_kib(l, c, over(a->score, c->nothing_score));
	kib held = a->anon_kib + a->swap_kib + a->pte_kib;

	if (!held && !a->shmem_kib)
		return all + since;
	if (grown_kib(l, c, a) > a->shmem_kib / 2)
		held += a->shmem_kib;
	return held < all / 2 ? held : held + since;
}

/* What processes hold, in RAM and in swap. */
static kib
process_kib(const struct look *l)
{
	return l->anon_kib + l->swap_total_kib - l->swap_free_kib;
}

/* What is neither free, nor to be had back, nor in the anonymous memory of any
 * process, in RAM or in zram: tmpfs, ramfs, sockets, drivers, page tables. */
static kib
other_kib(const struct memory *m, const struct look *l)
{
	return less(l->total_kib, l->free_kib + l->file_kib + l->slab_kib +
	    l->anon_kib + m->zram_used_kib);
}

/* How much was taken since the fall began, by processes and by others.  Not by
 * the room that is lost: with zram that changes with what data compress to. */
static kib
loss_kib(const struct memory *m, const struct look *l, const struct census *c)
{
	return c->has_then ? less(process_kib(l), c->then_process_kib) +
	    less(other_kib(m, l), c->then_other_kib) : 0;
}

/* Did it take most of the loss?  Then nobody else can have taken as much. */
static int
is_the_grower(kib grown, kib loss)
{
	return grown > 0 && grown >= percent_kib(loss, MOST_PCT);
}

static int
is_enough(const struct look *l, const struct census *c,
    const struct candidate *a)
{
	return held_kib(l, c, a) >= percent_kib(l->total_kib, VICTIM_MIN);
}

/* Its growth since the fall began; 0 where it is too small to be sure of.  No more
 * than it holds: the rest is pages of mapped files. */
static kib
sure_growth_kib(const struct look *l, const struct census *c,
    const struct candidate *a)
{
	const kib grown = grown_kib(l, c, a), held = held_kib(l, c, a);

	return grown >= score_kib(l, c, SURE_POINTS) && held >= grown / 2 ?
	    least(grown, held) : 0;
}

/* What those grew by together who live and may be ended: each as grown_kib() has
 * it, or by their anonymous memory and what went to swap. */
static kib
all_growth_kib(const struct look *l, const struct census *c)
{
	const struct person *p;
	kib all = 0, anon = l->swap_total_kib - l->swap_free_kib -
	    c->then_swap_kib;

	for (p = c->person; p < c->person + CENSUS; p++) {
		if (!p->pid)
			continue;
		anon += p->anon_kib - p->then_anon_kib;
		all += most(score_kib(l, c, over(p->score, p->then_score)),
		    less(p->anon_kib, p->then_anon_kib));
	}
	return (long)anon > 0 ? most(all, anon) : all;
}

/* As the kernel ranks, by oom_score, but whose name is spared counts for a
 * quarter of what it holds. */
static kib
size_kib(const struct look *l, const struct census *c,
    const struct candidate *a)
{
	return score_kib(l, c, over(a->last_score, c->nothing_score)) /
	    (a->is_spared ? SPARED_TIMES : 1);
}

/*
 * Is a the better victim?  This is the only place that ranks:
 * 1. Who is preferred, if its end brings enough.
 * 2. Who grows, by how much it has grown in this fall.
 * 3. Who holds enough for its end to help.
 * 4. Who is large.
 */
static int
is_better(const struct look *l, const struct census *c,
    const struct candidate *a, const struct candidate *b)
{
	const struct candidate *of[2] = { a, b };
	kib value[4][2];
	int i;

	for (i = 0; i < 2; i++) {
		const kib enough = (kib)is_enough(l, c, of[i]);

		value[0][i] = enough && of[i]->is_preferred;
		value[1][i] = sure_growth_kib(l, c, of[i]);
		value[2][i] = enough;
		value[3][i] = size_kib(l, c, of[i]);
	}
	for (i = 0; i < 3 && value[i][0] == value[i][1]; i++)
		;
	return value[i][0] > value[i][1];
}

/* The largest of the armed whose end brings enough, or -1. */
static int
largest(const struct look *l, const struct census *c)
{
	int i, best = -1;

	for (i = 0; i < ARMED && c->armed[i].pid; i++)
		if (c->armed[i].last_score && is_enough(l, c, &c->armed[i]) &&
		    (best < 0 || size_kib(l, c, &c->armed[i]) >
		    size_kib(l, c, &c->armed[best])))
			best = i;
	return best;
}

/* The group that took most of the loss, where its many processes are too small
 * to be ended one by one: a fork storm.  Groups 0 and 1 are init's children that
 * never called setsid(2), and have nothing to do with one another. */
static const struct group *
storm(const struct look *l, const struct census *c, kib loss)
{
	const struct group *g;

	for (g = c->group; g < c->group + GROUPS; g++)
		if (g->pgid > 1 && g->members > 1 && is_the_grower(
		    score_kib(l, c, over(g->points, g->then_points)), loss))
			return g;
	return NULL;
}

/* Can nobody have overtaken the armed one since the last scan?  Somebody who isn't
 * armed had at most the score of the last armed one.  Since then it can have taken
 * at most what all processes took, less what the armed ones took.  A process may
 * also have given memory back meanwhile, which hides what another took; so an old
 * scan tells nothing. */
static int
is_surely_largest(const struct look *l, const struct census *c,
    const struct candidate *a)
{
	const struct candidate *last = &c->armed[ARMED - 1];
	unsigned bound = last->pid ? last->score : c->nothing_score;
	kib explained = 0;
	int i;

	for (i = 0; i < ARMED && c->armed[i].pid; i++)
		explained += score_kib(l, c, over(c->armed[i].last_score,
		    c->armed[i].score));
	return !a->is_spared && l->now_ms - c->scan_ms <= FRESH_MS &&
	    over(a->last_score, bound) > 0 &&
	    score_kib(l, c, over(a->last_score, bound)) >=
	    less(less(process_kib(l), c->scan_process_kib), explained);
}

/*
 * Whom to end?  One who took most of what is gone can be told from the armed ones
 * alone.  Otherwise it takes a fresh scan, and then, in this order: of several
 * that grow together the one that took most, or their whole group where each is
 * too small for its end to help; the largest, unless somebody else took the memory
 * (tmpfs, the kernel, a process that may not be ended).  While memory is eaten and
 * it is too early to tell by whom, SCAN even after a scan: then it waits for the
 * next look.  NOBODY means that no end would help: then the kernel's own killer is
 * there still.
 */
static struct pick
choose(const struct look *l, const struct census *c, const struct memory *m,
    const struct verdict *v, int is_fresh)
{
	const struct candidate *a = c->armed;
	const kib loss = loss_kib(m, l, c);
	const int is_known = loss >= score_kib(l, c, SURE_POINTS);
	const int big = largest(l, c);
	struct pick p = { .how = NOBODY, .armed = -1 };
	const struct group *g;
	int i;

	for (i = 0; i < ARMED && a[i].pid; i++) {
		if (!a[i].last_score)
			continue;
		if (a[i].is_preferred && is_enough(l, c, &a[i]))
			return (struct pick){ PREFERS, i, 0 };
		if (is_known && is_the_grower(sure_growth_kib(l, c, &a[i]),
		    loss))
			return (struct pick){ GROWS, i, 0 };
	}
	if (!is_known && v->rule == EXHAUSTED)
		return (struct pick){ SCAN, -1, 0 };
	if (!is_fresh) {
		if (is_known || big < 0 || m->futile >= RETRY ||
		    !is_surely_largest(l, c, &a[big]))
			p.how = SCAN;
		else
			p = (struct pick){ LARGEST, big, 0 };
		return p;
	}
	if (is_known && is_the_grower(all_growth_kib(l, c), loss) &&
	    a[0].pid && sure_growth_kib(l, c, &a[0]))
		p = (struct pick){ GROWS, 0, 0 };
	if (p.how == GROWS && is_enough(l, c, &a[0]))
		return p;
	g = is_known ? storm(l, c, loss) : NULL;
	if (g)
		return (struct pick){ GROUP, -1, g->pgid };
	if (p.how == GROWS || big < 0 || m->futile >= RETRY)
		return p;
	if (is_known && !is_the_grower(least(all_growth_kib(l, c),
	    less(process_kib(l), c->then_process_kib)), loss))
		return p;
	/* the census began in the middle of this fall: too early to tell, too */
	if (v->rule == EXHAUSTED && loss < percent_kib(v->fall_kib, MOST_PCT))
		return (struct pick){ SCAN, -1, 0 };
	return (struct pick){ a[big].is_spared ? SPARED : LARGEST, big, 0 };
}

/* Is this from before the end of the last fall? */
static int
is_outdated(const struct memory *m, const struct look *l, msec then_ms)
{
	return l->now_ms - then_ms > l->now_ms - m->ended_ms;
}

/* Growth is what was taken since a fall began, so who held what has to be known
 * from just before: from the end of the last fall, or from a minute ago. */
static int
is_census_old(const struct memory *m, const struct look *l,
    const struct census *c)
{
	return l->now_ms - c->scan_ms > (is_outdated(m, l, c->scan_ms) ?
	    PAUSE_MS : AGE_MS);
}

/* Is it time to scan?  Yes, when all was looked at long ago, so that it is known
 * who held what before a fall.  Where little is available, too: when an armed
 * process has ended; and while memory falls, when half of the room or as much as an eater
 * takes has gone since the last scan, and the armed ones don't explain it.  Scans
 * take at most a hundredth of the time, or a quarter while somebody eats. */
static int
wants_scan(const struct memory *m, const struct look *l,
    const struct census *c, kib room)
{
	const msec age = l->now_ms - c->scan_ms;
	const int is_falling = fall_kib(m) >= eater_kib(l) / 2;
	int i;

	if (is_census_old(m, l, c))
		return 1;
	if (available_kib(m, l) > percent_kib(l->total_kib, ARM_PCT) ||
	    age < (m->scan_cost_ms + 1) * (is_falling ? 4 : 100))
		return 0;
	if (c->is_stale)
		return 1;
	if (!is_falling || (room > c->scan_room_kib / 2 &&
	    less(process_kib(l), c->scan_process_kib) < eater_kib(l)))
		return 0;
	for (i = 0; i < ARMED && c->armed[i].pid; i++)
		if (is_the_grower(grown_kib(l, c, &c->armed[i]),
		    loss_kib(m, l, c)))
			return 0;
	return 1;
}

/* Is the memory back that this rule missed, or half of what the victim held? */
static int
is_back(const struct options *o, const struct memory *m,
    const struct look *l, const struct verdict *before,
    const struct verdict *after, kib held)
{
	if (after->room_kib > before->room_kib + held / 2)
		return 1;
	return before->rule == STALLED ? after->available_kib >
	    percent_kib(l->total_kib, STALL_AVAILABLE) : after->room_kib >
	    floor_kib(o, m, l) + eater_kib(l);
}

/* what the parts that act, sense and log share */

/* Newer than some headers.  From the first one on, system calls are as far from
 * one another on all architectures. */
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

struct walk {			/* over the pids of /proc */
	pid_t self, pid[BATCH];	/* self is left out */
	int at, n;
};

struct line {			/* a log record in pieces, for writev(2) */
	struct iovec piece[PIECES];
	int n;
	char *buf, *end;	/* digits are put before end */
};

static unsigned killed;		/* for the status line */
static struct { pid_t pid; int score_fd; } stuck[STUCK];

/* Open from start-up on.  After switch_root absolute paths lead nowhere. */
static int proc_fd = -1, meminfo_fd = -1, vmstat_fd = -1, stat_fd = -1;
static int swaps_fd = -1, min_free_fd = -1, zoneinfo_fd = -1, psi_fd = -1, io_fd = -1;
static int kmsg_fd = -1, pmsg_fd = -1, sysrq_fd = -1, zram_fd[ZRAMS];

/* Where the first of the lines that are read began at the last look. */
static off_t meminfo_at, vmstat_at;
static msec learnt_ms;

static sigset_t signals;	/* SIGTERM and SIGINT end us, SIGUSR1 asks; all
				   others are blocked */
static int reaper_tid;		/* 0: no child of reap() is out */
static pid_t hook_pid;		/* 0: the program of -e doesn't run */
static int is_without_mrelease;	/* ENOSYS: don't ask again */
static msec dry_ms, hopeless_said_ms;	/* rate limits */

static unsigned read_keys(int fd, char *buf, off_t *at, const char *keys,
    unsigned long *value, int n);
static const char *parse_long(const char *p, const char *end,
    unsigned long *value);
static const char *parse_nth(const char *p, const char *end, int n,
    unsigned long *value);
static int is_listed(const char *list, const char *comm);

#define INFO "<6>bustd: "	/* the level as /dev/kmsg takes it */
#define WARN "<4>bustd: "
#define NO_SYSRQ "not root, or no CONFIG_MAGIC_SYSRQ?"
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

/* The start of a small file of /proc.  Its length, 0 or less on error. */
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

/* The comm, which ends with a newline in its file.  -1 where there is none. */
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

/* oom_score now.  -1 once the process is gone, by ESRCH; a zombie, and a
 * process whose memory was reaped already, reads 0. */
static int
score_now(char *buf, int score_fd)
{
	ssize_t n = pread(score_fd, buf, BUF, 0);
	unsigned long score;

	if (n < 0 || !parse_long(buf, buf + n, &score) || score > INT32_MAX)
		return -1;
	return (int)score;
}

/* The armed ones' oom_scores; 0 for who has ended. */
static void
read_scores(char *buf)
{
	struct candidate *a = census.armed;

	for (; a < census.armed + ARMED && a->pid; a++) {
		int score = score_now(buf, a->score_fd);

		a->last_score = score > 0 ? (unsigned)score : 0;
	}
}

static kib
pages_kib(unsigned long pages)
{
	return pages * ((kib)getpagesize() / 1024);
}

/* Its anonymous memory, by statm: "size resident shared ...", in pages. */
static kib
anon_now_kib(char *buf, pid_t pid)
{
	unsigned long resident, shared;
	ssize_t n = read_proc(buf, pid, "statm");

	if (n <= 0 || !parse_nth(buf, buf + n, 1, &resident) ||
	    !parse_nth(buf, buf + n, 2, &shared))
		return 0;
	return pages_kib(less(resident, shared));
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

/* Closes the gap that an ended process leaves among the armed. */
static void
disarm_one(int i)
{
	struct candidate *a = &census.armed[i];

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
		close(stuck[i].score_fd);	/* gone: the pid is a new one */
		stuck[i].pid = 0;
	}
	return 0;
}

/*
 * Learns the rest about a process whose oom_score is open.  0, or -1 when it
 * may not be ended or is gone.  The pidfd is opened first, oom_score read again
 * last: score_fd pins the process that it was opened for, so while it still
 * reads, the pid was never another's, and all that was read by pid is this
 * one's.  Never cmdline, environ, maps or smaps: they take mmap_lock, which a
 * stuck process may hold for good.
 */
static int
inspect(char *buf, struct candidate *a)
{
	enum { PARENT, UID, RSS, ANON, SHMEM, PTE, SWAP, KEYS };
	const char *keys = "PPid:\0Uid:\0VmRSS:\0RssAnon:\0RssShmem:\0VmPTE:\0"
	    "VmSwap:";
	unsigned long v[KEYS] = { 0 };
	off_t at = 0;
	unsigned found;
	int fd, score;

	a->pidfd = open_pidfd(a->pid);
	if (a->pidfd < 0 && errno != ENOSYS && errno != EPERM)
		return -1;
	if (kill(a->pid, 0) < 0)
		return -1;		/* another user's, and we aren't root */

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
	/* RssAnon is there since Linux 4.5; a zombie leader has none of all */
	a->anon_kib = found >> ANON & 1 ? v[ANON] : v[RSS];
	a->shmem_kib = v[SHMEM];
	a->swap_kib = v[SWAP];
	a->pte_kib = v[PTE];
	score = score_now(buf, a->score_fd);
	if (score <= 0 || is_stuck(buf, a->pid))
		return -1;
	a->score = a->last_score = (unsigned)score;
	a->is_preferred = is_listed(opt.preferred, a->comm);
	a->is_spared = !a->is_preferred && is_listed(opt.unkillables, a->comm);
	return 0;
}

/* Keeps the process open if it is a better victim than one of the armed. */
static void
arm(struct candidate *a)
{
	struct candidate *armed = census.armed;
	int i = ARMED - 1;

	if (armed[i].pid && !is_better(&now, &census, a, &armed[i])) {
		drop(a);
		return;
	}
	drop(&armed[i]);
	for (; i > 0 && (!armed[i - 1].pid ||
	    is_better(&now, &census, a, &armed[i - 1])); i--)
		armed[i] = armed[i - 1];
	armed[i] = *a;
}

/* Counts a process in the census, and tells what it held as the fall began.  One
 * that wasn't counted then is new, or had at most missed_score. */
static void
count_person(struct candidate *a)
{
	const unsigned then = census.is_begun ||
	    a->score < census.missed_score ? a->score : census.missed_score;
	struct person new = { a->pid, a->score, then, a->anon_kib,
	    a->anon_kib, 1 };
	struct person *p = census.person, *low = p;

	for (; p < census.person + CENSUS && p->pid != a->pid; p++)
		if (low->pid && (!p->pid || p->score < low->score))
			low = p;
	if (p < census.person + CENSUS) {
		if (!census.is_begun) {
			new.then_score = p->then_score;
			new.then_anon_kib = p->then_anon_kib;
		}
		*p = new;
	} else if (!low->pid || low->score < a->score) {
		*low = new;
	}
	a->then_score = new.then_score;
	a->then_anon_kib = new.then_anon_kib;
	a->is_new = p == census.person + CENSUS && !census.is_begun;
}

/* A process that was forked since holds the pages of its parent, until one of
 * them writes to them: so it hasn't grown by them. */
static void
inherit(struct candidate *a)
{
	struct person *p = census.person, *end = p + CENSUS;

	for (; p < end && p->pid != a->parent; p++)
		;
	if (!a->is_new || p == end || p->score <= a->then_score)
		return;
	a->then_score = p->score < a->score ? p->score : a->score;
	for (p = census.person; p < end && p->pid != a->pid; p++)
		;
	if (p < end)
		p->then_score = a->then_score;
}

static void
count_group(pid_t pgid, unsigned score)
{
	struct group *g = census.group, *low = g;

	for (; g < census.group + GROUPS && g->pgid != pgid; g++)
		if (low->pgid && (!g->pgid || g->points < low->points))
			low = g;
	if (g == census.group + GROUPS) {
		g = low;
		if (g->pgid && g->members > 1)
			return;		/* the larger ones stay */
		*g = (struct group){ .pgid = pgid };
	}
	g->members++;
	/* a point at least: small processes cost the kernel memory, too */
	g->points += over(score, census.nothing_score) + 1;
}

/* Is it no better victim than the last of the armed, by its score alone? */
static int
is_surely_worse(const struct candidate *a)
{
	const struct candidate *last = &census.armed[ARMED - 1];

	if (!last->pid || last->is_spared || *opt.preferred ||
	    a->score > last->score || sure_growth_kib(&now, &census, a))
		return 0;
	return is_enough(&now, &census, last) || score_kib(&now, &census,
	    over(a->score, census.nothing_score)) <
	    percent_kib(now.total_kib, VICTIM_MIN);
}

/* A few system calls for a process that is no better victim than the armed. */
static void
consider(char *buf, pid_t pid)
{
	struct candidate a = { .pid = pid, .pidfd = -1 };
	int score;

	a.score_fd = open_proc(buf, pid, "oom_score", O_RDONLY);
	if (a.score_fd < 0)
		return;			/* gone meanwhile, or EMFILE */
	score = score_now(buf, a.score_fd);
	/* 0: a kernel thread, a zombie, PID 1, or oom_score_adj -1000 */
	if (score <= 0 || (unsigned)score < census.nothing_score) {
		drop(&a);
		return;
	}
	a.anon_kib = anon_now_kib(buf, pid);
	a.score = a.last_score = (unsigned)score;
	count_person(&a);
	count_group(getpgid(pid), a.score);
	if (is_surely_worse(&a) || inspect(buf, &a) < 0) {
		drop(&a);
		return;
	}
	inherit(&a);
	arm(&a);
}

/* The pids of a getdents64(2) batch, at most BATCH of them; names that aren't
 * numbers, 0, 1 and self are left out.  Copied, since the buffer is needed for
 * what is read of each.  A record is d_ino, d_off (8 bytes each), d_reclen (2),
 * d_type (1) and the name. */
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
			break;		/* no directory tells such a thing */
		end = parse_long(p + NAME, p + reclen, &v);
		if (end && end < p + reclen && !*end && v > 1 &&
		    v <= INT32_MAX && (pid_t)v != self)
			pid[n++] = (pid_t)v;
	}
	return n;
}

/* The next pid of a walk over /proc, which begins zeroed.  0 at its end, -1
 * with errno. */
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

/* Before a scan.  Where no fall is under way it shows what the next one begins
 * with. */
static void
begin_census(void)
{
	struct person *p;
	struct group *g;

	for (p = census.person; p < census.person + CENSUS; p++)
		p->is_seen = 0;
	for (g = census.group; g < census.group + GROUPS; g++)
		g->members = g->points = 0;
	census.is_begun = !census.has_then ||
	    fall_kib(&memory) < eater_kib(&now) / 2 ||
	    is_outdated(&memory, &now, census.then_ms);
}

/* After a scan: who wasn't seen has ended. */
static void
end_census(kib room)
{
	unsigned missed = UINT_MAX;
	struct person *p;
	struct group *g;

	for (p = census.person; p < census.person + CENSUS; p++) {
		if (!p->is_seen)
			p->pid = 0;
		if (!p->pid || missed > p->score)
			missed = p->pid ? p->score : census.nothing_score;
	}
	for (g = census.group; g < census.group + GROUPS; g++) {
		if (!g->members)
			g->pgid = 0;
		if (census.is_begun)
			g->then_points = g->points;
	}
	if (census.is_begun) {
		census.missed_score = missed;
		census.has_then = 1;
		census.then_ms = now.now_ms;
		census.then_process_kib = process_kib(&now);
		census.then_other_kib = other_kib(&memory, &now);
		census.then_swap_kib = now.swap_total_kib - now.swap_free_kib;
	}
	census.scan_room_kib = room;
	census.scan_process_kib = process_kib(&now);
}

/* Looks at all processes and arms the best victims.  0, or -1 with errno. */
static int
scan(char *buf, kib room)
{
	const msec start = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
	struct walk w = { 0 };
	pid_t pid;

	disarm();
	begin_census();
	while ((pid = next_pid(buf, &w)) > 0)
		consider(buf, pid);
	census.is_stale = pid < 0;
	end_census(room);
	census.scan_ms = clock_ms(CLOCK_MONOTONIC);
	memory.scan_cost_ms = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - start;
	if (opt.verbose && census.armed[0].pid)
		say(buf, INFO, "armed pid=%d comm=%.15s oom_score=%u "
		    "room_kib=%lu", census.armed[0].pid, census.armed[0].comm,
		    census.armed[0].score, room);
	return pid;
}

/* act: kill */

/* Sends sig to the victim, by its pidfd where it has one; with -g to its
 * process group.  pgid 0 and 1 (children of an init that didn't call setsid)
 * and our own group are never signalled.  By pid only what score_fd shows to be
 * the same process still.  -1 with errno. */
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

/* Waits up to ms for the victim to be gone: the whole thread group dead, reaped
 * or not.  Without a pidfd oom_score tells it: no memory, no score. */
static int
is_gone(char *buf, const struct candidate *a, msec ms)
{
	struct pollfd p = { a->pidfd, POLLIN, 0 };

	if (a->pidfd < 0 && score_now(buf, a->score_fd) <= 0)
		return 1;
	wait_ms(&p, 1, ms);
	return p.revents & POLLIN;
}

/* process_mrelease(2) frees a dying victim's pages on the caller's time, which
 * helps where the victim is in a D state or gets no CPU.  But it waits for
 * mmap_lock without a limit, and a victim that waits for a dead server may hold
 * that for good.  So a child that shares our memory calls it, and may hang in
 * our place.  EAGAIN: not all could be freed yet. */
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

/* One such child at a time; while one hangs, later victims do without. */
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

/* Processes may share one memory without being threads (CLONE_VM): it comes
 * back when all of them end, so they go together, as the kernel has it. */
static void
kill_sharers(const struct candidate *a, int sig)
{
	const struct person *p;

	for (p = census.person; p < census.person + CENSUS; p++) {
		int pidfd;

		if (!p->pid || p->pid == a->pid || p->score > a->score + 1 ||
		    p->score + 1 < a->score)
			continue;
		/* the pidfd first: then what kcmp says is true of it */
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
	a->score_fd = -1;		/* its owner has changed */
	next = (next + 1) % STUCK;
}

/* A fresh look, as after a signal. */
static struct verdict
look_again(char *buf)
{
	if (sense(buf, &now) == 0)
		remember(&opt, &memory, &now);
	return judge(&opt, &memory, &now);
}

enum { SENT_TERM = 1, SENT_KILL = 2 };
enum end { FAILED, ENDED, BACK, HANGS };

/* Signals the victim and waits until it has ended, its memory is back, or it
 * hangs: nothing came back for STUCK_MS after SIGKILL.  SIGKILL follows SIGTERM
 * when the grace is over or memory is. */
static enum end
end_victim(char *buf, const struct verdict *before, struct candidate *a,
    int *sent)
{
	int sig = before->is_urgent || !opt.grace_ms ? SIGKILL : SIGTERM;
	const kib held = held_kib(&now, &census, a);
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
		if (is_gone(buf, a, SLICE_MS))
			return ENDED;
		v = look_again(buf);
		is_coming = v.room_kib > most + held / 16;
		if (is_coming)
			most = v.room_kib;
		if (!(*sent & SENT_KILL)) {
			/* it goes on eating: no more time for its grace */
			if (now.now_ms - since >= (msec)opt.grace_ms ||
			    v.is_urgent || (before->rule == STALLED &&
			    v.rule == EXHAUSTED))
				sig = SIGKILL;
			continue;
		}
		if (is_back(&opt, &memory, &now, before, &v, held))
			return BACK;
		if (is_coming)
			since = now.now_ms;
		else if (now.now_ms - since >= STUCK_MS)
			return HANGS;
		else if (now.now_ms - since >= REAP_MS)
			reap(a);
	}
}

/* The dead victim's pages may come back a little later: per-CPU lists, an exit
 * on another CPU.  Not for long where others eat what comes back. */
static int
await_memory(char *buf, const struct verdict *before, kib held)
{
	int i;

	for (i = 0; i < SETTLE_MS / SLICE_MS; i++) {
		struct verdict v = look_again(buf);

		if (is_back(&opt, &memory, &now, before, &v, held))
			return 1;
		if (i > 1 && v.is_urgent)
			return 0;
		wait_ms(NULL, 0, SLICE_MS);
	}
	return 0;
}

/* Why, in a sentence with the numbers that were compared. */
static void
put_reason(struct line *n, const struct verdict *v)
{
	unsigned long rate = v->ahead_kib / AHEAD_MS;	/* KiB/ms: MB/s */

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

/* Apart, so that its line lies on the stack for no longer than it takes. */
__attribute__((noinline))
static void
log_kill(char *buf, const char *what, const struct verdict *v,
    const struct pick *p, const char *signal, int back, msec ms)
{
	const struct candidate *a;
	const struct group *g = census.group;
	struct line n;

	start_line(&n, buf, WARN);
	if (p->how == GROUP) {
		while (g < &census.group[GROUPS - 1] && g->pgid != p->pgid)
			g++;
		add(&n, "%s pgid=%d processes=%u reason=", what, p->pgid,
		    g->members);
	} else {
		a = &census.armed[p->armed];
		add(&n, "%s pid=%d comm=%.15s oom_score=%u oom_score_adj=%d "
		    "uid=%u anon_kib=%lu swap_kib=%lu pte_kib=%lu "
		    "grown_kib=%lu reason=", what, a->pid, a->comm,
		    a->last_score, a->score_adj, a->uid, a->anon_kib,
		    a->swap_kib, a->pte_kib, grown_kib(&now, &census, a));
	}
	put_reason(&n, v);
	add(&n, " choice=%s next=%d room_kib=%lu available_kib=%lu "
	    "swap_free_kib=%lu psi=%.2u signal=%s back=%s ms=%lu",
	    choices[p->how], census.armed[p->armed == 0].pid, v->room_kib,
	    v->available_kib, now.swap_free_kib, v->mem_centi, signal,
	    back ? "yes" : "no", ms);
	end_line(&n);
}

/* After a kill what was armed is stale, and pressure starts at nothing: old
 * stall can't kill a second process. */
static void
settle(int has_helped)
{
	disarm();
	forget(&memory, has_helped);
	if (has_helped) {
		census.has_then = 0;
		memory.futile = 0;
		memory.hopeless_ms = memory.is_resorted = 0;
	} else {
		memory.futile++;
	}
}

/* No child leaves a zombie, and what became of the hook is said. */
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
	if (pid < 0)		/* no child; SIGCHLD may have been ignored */
		hook_pid = 0;
}

/* Says that an error is ignored on purpose: with _FORTIFY_SOURCE glibc has the
 * compiler warn of a result that isn't looked at. */
static void
ignore(long result)
{
	(void)result;
}

/* In the child: as a program expects to be started by init, and not as we are.
 * 127 is what a shell says where there is no such program. */
__attribute__((noreturn))
static void
become_hook(char *buf, const char **argv)
{
	const unsigned long by_default[8] = { 0 };	/* a sigaction, the
							   kernel's */
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

/*
 * Starts the program of -e, if none runs, and doesn't wait for it.  By a plain
 * fork, which copies our few pages: a child of vfork(2) would have us wait for
 * its exec, which may hang, and one that shares our memory while we go on can't
 * have an oom_score_adj of its own.
 */
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

/* Ends one process, waits for its memory, and says so. */
static void
kill_one(char *buf, const struct verdict *v, const struct pick *p)
{
	static const char *const signal[] = { "none", "TERM", "KILL",
	    "TERM+KILL" };
	static msec warned_ms;
	struct candidate *a = &census.armed[p->armed];
	const kib held = held_kib(&now, &census, a);
	const msec start = now.now_ms;
	int sent = 0, back;
	enum end end = end_victim(buf, v, a, &sent);

	if (end == FAILED) {
		if (errno != ESRCH && is_due(&warned_ms, start, QUIET_MS))
			warn(buf, "kill", "tried again");
		disarm();
		return;			/* ended by itself, if it is ESRCH */
	}
	back = end == BACK || (end == ENDED && await_memory(buf, v, held));
	killed += end != HANGS;
	log_kill(buf, end == HANGS ? "stuck" : "killed", v, p, signal[sent],
	    back, clock_ms(CLOCK_MONOTONIC) - start);
	run_hook(buf, end == HANGS ? "stuck" : "killed", a->pid, a->comm,
	    v->rule, signal[sent]);
	if (end == HANGS || (end == BACK && !is_gone(buf, a, 0)))
		remember_stuck(a);
	settle(back);
}

/* Sends sig, unless it is 0, to all of a group but those that may not be ended
 * or are spared.  Are there such ones? */
static int
signal_unspared(char *buf, pid_t pgid, int sig)
{
	struct walk w = { 0 };
	int found = 0, is_spared, pidfd;
	char comm[COMM];
	pid_t pid;

	while ((pid = next_pid(buf, &w)) > 0) {
		if (getpgid(pid) != pgid)
			continue;
		/* the pidfd first: what is read then is true of it */
		pidfd = sig ? open_pidfd(pid) : -1;
		is_spared = read_comm(buf, pid, comm) == 0 &&
		    (is_listed(opt.unkillables, comm) ||
		    read_adj(buf, pid) == -1000);
		found |= is_spared;
		if (pidfd < 0)
			continue;
		if (!is_spared && getpgid(pid) == pgid)
			signal_pidfd(pidfd, sig);
		close(pidfd);
	}
	return found || pid < 0;
}

/* Ends a fork storm whole, by SIGKILL: no fork can escape it, and a handler
 * would need memory.  Where one of its processes is spared, the others: else a
 * user could shield a storm by a name. */
static void
kill_group(char *buf, const struct verdict *v, const struct pick *p)
{
	const msec start = now.now_ms;
	struct verdict after;
	int back = 0, i;

	if (signal_unspared(buf, p->pgid, 0))
		signal_unspared(buf, p->pgid, SIGKILL);
	else if (kill(-p->pgid, SIGKILL) < 0)
		return;
	for (i = 0; !back && i < STUCK_MS / SLICE_MS; i++) {
		after = look_again(buf);
		back = is_back(&opt, &memory, &now, v, &after,
		    after.room_kib * 4);
		wait_ms(NULL, 0, SLICE_MS);
	}
	log_kill(buf, "killed", v, p, "KILL", back,
	    clock_ms(CLOCK_MONOTONIC) - start);
	run_hook(buf, "killed", p->pgid, "-", v->rule, "KILL");
	killed++;
	settle(back);
}

/* Nobody's end would help.  Says what holds the memory, and when it stays so,
 * does what may be done instead. */
static void
hopeless(char *buf, const struct verdict *v)
{
	static const char *const next[] = {
		"waiting", "asking the kernel", "rebooting"
	};
	static msec hooked_ms;		/* for which hopeless_ms the hook ran */
	enum { SLAB, STACKS, TABLES, KEYS };
	unsigned long k[KEYS] = { 0 };
	off_t at = 0;
	kib known;
	int is_last;

	if (!memory.hopeless_ms)
		memory.hopeless_ms = now.now_ms;
	is_last = !memory.is_resorted && opt.last_resort && !opt.dry_run &&
	    now.now_ms - memory.hopeless_ms >= HOPELESS_MS;
	if (!is_last && !is_due(&hopeless_said_ms, now.now_ms, QUIET_MS))
		return;
	read_keys(meminfo_fd, buf, &at, "SUnreclaim:\0KernelStack:\0"
	    "PageTables:", k, KEYS);
	known = now.free_kib + now.file_kib + now.slab_kib + now.shmem_kib +
	    now.anon_kib + k[SLAB] + k[STACKS] + k[TABLES] +
	    memory.zram_used_kib;
	say(buf, WARN, "hopeless: no end of a process would help: room_kib=%lu "
	    "processes_kib=%lu tmpfs_kib=%lu slab_kib=%lu page_tables_kib=%lu "
	    "zram_kib=%lu unexplained_kib=%lu; %s", v->room_kib, now.anon_kib,
	    now.shmem_kib, k[SLAB] + now.slab_kib, k[TABLES],
	    memory.zram_used_kib, less(now.total_kib, known),
	    next[is_last ? opt.last_resort : NONE]);
	if (hooked_ms != memory.hopeless_ms && !opt.dry_run) {
		hooked_ms = memory.hopeless_ms;
		run_hook(buf, "hopeless", 0, "-", v->rule, "-");
	}
	if (!is_last)
		return;
	memory.is_resorted = 1;
	if (opt.last_resort == OOM && write(sysrq_fd, "f", 1) < 0)
		warn(buf, "/proc/sysrq-trigger", NO_SYSRQ);
	if (opt.last_resort == REBOOT && reboot(RB_AUTOBOOT) < 0)
		warn(buf, "reboot", "no CAP_SYS_BOOT?");
}

/* An armed process is about to end by itself: exit_mm() takes its oom_score
 * away before it frees a page, so its memory may come yet, and nobody else has
 * to die for it. */
static int
awaits_end(char *buf)
{
	int i, n;

	for (i = 0; i < ARMED && census.armed[i].pid; i++) {
		if (census.armed[i].last_score)
			continue;
		for (n = 0; n < SETTLE_MS / SLICE_MS &&
		    !is_gone(buf, &census.armed[i], SLICE_MS); n++)
			;
		disarm_one(i);
		return 1;
	}
	return 0;
}

/* Is a scan worth its time now?  Not right after another, since others want the
 * CPU, too, in a fork storm most of all.  And not where choose() waits until
 * enough has gone to tell by whom, unless it is to find out what there was. */
static int
may_scan(const struct verdict *v)
{
	const msec pause = memory.hopeless_ms ? HOPELESS_SCAN_MS :
	    memory.scan_cost_ms;

	if (now.now_ms - census.scan_ms < pause)
		return 0;
	return v->rule != EXHAUSTED || !census.has_then || census.is_stale ||
	    loss_kib(&memory, &now, &census) >=
	    score_kib(&now, &census, SURE_POINTS);
}

/* A rule holds: find somebody to end, and end it. */
static void
relieve(char *buf, struct verdict v)
{
	struct pick p;

	read_scores(buf);
	if (awaits_end(buf))
		return;
	p = choose(&now, &census, &memory, &v, 0);
	if (p.how == SCAN) {
		if (!may_scan(&v))
			return;
		scan(buf, v.room_kib);
		v = look_again(buf);
		if (v.rule == FINE)
			return;
		read_scores(buf);
		p = choose(&now, &census, &memory, &v, 1);
	}
	if (p.how == SCAN)
		return;		/* too early to tell: look again at once */
	if (p.how == NOBODY || (p.how == GROUP && p.pgid == getpgid(0))) {
		hopeless(buf, &v);
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

/* Decimal digits; NULL where there are none or a long doesn't hold them. */
static const char *
parse_long(const char *p, const char *end, unsigned long *value)
{
	unsigned long v = 0, more;
	const char *start = p;

	for (; p < end && *p >= '0' && *p <= '9'; p++) {
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

/* "12", "12.3" or "12.34" in hundredths. */
static const char *
parse_centi(const char *p, const char *end, unsigned long *centi)
{
	unsigned scale = 100;

	p = parse_long(p, end, centi);
	if (!p || *centi > INT32_MAX / 100)
		return NULL;
	*centi *= 100;
	if (p < end && *p == '.')
		for (p++; p < end && scale > 1 && *p >= '0' && *p <= '9'; p++)
			*centi += (unsigned)(*p - '0') * (scale /= 10);
	return p;
}

/* The nth number (from 0) of a line of text and numbers; NULL without one. */
static const char *
parse_nth(const char *p, const char *end, int n, unsigned long *value)
{
	for (;; n--) {
		while (p < end && (*p < '0' || *p > '9'))
			p++;
		p = parse_long(p, end, value);
		if (!p || !n)
			return p;
	}
}

/* The total of "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n", which each
 * read brings up to date (Linux 4.20 on, Documentation/accounting/psi.rst), in
 * us; 32 bits wrap each 72 minutes of stall.  0, or -1 for anything else: a
 * line that the read cut short (no newline after it) isn't believed. */
static int
parse_psi(const char *p, size_t len, unsigned long *total_us)
{
	static const char head[] = "some avg10=", tail[] = " total=";
	const char *nl = memchr(p, '\n', len), *number = nl;

	while (nl && number > p && number[-1] >= '0' && number[-1] <= '9')
		number--;
	if (number == nl || number - p < (int)(sizeof(head) + sizeof(tail)) ||
	    memcmp(p, head, sizeof(head) - 1) != 0 ||
	    memcmp(number - (sizeof(tail) - 1), tail, sizeof(tail) - 1) != 0)
		return -1;
	for (*total_us = 0; number < nl; number++)
		*total_us = *total_us * 10 + (unsigned)(*number - '0');
	return 0;
}

/* Where a part of "a|b|c" ends, or what comes before another separator. */
static const char *
part_end(const char *p, char separator)
{
	while (*p && *p != separator)
		p++;
	return p;
}

/* Does a whole comm match a pattern?  Literal, but * stands for any bytes. */
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

/* Is the comm on a list of "name|glob*"? */
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

/* The number in a line that ends at nl and begins with one of the n keys, which
 * lie one behind the other.  Returns the key's bit, or 0. */
static unsigned
parse_line(const char *line, const char *nl, const char *keys,
    unsigned long *value, int n)
{
	size_t len;
	int k;

	for (k = 0; k < n; k++, keys += len + 1) {
		const char *p = line + (len = strlen(keys));

		if (nl <= p || memcmp(line, keys, len) != 0)
			continue;
		while (*p == ' ' || *p == '\t')
			p++;
		if (parse_long(p, nl, &value[k]))
			return 1u << k;
	}
	return 0;
}

/* Reads lines "Key:   123 kB" (or "key 123") from *at on, a buffer at a time,
 * until the last of the n keys is found; a line that is cut short or has no
 * number doesn't count.  Reads in sequence show one moment: seq_file makes the
 * text at the first and serves the others from it.  Returns a bit per key found
 * (value is untouched for the others), and in *at where the first one's line
 * began. */
static unsigned
read_keys(int fd, char *buf, off_t *at, const char *keys, unsigned long *value,
    int n)
{
	unsigned found = 0, bit;
	size_t have = 0;
	off_t off = *at;
	int rounds, is_long = 0;	/* is_long: in a line too long for us */

	for (rounds = 0; rounds < 64 && !(found >> (n - 1)); rounds++) {
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
	uint64_t unit;		/* bytes: over 1 where they don't fit a long */

	if (sysinfo(&si) < 0)
		return -1;
	unit = si.mem_unit;
	l->total_kib = (kib)(si.totalram * unit / 1024);
	l->free_kib = (kib)(si.freeram * unit / 1024);
	l->swap_total_kib = (kib)(si.totalswap * unit / 1024);
	l->swap_free_kib = (kib)(si.freeswap * unit / 1024);
	return 0;
}

/* meminfo's lines are of fixed width, so these stay where they were last time:
 * four reads from the file pages to slab, less than half of the file. */
static int
read_meminfo(char *buf, struct look *l)
{
	enum { ACTIVE, INACTIVE, ANON, SHMEM, RECLAIMABLE, SLAB, KEYS };
	unsigned long v[KEYS] = { 0 };
	unsigned found = read_keys(meminfo_fd, buf, &meminfo_at,
	    "Active(file):\0Inactive(file):\0AnonPages:\0Shmem:\0"
	    "KReclaimable:\0SReclaimable:", v, KEYS);

	l->file_kib = v[ACTIVE] + v[INACTIVE];
	l->anon_kib = v[ANON];
	l->shmem_kib = v[SHMEM];
	l->slab_kib = v[RECLAIMABLE] ? v[RECLAIMABLE] : v[SLAB];
	if ((found | 1u << RECLAIMABLE) == (1u << KEYS) - 1)
		return 0;
	meminfo_at = 0;
	return -1;
}

/* -1 where the kernel has no PSI, or tells something else. */
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

/* "cpu  user nice system idle iowait ...", in ticks of 10 ms, of all CPUs. */
static void
read_iowait(char *buf, struct look *l)
{
	ssize_t n = pread(stat_fd, buf, BUF, 0);
	unsigned long ticks;

	if (n > 0 && parse_nth(buf, buf + n, 4, &ticks))
		l->iowait_ms = ticks * 10;
}

/* What zram holds, and the RAM that it takes for it: bytes in the first and
 * third number of mm_stat (Documentation/admin-guide/blockdev/zram.rst). */
static void
read_zram(char *buf, struct memory *m)
{
	unsigned long data, used;
	ssize_t n;
	int i;

	m->zram_data_kib = m->zram_used_kib = 0;
	for (i = 0; i < ZRAMS; i++) {
		n = pread(zram_fd[i], buf, BUF, 0);
		if (n <= 0 || !parse_nth(buf, buf + n, 0, &data) ||
		    !parse_nth(buf, buf + n, 2, &used))
			continue;
		m->zram_data_kib += data / 1024;
		m->zram_used_kib += used / 1024;
	}
}

static kib
read_min_free(char *buf)
{
	ssize_t n = pread(min_free_fd, buf, BUF, 0);
	kib min_free = 0;

	if (n > 0)
		parse_long(buf, buf + n, &min_free);
	return min_free;
}

/* While pages of different kinds mix, Linux 5.0 on raises the watermark of a zone
 * for a while, by a pageblock or more (vm.watermark_boost_factor; 2 MB on x86, 4
 * without huge pages), and its OOM killer comes that much earlier.  The lines "min"
 * of /proc/zoneinfo show it; without it they add up to vm.min_free_kbytes. */
static void
read_boost(char *buf, struct memory *m)
{
	const kib page_kib = (kib)getpagesize() / 1024;
	kib all = 0, pages;
	off_t at = 0;

	for (; read_keys(zoneinfo_fd, buf, &at, "        min ", &pages, 1); at++)
		all += pages * page_kib;
	m->boost_kib = less(all, read_min_free(buf));
}

/* How much of free swap is on zram: the lines of /proc/swaps that begin with
 * "/dev/zram" have the size and what is used of it, in KiB. */
static void
learn_swaps(char *buf, struct memory *m)
{
	static const char prefix[] = "/dev/zram";
	static const char stat[] = "/sys/block/zram0/mm_stat";
	unsigned long size, used, number;
	off_t at = 0;
	ssize_t n;
	char *nl;

	m->zram_free_kib = 0;
	while ((n = pread(swaps_fd, buf, BUF, at)) > 0) {
		nl = memchr(buf, '\n', (size_t)n);
		at += nl ? nl + 1 - buf : n;
		if (!nl || memcmp(buf, prefix, sizeof(prefix) - 1) != 0 ||
		    !parse_nth(buf, nl, 0, &number) ||
		    !parse_nth(buf, nl, 1, &size) ||
		    !parse_nth(buf, nl, 2, &used))
			continue;
		m->zram_free_kib += less(size, used);
		if (number >= ZRAMS || zram_fd[number] >= 0)
			continue;
		memcpy(buf, stat, sizeof(stat));
		buf[sizeof("/sys/block/zram") - 1] += (char)number;
		zram_fd[number] = openat(AT_FDCWD, buf, O_RDONLY | O_CLOEXEC);
	}
}

/*
 * Learns what no file tells, from /proc/meminfo as a whole.
 *
 * The kernel's reserve (totalreserve_pages) is what MemAvailable leaves out of
 * free RAM, once the part of file pages and slab is added back that it leaves
 * out, too: half, or `low`, the low watermark of all zones, where that is less
 * (docs/design.md).  MemAvailable is never shown below 0, so nothing can be
 * learnt from a 0.  While Linux 5.0's boost has raised the watermarks the
 * reserve seems larger, so a rise is believed bit by bit.
 *
 * Slab that can't be given back is taken to be the least that slab ever held.
 */
static void
learn(char *buf, const struct look *l)
{
	enum { FREE, AVAILABLE, ACTIVE, INACTIVE, RECLAIMABLE, SLAB, CMA,
	    CMA_FREE, KEYS };
	kib v[KEYS] = { 0 }, low = read_min_free(buf), files, slab, have, off;
	off_t at = 0;

	learnt_ms = l->now_ms;
	low += most(low / 4, l->total_kib / 1000);
	if (!(read_keys(meminfo_fd, buf, &at, "MemFree:\0MemAvailable:\0"
	    "Active(file):\0Inactive(file):\0KReclaimable:\0SReclaimable:\0"
	    "CmaTotal:\0CmaFree:", v, KEYS) >> AVAILABLE & 1))
		return;
	files = v[ACTIVE] + v[INACTIVE];
	slab = v[RECLAIMABLE] ? v[RECLAIMABLE] : v[SLAB];
	have = v[FREE] + files - least(files / 2, low) + slab -
	    least(slab / 2, low);
	off = less(have, v[AVAILABLE]);
	if (v[AVAILABLE])
		memory.reserve_kib = least(off, memory.reserve_kib +
		    l->total_kib / 128);
	memory.pinned_kib = least(memory.pinned_kib, slab);
	memory.memavailable_kib = v[AVAILABLE];
	memory.cma_total_kib = v[CMA];
	memory.cma_free_kib = v[CMA_FREE];
	learn_swaps(buf, &memory);
}

/* All the numbers of one look, none of them judged.  -1: blind. */
static int
sense(char *buf, struct look *l)
{
	static msec warned_ms;

	l->now_ms = clock_ms(CLOCK_MONOTONIC);
	if (read_sysinfo(l) == 0) {
		is_guarding = !is_plenty(&opt, &memory, l) ||
		    is_census_old(&memory, l, &census);
		if (!is_guarding) {
			if (l->free_kib <= l->total_kib / 2 &&
			    l->now_ms - learnt_ms >= 10 * LEARN_MS)
				learn(buf, l);
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

/* /proc/vmstat has 4 KB, so it is read only while somebody waits, and from just
 * before the refaults on, since the numbers before them may grow.  Before Linux
 * 5.9 there was one refault count for both kinds of pages. */
static void
read_refaults(char *buf, struct refaults *r, msec now_ms)
{
	enum { BOTH, ANON, FILES, READ, KEYS };
	enum { BEFORE = 64 };
	unsigned long v[KEYS] = { 0 };
	unsigned found;

	vmstat_at = vmstat_at > BEFORE ? vmstat_at - BEFORE : 0;
	found = read_keys(vmstat_fd, buf, &vmstat_at, "workingset_refault \0"
	    "workingset_refault_anon \0workingset_refault_file \0pgpgin ",
	    v, KEYS);
	if (!(found >> READ & 1) || found == 1u << READ) {
		vmstat_at = 0;
		r->ms = 0;
		return;
	}
	r->ms = now_ms;
	r->back_kib = pages_kib(v[BOTH] + v[ANON] + v[FILES]);
	r->read_kib = v[READ];
}

/* Reads what only the next look needs, after this one has been decided, so that
 * it delays no signal. */
static void
sense_more(char *buf, const struct look *l)
{
	if (is_pressed(&opt, &memory, l))
		read_refaults(buf, &memory.refaults, l->now_ms);
	memory.boost_kib = 0;
	if (fall_kib(&memory) >= eater_kib(l) / 2 &&
	    room_kib(&opt, &memory, l) <= 2 * eater_kib(l))
		read_boost(buf, &memory);
	if (l->swap_free_kib != l->swap_total_kib)
		read_zram(buf, &memory);
	if (l->now_ms - learnt_ms >= LEARN_MS)
		learn(buf, l);
}

/* log */

static void
put(struct line *l, const char *s, size_t len)
{
	if (len && l->n < PIECES - 1)	/* the newline always has a place */
		l->piece[l->n++] = (struct iovec){ (void *)(uintptr_t)s, len };
}

/* Writes v in at least width digits that end at end.  Returns where they start,
 * or end where there is no room for them behind out. */
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

/* A comm may hold any byte but NUL.  What isn't plain ASCII, the space, quotes
 * and the backslash are printed as \xNN, so that key=value stays parsable. */
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

/* Takes %s, %d, %u and %lu, %.15s, which means an escaped comm, and %.2u, which
 * means hundredths.  Literals stay where they are, and only digits go to the
 * buffer: so a line can be longer than that. */
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

/* One record to each log.  There is nobody to tell of an error.  A write to
 * kmsg waits for the console at most, and stderr, if it is a full pipe, gets
 * nothing.  Warnings, which kills are, too, go to /dev/pmsg0 as well, where
 * there is one: there they survive a reboot (pstore). */
static void
end_line(struct line *l)
{
	struct pollfd p = { STDERR_FILENO, POLLOUT, POLLOUT };
	struct iovec *level = &l->piece[0];

	l->piece[l->n++] = (struct iovec){ "\n", 1 };
	if (opt.log & LOG_KMSG && kmsg_fd >= 0)
		ignore(writev(kmsg_fd, l->piece, l->n));
	level->iov_base = (char *)level->iov_base + 3;	/* of "<4>" */
	level->iov_len -= 3;
	if (((char *)level->iov_base)[-2] == WARN[1] && pmsg_fd >= 0)
		ignore(writev(pmsg_fd, l->piece, l->n));
	if (opt.log == LOG_JOURNAL)	/* which has the name already */
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

/* The errors that a cure is known for, in words; strerror(3) has 2 KB. */
static const struct { int error; const char *words; } errors[] = {
	{ EPERM, "not permitted" }, { EACCES, "permission denied" },
	{ ENOENT, "no such file" }, { ENOSYS, "not in this kernel" },
	{ ENOMEM, "out of memory" }, { 0, "failed" },
};

/* Something failed: what, why by errno, and what cures it. */
static void
warn(char *buf, const char *what, const char *cure)
{
	const int error = errno;
	int i = 0;

	while (errors[i].error && errors[i].error != error)
		i++;
	say(buf, WARN, "%s: %s (%s)", what, errors[i].words, cure);
}

/* Is it time for something that was last done at *last_ms, 0 for never? */
static int
is_due(msec *last_ms, msec now_ms, msec every_ms)
{
	if (*last_ms && now_ms - *last_ms < every_ms)
		return 0;
	*last_ms = now_ms;
	return 1;
}

static void
status(char *buf)
{
	struct verdict v;
	int i, n = 0;

	v = look_again(buf);
	for (i = 0; i < ARMED; i++)
		n += census.armed[i].pid != 0;
	say(buf, INFO, "status room_kib=%lu available_kib=%lu free_kib=%lu "
	    "swap_free_kib=%lu fall_kib=%lu psi=%s stalled=%.2u "
	    "waiting=%.2u read_before=%.2u armed=%d killed=%u",
	    v.room_kib, memory.memavailable_kib, now.free_kib,
	    now.swap_free_kib, v.fall_kib, psi_mode(), v.mem_centi,
	    v.io_centi, v.refault_centi, n, killed);
}

/* waiting */

/* By the raw call, since libc's brings in the vDSO; 32 bits wrap in 49 days. */
static msec
clock_ms(int clock)
{
	long ts[2] = { 0, 0 };

	syscall(SYS_clock_gettime, clock, ts);
	return (msec)ts[0] * 1000 + (msec)ts[1] / 1000000;
}

/* Sleeps for ms, or until one of the n descriptors has something to tell.
 * Returns what ppoll(2) returns.  When that fails it waits for no signal at
 * all, so that an error can't make a loop spin. */
static int
wait_ms(struct pollfd *p, nfds_t n, msec ms)
{
	struct timespec ts = { (time_t)(ms / 1000), (long)(ms % 1000) *
	    1000000 };
	int ready = ppoll(p, n, &ts, NULL);

	if (ready < 0)
		sigtimedwait(&(sigset_t){ 0 }, NULL, &ts);
	return ready;
}

/* Sleeps for ms, or until one of our signals comes, which it returns, else 0;
 * or until an armed process ends.  That can't make the loop spin: who is dead
 * is disarmed. */
static int
wait_for_signal_or_end(msec ms)
{
	const int is_armed = census.armed[0].pid != 0;
	const msec sleep = is_armed ? 0 : ms;
	struct timespec ts = { (time_t)(sleep / 1000), (long)(sleep % 1000) *
	    1000000 };
	struct pollfd p[ARMED];
	int sig, n, i;

	sig = sigtimedwait(&signals, NULL, &ts);
	if (sig > 0)
		return sig;
	if (!is_armed) {
		if (errno != EAGAIN)
			wait_ms(NULL, 0, ms);
		return 0;
	}
	for (n = 0; n < ARMED && census.armed[n].pid; n++)
		p[n] = (struct pollfd){ census.armed[n].pidfd, POLLIN, 0 };
	if (wait_ms(p, (nfds_t)n, ms) > 0)
		for (i = n - 1; i >= 0; i--)
			if (p[i].revents)
				disarm_one(i);
	return 0;
}

/* start-up */

/* A file that we open must not get one of the descriptors 0 to 2, where
 * somebody would write to it. */
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

/* Opens the root of a procfs.  0, or -1 with errno where it is none, or one of
 * another pid namespace, whose numbers mean other processes to us. */
static int
open_root(char *buf, int dir, const char *path)
{
	unsigned long pid;
	ssize_t n;

	proc_fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	n = read_proc(buf, 0, "self/stat");
	if (n > 0 && parse_long(buf, buf + n, &pid) && (pid_t)pid == getpid())
		return 0;
	close(proc_fd);			/* an empty directory, or -1 */
	proc_fd = -1;
	return -1;
}

/* Opens /proc, or, where none of ours is mounted, a procfs that needs no mount
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
		/* one that can't be listed; it stays open, for the mount goes
		 * with it */
		close(root);
		root = (int)syscall(FSMOUNT, fs, FSMOUNT_CLOSE, 0);
		failed = open_root(buf, root, ".");
	}
	close(fs);
	return failed;
}

/* Goes on in a child without a terminal; the parent ends with status 0. */
static void
daemonize(char *buf)
{
	long pid = syscall(SYS_fork, SIGCHLD, 0, 0, 0, 0);

	if (pid < 0)
		warn(buf, "fork", "staying in the foreground");
	if (pid > 0)
		_exit(0);
	setsid();
	ignore(chdir("/"));	/* else it keeps a file system busy */
}

/* Waits for a /proc, in the background if that is where it is to run.  0, or
 * the signal that ended it. */
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

/* Does /proc/meminfo have all, and is it this machine's? */
static void
check_meminfo(char *buf)
{
	enum { TOTAL, AVAILABLE, KEYS };
	unsigned long v[KEYS];
	off_t at = 0;
	unsigned found = read_keys(meminfo_fd, buf, &at,
	    "MemTotal:\0MemAvailable:", v, KEYS);

	if (!(found >> AVAILABLE & 1))
		warn(buf, "MemAvailable", "Linux before 3.14? goes by free RAM "
		    "and file pages");
	if (found >> TOTAL & 1 && read_sysinfo(&now) == 0 &&
	    (v[TOTAL] < now.total_kib - now.total_kib / 16 ||
	    v[TOTAL] > now.total_kib + now.total_kib / 16)) {
		say(buf, WARN, "MemTotal is %lu KiB, sysinfo(2) says %lu: this "
		    "/proc/meminfo is a container's (lxcfs), and bustd guards "
		    "a whole machine: run it outside", v[TOTAL],
		    now.total_kib);
		_exit(EXIT_UNFIT);
	}
}

/* Where PSI is off the file isn't there, but before Linux 5.6 only can't be
 * read (EOPNOTSUPP). */
static void
check_pressure(char *buf)
{
	unsigned long us;

	if (read_psi(buf, psi_fd, &us) == 0 && read_psi(buf, io_fd, &us) == 0)
		return;
	warn(buf, "/proc/pressure/memory", "stalls are seen later, by iowait: "
	    "boot with psi=1, or CONFIG_PSI");
	close(psi_fd);
	psi_fd = -1;
}

/* Sets our own oom_score_adj to -1000.  On the way, at 0, it learns the
 * oom_score of a process that holds next to nothing: 666 since Linux 5.9, which
 * maps 0..2000 to 0..1333, and next to 0 before.  Where we may not set it, it
 * stays as our supervisor set it: below 0 it hides the 666; above 0 it adds to
 * it, but then all that we may end have inherited it, too. */
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
	census.is_point_scaled = score > 64;	/* less: our own few pages */
	census.nothing_score = score > 64 ? (unsigned)score : 0;
	ignore(write(fd, "-1000", 5));
	close(score_fd);
	close(fd);
}

/* A SCHED_FIFO task may dip into the kernel's reserve (ALLOC_MIN_RESERVE) and
 * waits for no CPU.  musl's sched_setscheduler() is a stub that says ENOSYS, so
 * the raw call. */
static void
protect_priority(char *buf)
{
	const struct sched_param p = { .sched_priority = RT_PRIORITY };

	if (RT_PRIORITY && syscall(SYS_sched_setscheduler, 0, SCHED_FIFO,
	    &p) < 0 && setpriority(PRIO_PROCESS, 0, -20) < 0)
		warn(buf, "sched_setscheduler", "no CAP_SYS_NICE? waits for "
		    "the CPU like all");
}

/* Every page that we will ever touch is locked and resident before the first
 * wait: the image, page by page since its segments may have holes between them,
 * and the stack from as deep as it goes up to its last string.  mlockall(2)
 * would bring in 132 KiB of stack. */
static void
protect_memory(char *buf)
{
	enum { PAGE = 4096 };	/* a larger one is locked some times over */
	extern char __executable_start[], _end[];
	uintptr_t p = (uintptr_t)buf - STACK;
	int failed = mlock((void *)p, getauxval(AT_EXECFN) - p), last = 0;

	for (p = (uintptr_t)__executable_start; p < (uintptr_t)_end; p += PAGE)
		last = mlock((void *)p, 1);
	if (failed | last)	/* but in a hole, ENOMEM is the limit */
		warn(buf, "mlock", "RLIMIT_MEMLOCK under 64 KiB? may be "
		    "swapped");
}

/*
 * Keeps only the rights (linux/capability.h) that the loop needs: to signal
 * anybody, to ask kcmp(2) about anybody's memory and see them with hidepid=2,
 * and to reboot.  What needs others is open or done: memory is locked, the
 * priority and oom_score_adj are set.  No exec brings them back (no_new_privs).
 * The hook is for what takes root, so with one we keep all.
 */
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
	}
	if (syscall(SYS_capset, &head, set) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0)
		warn(buf, "capset", "keeps all its rights");
}

/* Tries what an emergency will need, so that what is missing is known now, and
 * says so, each in a line with its cure. */
static void
rehearse(char *buf)
{
	int fd = open_pidfd(getpid());

	if (fd < 0 || signal_pidfd(fd, 0) < 0)
		warn(buf, "pidfd", "Linux before 5.3? signals go by pid");
	/* without a SIGKILL pending EINVAL is the right answer */
	if (syscall(PROCESS_MRELEASE, fd, 0) < 0 && errno == ENOSYS) {
		is_without_mrelease = 1;
		warn(buf, "process_mrelease", "Linux before 5.15?");
	}
	close(fd);
	if (syscall(SYS_faccessat, proc_fd, "1", F_OK) < 0)
		warn(buf, "/proc/1", "hidepid=2? sees own processes only");
	if (kill(1, 0) < 0 && errno == EPERM)
		warn(buf, "kill", "no CAP_KILL? own processes only");
	memory.reserve_kib = memory.pinned_kib = LONG_MAX;
	learn(buf, &now);
	if (memory.reserve_kib == LONG_MAX)
		memory.reserve_kib = 0;
	if (sense(buf, &now) < 0 || scan(buf, now.free_kib) < 0)
		warn(buf, "rehearsal", "is /proc whole?");
	census.has_then = 0;
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

enum { PERCENT, MILLISECONDS, CHOICE, LIST, PROGRAM, SWITCH, OFF, HELP,
    SHOW_VERSION };

static const struct flag {
	char letter;
	const char *name, *argument, *help;
	unsigned short kind;
	unsigned short at;	/* of its value in struct options */
	unsigned short least, most; /* percentages in hundredths */
} flags[] = {
#define AT(member) offsetof(struct options, member)
	{ 'h', "help", "", "", HELP, 0, 0, 0 },
	{ 'v', "version", "", "", SHOW_VERSION, 0, 0, 0 },
	{ 'n', "no-daemon", "", "stay in the foreground",
	    OFF, AT(daemonize), 0, 0 },
	{ 'V', "verbose", "", "say more", SWITCH, AT(verbose), 0, 0 },
	{ 'g', "kill-group", "", "end the victim's process group",
	    SWITCH, AT(kill_group), 0, 0 },
	{ 'd', "dry-run", "", "choose and log, never signal",
	    SWITCH, AT(dry_run), 0, 0 },
	{ 'a', "available", "PERCENT", "exhausted: room at most, 0.01 to 90",
	    PERCENT, AT(floor_centi), 1, 9000 },
	{ 'k', "kill", "PERCENT", "SIGKILL at once: room at most, 0 to 90",
	    PERCENT, AT(kill_centi), 0, 9000 },
	{ 's', "swap", "PERCENT", "swap that doesn't count, 0 to 100",
	    PERCENT, AT(swap_centi), 0, 10000 },
	{ 'p', "psi", "PERCENT", "stalled: time lost waiting for memory, "
	    "1 to 100", PERCENT, AT(psi_centi), 100, 10000 },
	{ 't', "grace", "MS", "from SIGTERM to SIGKILL, 0 to 60000",
	    MILLISECONDS, AT(grace_ms), 0, 60000 },
	{ 'u', "unkillables", "LIST", "spare 'name|glob*', 15 bytes each, not "
	    "the built-in", LIST, AT(unkillables), 0, 0 },
	{ 'P', "prefer", "LIST", "end these first: 'name|glob*', 15 bytes each",
	    LIST, AT(preferred), 0, 0 },
	{ 'l', "log", "stderr|kmsg|both|journal", "where to", CHOICE, AT(log),
	    LOG_STDERR, 0 },
	{ 'r', "last-resort", "none|oom|reboot", "when no kill helps",
	    CHOICE, AT(last_resort), NONE, 0 },
	{ 'e', "exec", "PROGRAM", "start it after a kill: executable, by its "
	    "whole path", PROGRAM, AT(exec), 0, 0 },
};
enum { FLAG_COUNT = sizeof(flags) / sizeof(*flags) };

/* To stdout; -1 when it can't be written. */
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

/* The flag called s, of len bytes, or NULL. */
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

/* Names longer than a comm never match. */
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

/* Sets one flag's value.  0, or -1 when it is malformed or out of range. */
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

/* One argument: -x, -xVALUE, -x VALUE, -xyz, --name, --name=VALUE, --name
 * VALUE.  Returns where the arguments go on; HELP or SHOW_VERSION goes to
 * *answer. */
static char **
parse_flag(char *buf, char **argv, int *answer)
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
		if (f->kind == HELP || f->kind == SHOW_VERSION)
			*answer = f->kind;
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

/* An error ends bustd with status 100: a daemon that runs with other limits
 * than asked for would be worse than none. */
static void
parse_flags(char *buf, char **argv)
{
	int answer = 0;

	for (argv++; *argv; )
		argv = parse_flag(buf, argv, &answer);
	/* a lower --available takes the built-in --kill along */
	if (opt.kill_centi == KILL_FLOOR * 100 &&
	    opt.kill_centi > opt.floor_centi)
		opt.kill_centi = opt.floor_centi;
	if (opt.kill_centi > opt.floor_centi)
		bad_flag(buf, find_flag("k", 1, 0), "over --available");
	if (opt.daemonize && !(opt.log & LOG_KMSG))
		bad_flag(buf, find_flag("l", 1, 0), "stderr of a daemon");
	/* when all flags are known to be right: so init scripts can ask */
	if (answer == HELP)
		_exit(print_usage(buf) < 0);
	if (answer)
		_exit(print("bustd " VERSION "\n") < 0);
}

int
main(int argc, char **argv)
{
	_Alignas(8) char buf[BUF];	/* the kernel writes records into it */
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
	protect_memory(buf);
	drop_rights(buf);
	say(buf, INFO, VERSION " started pid=%d psi=%s", getpid(), psi_mode());
	if (opt.daemonize)
		close_stdio();
	sig = guard(buf);
	say(buf, INFO, "ended by %s, killed=%u",
	    sig == SIGTERM ? "SIGTERM" : "SIGINT", killed);
	return 0;
}
