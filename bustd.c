/* SPDX-License-Identifier: MIT */
/*
 * bustd - available memory or bust: a userspace out-of-memory killer.
 *
 *	start:	parse flags, open /proc, protect ourselves, rehearse one scan
 *	forever:
 *		sleep for sleep_ms(), or until an armed process ends
 *		sysinfo(2): plainly enough free RAM?  disarm, sleep again
 *		read MemAvailable and pressure from kept-open descriptors
 *		getting short?  arm: scan /proc, keep the worst few open
 *		exhausted or stalled?  relieve():
 *			take the armed victim; where none is sure scan, and
 *			measure again: still low?
 *			SIGTERM, wait on its pidfd, SIGKILL, process_mrelease
 *			wait for the memory, log one line, settle
 *
 * The kill path opens nothing.  In a livelock whatever makes the kernel
 * allocate (open, fork, getdents64) may take ten seconds; reads and signals
 * on descriptors that are already open take milliseconds.  So the scan runs
 * while there is still memory, and when a rule fires only preads and one
 * pidfd_send_signal lie between the wake-up and the signal.
 *
 * What always holds: no heap, no stdio, no floats, no threads, no recursion.
 * One 128-byte buffer in main's frame is handed down to all who read, build a
 * path or print; a callee may overwrite it, so nothing is kept in it across a
 * call.  Memory is in KiB, shares are in hundredths of a percent (_centi),
 * times in ms of CLOCK_MONOTONIC.  After start-up no error ends the daemon:
 * it warns and goes on.
 *
 * To understand everything else, start reading main().
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <elf.h>
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
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define VERSION "0.1.0"

/* Newer than some headers.  From 424 on, system calls have one number on all
 * architectures but Alpha, give or take the offset that MIPS adds to all. */
#ifndef SYS_pidfd_send_signal	/* Linux 5.1 */
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_fsopen		/* Linux 5.2 */
#define SYS_fsopen (SYS_pidfd_send_signal - 424 + 430)
#endif
#ifndef SYS_fsconfig
#define SYS_fsconfig (SYS_pidfd_send_signal - 424 + 431)
#endif
#ifndef SYS_fsmount
#define SYS_fsmount (SYS_pidfd_send_signal - 424 + 432)
#endif
#ifndef SYS_pidfd_open		/* Linux 5.3 */
#define SYS_pidfd_open (SYS_pidfd_send_signal - 424 + 434)
#endif
#ifndef SYS_process_mrelease	/* Linux 5.15 */
#define SYS_process_mrelease (SYS_pidfd_send_signal - 424 + 448)
#endif
#ifndef SYS_clock_gettime	/* musl 1.2 on 32 bits: long seconds */
#define SYS_clock_gettime SYS_clock_gettime32
#endif
#ifndef SYS_fork		/* gone since arm64: clone(SIGCHLD, 0, ...) */
#define SYS_fork SYS_clone
#endif
#ifndef SYS_lseek		/* or1k and the like: with five arguments */
#define SYS_lseek SYS_llseek
#endif

enum {
	BUF = 128,		/* bytes of the one buffer */
	COMM = 16,		/* TASK_COMM_LEN, with its NUL */
	ARMED = 3,		/* candidates kept open: at most one pread each
				   between the wake-up and the signal */
	SLAB_KIB = 16384,	/* of slab at most is taken for pinned */
	STUCK = 8,		/* victims remembered that would not go */
	PIECES = 34,		/* of a log line: the kill line has 14 values */
	BATCH = BUF / 24,	/* the smallest linux_dirent64 has 24 bytes */
	SLICE_MS = 10,		/* between two looks at a dying victim */
	REAP_MS = 50,		/* it frees its own pages, for so long */
	SETTLE_MS = 200,	/* a dead victim's pages may be back later:
				   per-CPU lists, exit on another CPU */
	HOLD_MS = 10000,	/* pause after LAST_RESORT, or a dry kill */
	AGE_MS = 10000,		/* armed candidates older than this are stale */
	LEARN_MS = 10000,	/* how long the learnt reserve is believed */
	NOBODY_MS = 1000,	/* so long without a victim is hopeless; between
				   two scans that find nobody */
	BLIND_MS = 100,		/* between looks that can do nothing */
	SOON_MS = 2000,		/* exhausted within this: left to that rule */
	RECENT_MS = 200,	/* who grows has grown in this ... */
	GROWN = 5,		/* ... by so many points of oom_score: 4 % of
				   memory per second; less may be the pages of
				   a mapped file that come and go */
	CROWD = 8,		/* processes at least are a fork storm */
	CROWD_POINTS = 8,	/* of oom_score, 1.2 % of memory: a process of a
				   fork storm holds less */
	RESERVED_PIDS = 300,	/* pids below it are given out once and never
				   again (alloc_pid() in kernel/pid.c) */
	QUIET_MS = 60000,	/* between two warnings of one kind */
	EXIT_USAGE = 100,
};

enum { NONE, OOM, REBOOT };		/* LAST_RESORT */
enum { LOG_STDERR = 1, LOG_KMSG, LOG_BOTH };
enum verdict { FINE, STALLED, EXHAUSTED };

/* A long each: KiB in 32 bits reach to 4 TiB, and no 32-bit board needs the
 * 3 KB of 64-bit division.  Times are only ever subtracted from one another,
 * so that they may wrap, as they do there each 50 days. */
typedef unsigned long kib;
typedef unsigned long msec;

#define APART __attribute__((noinline))	/* inlined it is up to 160 bytes more */

struct memory {
	kib total_kib;
	kib free_kib;		/* as sysinfo(2) has it: no page cache */
	kib available_kib;	/* MemAvailable, less what no one can have */
	kib swap_total_kib;
	kib swap_free_kib;
	kib shmem_kib;		/* tmpfs and shared memory */
};

struct window {			/* stall in the last STALL_WINDOW_MS */
	msec start_ms;
	unsigned long start_total_us;
	unsigned long previous_us; /* stall in the window before */
};

struct candidate {
	pid_t pid;		/* 0: an empty slot */
	pid_t pgid;
	int pidfd;		/* -1 where pidfd_open is missing */
	int score_fd;		/* open oom_score: pins the struct pid, so a
				   read tells ESRCH once the pid is reused */
	unsigned score;		/* oom_score when armed */
	unsigned last_score;	/* as last read */
	int recent_score;	/* some RECENT_MS ago */
	int score_adj;
	int enough;		/* ending it frees more than next to nothing */
	kib rss_kib;		/* 0 for a zombie leader with live threads */
	kib swap_kib;
	kib held_kib;		/* of both what no reclaim gives back: a mapped
				   file's pages are in rss and in oom_score */
	char comm[COMM];
};

#include "config.h"

#define RANGE(option, least, most, unit) \
	_Static_assert((option) >= (least) && (option) <= (most), \
	    "config.h: " #option " is out of range: " unit ", " \
	    #least " to " #most)
RANGE(FREE_RAM_THRESHOLD, 1, 100, "percent of RAM");
RANGE(CUTOFF_PSI, 1, 100, "percent of time");
RANGE(STALL_AVAILABLE, 1, 100, "percent of RAM");
RANGE(STALL_WINDOW_MS, 500, 10000, "milliseconds");
RANGE(AVAILABLE_FLOOR, 1, 90, "percent of RAM");
RANGE(SWAP_FLOOR, 0, 100, "percent of swap");
RANGE(KILL_FLOOR, 0, AVAILABLE_FLOOR, "percent of RAM");
RANGE(FILL_RATE, 1, 10000, "percent of RAM per second");
RANGE(FILL_RATE_MAX, 1, 1048576, "MiB per second");
RANGE(SLEEP_MIN_MS, 1, 1000, "milliseconds");
RANGE(SLEEP_MAX_MS, SLEEP_MIN_MS, 60000, "milliseconds");
RANGE(VICTIM_MIN, 0, 50, "percent of RAM");
RANGE(GRACE_MS, 0, 60000, "milliseconds");
RANGE(STUCK_MS, 100, 60000, "milliseconds");
RANGE(KILL_PROCESS_GROUP, 0, 1, "0 or 1");
RANGE(DRY_RUN, 0, 1, "0 or 1");
RANGE(RETRY, 1, 100, "kills");
RANGE(LAST_RESORT, NONE, REBOOT, "NONE, OOM or REBOOT");
RANGE(DAEMONIZE, 0, 1, "0 or 1");
RANGE(FLAGS, 0, 1, "0 or 1");
RANGE(RT_PRIORITY, 0, 99, "SCHED_FIFO priority");
RANGE(SECCOMP, 0, 1, "0 or 1");
RANGE(VERBOSE, 0, 1, "0 or 1");
RANGE(LOG, LOG_STDERR, LOG_BOTH, "LOG_STDERR, LOG_KMSG or LOG_BOTH");
_Static_assert(!DAEMONIZE || LOG != LOG_STDERR,
    "config.h: DAEMONIZE 1 sends stderr to /dev/null, so LOG must be "
    "LOG_KMSG or LOG_BOTH (or set DAEMONIZE to 0)");
_Static_assert(sizeof(UNKILLABLES) > 0,
    "config.h: UNKILLABLES must be a string: \"name|glob*\", or \"\"");

static struct options {		/* config.h, as the flags override it */
	int psi_centi, free_centi, available_centi, swap_centi, kill_centi;
	int grace_ms, daemonize, verbose, kill_group, dry_run;
	int log, last_resort;
	const char *unkillables;
} opt = {
	CUTOFF_PSI * 100, FREE_RAM_THRESHOLD * 100, AVAILABLE_FLOOR * 100,
	SWAP_FLOOR * 100, KILL_FLOOR * 100,
	GRACE_MS, DAEMONIZE, VERBOSE, KILL_PROCESS_GROUP, DRY_RUN,
	LOG, LAST_RESORT,
	UNKILLABLES,
};

/* Kept open from start-up on: nothing is opened in an emergency but by a
 * scan, and after switch_root absolute paths would lead nowhere. */
static int proc_fd = -1, meminfo_fd = -1, psi_fd = -1;
static int kmsg_fd = -1, sysrq_fd = -1;

/* SIGTERM and SIGINT end us, SIGUSR1 asks.  All are blocked, so that no other
 * one does anything, and these are waited for.  As large as the kernel's set:
 * 8 bytes, on MIPS 16; musl's own calls leave out those that it uses for
 * threads. */
static const unsigned long signals[_NSIG / 8 / sizeof(long)] = {
	1ul << (SIGTERM - 1) | 1ul << (SIGINT - 1) | 1ul << (SIGUSR1 - 1)
};

static struct memory mem;	/* the newest measurement */
static kib shmem_most_kib;	/* most of tmpfs in RAM since the gate opened */
static kib reserve_kib = LONG_MAX;	/* what MemAvailable leaves out */
static kib pinned_kib;		/* slab that counts as available, but isn't */
static kib cma_total_kib, cma_free_kib;
static msec learnt_ms;		/* when these were learnt */
static off_t cma_at;		/* of CmaFree in meminfo; 0: no CMA */

static struct window window;
static unsigned long live_centi; /* stall share when last looked at */

static struct candidate armed[ARMED];	/* the worst first */
static kib armed_left_kib;	/* what was left when they were chosen */
static msec armed_ms;		/* when that was */
static kib checked_kib;		/* headroom when they were last found right */
static msec scan_ms;		/* of CPU time that the last scan took */
static unsigned armed_least;	/* who isn't armed had no higher oom_score */
static int stale;		/* scan again: one of the armed has ended, all
				   were dropped, or the last scan failed */
static unsigned baseline;	/* oom_score of a process that holds nothing */
static char without_mm[RESERVED_PIDS];	/* kernel threads by their pids, so
				   that no scan opens them twice */
static struct {			/* the group that has the majority, if any */
	pid_t pgid;
	long members, points;	/* since it leads: their oom_score */
	long lead;		/* of those, more than the others have */
} crowd;
static int is_guarding;		/* the gate is open: pressure may count */

static struct { pid_t pid; int score_fd; } stuck[STUCK];
static msec held_ms;		/* no kill for HOLD_MS from here */
static int held;
static unsigned futile;		/* kills in a row that gave nothing back */
static unsigned killed;
static int without_mrelease;	/* ENOSYS: don't ask again */

/* time */

/* A clock in ms, by the plain system call: the vdso would keep two more pages
 * resident for what is asked once per look.  A long holds seconds since boot
 * for 68 years.  0 where the kernel lacks it: CPU time needs
 * CONFIG_POSIX_TIMERS. */
static msec
clock_ms(int clock)
{
	long ts[2] = { 0, 0 };

	syscall(SYS_clock_gettime, clock, ts);
	return (msec)ts[0] * 1000 + (msec)ts[1] / 1000000;
}

static msec
now_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

/* Sleeps for ms, or until one of the n descriptors has something to tell.
 * Returns what ppoll(2) returns; when that fails we sleep all the same, one way
 * or the other, so that no two errors can make a loop spin. */
static int
wait_ms(struct pollfd *p, nfds_t n, msec ms)
{
	long ts[2] = { (long)(ms / 1000), (long)(ms % 1000) * 1000000 };
	static unsigned long none[_NSIG / 8 / sizeof(long)]; /* no signal */
	int ready = (int)syscall(SYS_ppoll, p, n, ts, NULL, 0);

	if (ready < 0 && syscall(SYS_nanosleep, ts, NULL) < 0)
		syscall(SYS_rt_sigtimedwait, none, NULL, ts, sizeof(none));
	return ready;
}

/* text */

/* Where c is, or end.  musl's memchr(3) would be 200 bytes, its strlen(3)
 * 125. */
APART
static const char *
find(const char *p, const char *end, char c)
{
	while (p < end && *p != c)
		p++;
	return p;
}

static size_t
length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

/* log */

#define INFO "<6>bustd: "	/* /dev/kmsg takes the level in front */
#define WARN "<4>bustd: "

struct line {			/* a record in pieces, for writev(2) */
	struct iovec piece[PIECES];
	int n;
	char *out, *end;	/* what is left of the buffer: comms come from
				   its start, digits from its end */
};

static void
put(struct line *l, const char *s, size_t len)
{
	if (len && l->n < PIECES)
		l->piece[l->n++] = (struct iovec){ (void *)(uintptr_t)s, len };
}

/* Writes v in at least width digits that end at end.  Returns where they start,
 * or end where there is no room for them behind out. */
APART
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

	l->end = digits(l->out, end, v, width);
	put(l, l->end, (size_t)(end - l->end));
}

/* A comm may hold any byte but NUL.  What isn't plain ASCII, the space and
 * the backslash are printed as \xNN, so that key=value stays parsable. */
static void
put_comm(struct line *l, const char *s)
{
	const char *hex = "0123456789abcdef";
	char *start = l->out, *out = start;

	for (; *s && l->end - out >= 4; s++) {
		unsigned char c = (unsigned char)*s;

		if (c > ' ' && c < 0x7f && c != '\\') {
			*out++ = *s;
			continue;
		}
		*out++ = '\\';
		*out++ = 'x';
		*out++ = hex[c >> 4];
		*out++ = hex[c & 15];
	}
	l->out = out;
	put(l, start, (size_t)(out - start));
}

/* One record to one descriptor.  There is nobody to tell of an error. */
static void
emit(int fd, struct line *l)
{
	syscall(SYS_writev, fd, l->piece, l->n);
}

/* Logs one record.  Literals stay where they are, only digits and comms go
 * to buf: so a line can be longer than the buffer.  Takes %s, %d, %u, %02u,
 * %lu, and %.15s, which means an escaped comm. */
__attribute__((format(printf, 3, 4)))
static void
say(char *buf, const char *level, const char *fmt, ...)
{
	struct line l;
	const char *s;
	struct pollfd p = { STDERR_FILENO, POLLOUT, POLLOUT };
	unsigned long v;
	int d, width, is_long;
	va_list ap;

	l.n = 1;			/* after the level */
	l.out = buf;
	l.end = buf + BUF;
	va_start(ap, fmt);
	while (*fmt) {
		for (s = fmt; *fmt && *fmt != '%'; fmt++)
			;
		put(&l, s, (size_t)(fmt - s));
		if (!*fmt++)
			break;
		for (width = 0; *fmt < 'a'; fmt++)
			width = *fmt - '0';
		is_long = *fmt == 'l';
		fmt += is_long;
		if (is_long || *fmt == 's') {
			v = va_arg(ap, unsigned long);	/* or a pointer */
		} else {
			d = va_arg(ap, int);
			v = (unsigned)d;
			if (*fmt == 'd' && d < 0) {
				put(&l, "-", 1);
				v = -(unsigned)d;
			}
		}
		s = (const char *)v;
		if (*fmt++ != 's')
			put_number(&l, v, width);
		else if (width)
			put_comm(&l, s);
		else
			put(&l, s, length(s));
	}
	va_end(ap);
	l.n -= l.n == PIECES;		/* the newline always has a place */
	put(&l, "\n", 1);
	l.piece[0] = (struct iovec){ (void *)(uintptr_t)level,
	    sizeof(WARN) - 1 };
	if (opt.log & LOG_KMSG && kmsg_fd >= 0)
		emit(kmsg_fd, &l);	/* waits for the console at most */
	l.piece[0] = (struct iovec){ (void *)(uintptr_t)(level + 3),
	    sizeof(WARN) - 1 - 3 };	/* stderr has no levels */
	if ((opt.log & LOG_STDERR || kmsg_fd < 0) &&
	    wait_ms(&p, 1, 0) && p.revents == POLLOUT)
		emit(STDERR_FILENO, &l);	/* unless it is a full pipe */
}

/* The errors that a cure is known for, in words; strerror(3) has 2 KB. */
static const char *
in_words(int error)
{
	switch (error) {
	case EPERM: return "not permitted";
	case EACCES: return "permission denied";
	case ENOENT: return "no such file";
	case ENOSYS: return "not in this kernel";
	case ENOMEM: return "out of memory";
	}
	return "failed";
}

/* Something failed: what, why by errno, and what cures it. */
static void
warn(char *buf, const char *what, const char *cure)
{
	say(buf, WARN, "%s: %s (%s)", what, in_words(errno), cure);
}

/* Is it time for a warning that was last given at *last_ms, 0 for never? */
static int
is_due(msec *last_ms, msec now)
{
	if (*last_ms && now - *last_ms < QUIET_MS)
		return 0;
	*last_ms = now;
	return 1;
}

#define CENTI(x) (unsigned)((x) / 100), (unsigned)((x) % 100)

/* parsing: all take [p, end) and return where they stopped, NULL on error */

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

/* "12", "12.3" or "12.34" in hundredths.  The kernel prints exactly two
 * decimals, so nothing is lost. */
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

/* The total of "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n", which each
 * read brings up to date (Linux 4.20 on, Documentation/accounting/psi.rst), in
 * us; 32 bits wrap each 72 minutes of stall.  0, or -1 for anything else, with
 * the total undefined: one that the read cut short (no newline after it) isn't
 * believed. */
static int
parse_psi(const char *p, size_t len, unsigned long *total_us)
{
	const char *form = "some avg10=#.# avg60=#.# avg300=#.# total=#\n";
	const char *start;

	/* nothing but the form's last is like a newline: p can't run past */
	if (find(p, p + len, '\n') == p + len)
		return -1;
	for (; *form; form++) {
		if (*form != '#') {
			if (*p++ != *form)
				return -1;
			continue;
		}
		start = p;
		/* of all the last one stays; a long too small for it wraps */
		for (*total_us = 0; *p >= '0' && *p <= '9'; p++)
			*total_us = *total_us * 10 + (unsigned)(*p - '0');
		if (p == start)
			return -1;
	}
	return 0;
}

/* Where a part of "a|b|c" ends. */
static const char *
part_end(const char *p)
{
	while (*p && *p != '|')
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

static int
is_unkillable(const char *comm)
{
	const char *p, *end;

	for (p = opt.unkillables; *p; p = *end ? end + 1 : end) {
		end = part_end(p);
		if (glob(p, end, comm))
			return 1;
	}
	return 0;
}

/* reading /proc */

/* Opens /proc/PID/NAME, or /proc/NAME for pid 0.  -1 with errno. */
static int
open_proc(char *buf, pid_t pid, const char *name, int flags)
{
	char *slash = buf + BUF / 2;

	if (pid) {
		memcpy(slash + 1, name, length(name) + 1);
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

/* Reads "Key:   123 kB" lines from *at on, a buffer at a time, until all n
 * keys, which lie one behind the other, are found.  seq_file keeps its text
 * while the offsets follow one another, so all of it is one moment's.  Returns
 * a bit per key found (value is untouched for the others) and in *at where the
 * last one's line began; a line that is cut short or has no number doesn't
 * count. */
static unsigned
read_keys(int fd, char *buf, off_t *at, const char *keys, unsigned long *value,
    int n)
{
	unsigned found = 0, all = (1u << n) - 1;
	size_t have = 0, len;
	off_t off = *at;
	int rounds, skip = 0, k;	/* skip: in a line too long for us */

	for (rounds = 0; rounds < 64 && found != all; rounds++) {
		ssize_t got = pread(fd, buf + have, BUF - have, off);
		const char *line = buf, *end, *nl;

		if (got <= 0)
			break;
		off += got;
		end = buf + have + got;
		for (; (nl = find(line, end, '\n')) < end;
		    line = nl + 1, skip = 0) {
			const char *key = keys, *p;

			for (k = 0; k < n && !skip; k++, key += len + 1) {
				len = length(key);
				p = line + len;
				if ((size_t)(nl - line) <= len ||
				    memcmp(line, key, len) != 0)
					continue;
				while (p < nl && (*p == ' ' || *p == '\t'))
					p++;
				if (!parse_long(p, nl, &value[k]))
					continue;
				found |= 1u << k;
				*at = off - (end - line);
			}
		}
		if (line == buf && end == buf + BUF) {
			skip = 1;
			line = end;
		}
		have = (size_t)(end - line);
		for (k = 0; line < end; k++)
			buf[k] = *line++;
	}
	return found;
}

/* memory: these judge mem, the newest measurement */

APART
static kib
percent_kib(kib of, int centi)
{
	const unsigned long share = (unsigned long)centi;

	return of / 10000 * share + of % 10000 * share / 10000;
}

APART
static kib
excess_kib(kib value, kib floor)
{
	return value > floor ? value - floor : 0;
}

/* The long is in units of mem_unit bytes: over 1 where the bytes don't fit. */
APART
static kib
sysinfo_kib(unsigned long v, unsigned unit)
{
	return (kib)((uint64_t)v * unit / 1024);
}

/* Everything that sysinfo(2) knows.  -1 with errno. */
static int
read_sysinfo(void)
{
	struct sysinfo si;

	if (syscall(SYS_sysinfo, &si) < 0)
		return -1;
	mem.total_kib = sysinfo_kib(si.totalram, si.mem_unit);
	mem.free_kib = sysinfo_kib(si.freeram, si.mem_unit);
	mem.swap_total_kib = sysinfo_kib(si.totalswap, si.mem_unit);
	mem.swap_free_kib = sysinfo_kib(si.freeswap, si.mem_unit);
	mem.shmem_kib = sysinfo_kib(si.sharedram, si.mem_unit);
	if (!is_guarding || shmem_most_kib < mem.shmem_kib)
		shmem_most_kib = mem.shmem_kib;
	return 0;
}

/* The lines of meminfo that are read, one key behind the other. */
static const struct {
	char free[9], files[30], kernel[14], slab[14], available[14],
	    cma_total[10], cma_free[9];
} keys = {
	"MemFree:", "Active(file):\0Inactive(file):",
	"KReclaimable:",	/* Linux 4.20; has SReclaimable in it */
	"SReclaimable:", "MemAvailable:", "CmaTotal:", "CmaFree:",
};

/*
 * Learns two amounts that no file tells, and how much CMA there is.
 *
 * What MemAvailable leaves out: the kernel's reserve, totalreserve_pages.
 * si_mem_available() (mm/show_mem.c, once mm/page_alloc.c) has
 *	available = free - reserve + part of (file pages + reclaimable)
 * so free + all file pages + all reclaimable - available is never less than
 * the reserve.  An available of 0 may have been cut off there: then nothing
 * is learnt, and free RAM alone never counts as plenty.  Of two the least stays,
 * for in a dip (see is_dip()) it seems to be more.
 *
 * What MemAvailable counts, but nobody can have: reclaimable slab that is
 * pinned.  With CONFIG_FTRACE the inodes and dentries of tracefs are: 8.7 MB
 * of Debian's 6.1 kernel, at which the kernel's OOM killer comes with 9 % of
 * 82 MB still "available".  Reclaim takes the other slab early, so what is
 * left of it when memory gets short is taken off, up to SLAB_KIB.
 */
static void
learn(char *buf)
{
	enum { FREE, ACTIVE, INACTIVE, KERNEL, SLAB, AVAILABLE, CMA, CMA_FREE,
	    KEYS };
	kib v[KEYS] = { 0 }, most;
	unsigned found;
	off_t at = 0;

	learnt_ms = now_ms();
	found = read_keys(meminfo_fd, buf, &at, keys.free, v, KEYS);
	if (!(found >> AVAILABLE & 1))
		return;			/* what was known otherwise stands */
	most = v[FREE] + v[ACTIVE] + v[INACTIVE] +
	    (v[KERNEL] ? v[KERNEL] : v[SLAB]);
	most = excess_kib(most, v[AVAILABLE]);
	if (v[AVAILABLE] && reserve_kib > most)
		reserve_kib = most;
	if (found >> SLAB & 1)
		pinned_kib = v[SLAB] < SLAB_KIB ? v[SLAB] : SLAB_KIB;
	cma_total_kib = v[CMA];
	cma_free_kib = v[CMA_FREE];
	cma_at = v[CMA] ? at : 0;
}

/* Adds MemAvailable (Linux 3.14) to what sysinfo told, by one pread.  -1 when
 * it can't be read: then no rule may be judged. */
static int
read_available(char *buf)
{
	kib available, off = pinned_kib + cma_free_kib;
	off_t at = 0;

	if (!read_keys(meminfo_fd, buf, &at, keys.available, &available, 1))
		return -1;
	mem.available_kib = excess_kib(available, off);
	return 0;
}

/* CMA pages serve only movable allocations, but MemAvailable counts the free
 * ones.  Read apart from it: meminfo's lines are of fixed width, so CmaFree
 * stays where it was found. */
static void
read_cma(char *buf)
{
	off_t at = cma_at;

	if (cma_at && !read_keys(meminfo_fd, buf, &at, keys.cma_free,
	    &cma_free_kib, 1))
		learn(buf);
}

static int
measure(char *buf)
{
	return read_sysinfo() < 0 ? -1 : read_available(buf);
}

/* The least that MemAvailable can be, from sysinfo(2) alone: free RAM, less
 * the reserve and all that may be free CMA. */
static kib
least_available_kib(void)
{
	return excess_kib(excess_kib(mem.free_kib, reserve_kib), cma_total_kib);
}

static kib
stall_limit_kib(void)
{
	return percent_kib(mem.total_kib, STALL_AVAILABLE * 100);
}

static kib
victim_least_kib(void)
{
	return percent_kib(mem.total_kib, VICTIM_MIN * 100);
}

/* Is little enough free RAM left for the stalled rule?  What the kernel keeps
 * in reserve is free, but not for anyone who waits for memory. */
__attribute__((always_inline))	/* smaller */
static inline int
is_little_free(void)
{
	return mem.free_kib <= percent_kib(mem.total_kib, opt.free_centi) ||
	    least_available_kib() <= stall_limit_kib();
}

/* The gate: only what keeps both rules from holding for sure may end a look
 * at sysinfo(2). */
static int
plainly_enough(void)
{
	return !is_little_free() && least_available_kib() >
	    percent_kib(mem.total_kib, opt.available_centi);
}

static int
is_swap_low(void)
{
	return mem.swap_free_kib <=
	    percent_kib(mem.swap_total_kib, opt.swap_centi);
}

/* Memory at or below this share of RAM, and swap at its floor. */
static int
is_below(int centi)
{
	return is_swap_low() &&
	    mem.available_kib <= percent_kib(mem.total_kib, centi);
}

static kib
left_kib(void)
{
	return mem.available_kib + mem.swap_free_kib;
}

/* What an eater can still take before the floor of RAM. */
static kib
ram_room_kib(void)
{
	return excess_kib(mem.available_kib,
	    percent_kib(mem.total_kib, opt.available_centi));
}

/* The same before both floors.  Of swap half: zram keeps in RAM what it holds,
 * and that seldom in less than half of its size. */
static kib
headroom_kib(void)
{
	return ram_room_kib() + excess_kib(mem.swap_free_kib,
	    percent_kib(mem.swap_total_kib, opt.swap_centi)) / 2;
}

/* How long we may be blind: as long as the fastest eater needs to get from
 * here to the floors, within bounds.  Half as long from a quarter of RAM on, so
 * that the next look sees a fork storm, which is faster yet, and again while
 * somebody eats.  While there is RAM swap doesn't count: the scan should be done
 * before that fills, and whoever needs a page waits. */
static msec
sleep_ms(void)
{
	static kib last_room;
	kib rate = mem.total_kib / 100 * FILL_RATE / 1000;	/* per ms */
	kib room = ram_room_kib();
	msec ms;

	if (room <= stall_limit_kib() / 2)
		room = headroom_kib();
	if (rate > FILL_RATE_MAX)	/* MiB/s are KiB/ms, nearly */
		rate = FILL_RATE_MAX;
	if (room < mem.total_kib / 4)
		rate *= 2;
	if (excess_kib(last_room, room) > mem.total_kib / 64)
		rate *= 2;
	last_room = room;
	ms = room / (rate ? rate : 1);
	if (ms < SLEEP_MIN_MS)
		return SLEEP_MIN_MS;
	return ms > SLEEP_MAX_MS ? SLEEP_MAX_MS : ms;
}

/* pressure */

/* -1 where the kernel has no PSI, or tells something else. */
static int
read_psi(char *buf, unsigned long *total_us)
{
	ssize_t n = psi_fd < 0 ? -1 : pread(psi_fd, buf, BUF, 0);

	return n <= 0 ? -1 : parse_psi(buf, (size_t)n, total_us);
}

/* Stall in the last window, in us: what came since it started, and of the one
 * before as much as still overlaps, as the kernel's own triggers reckon it
 * (window_update in kernel/sched/psi.c).  After a longer sleep the stall is
 * spread evenly over it.  A total that runs backwards counts as no stall. */
static unsigned long
window_stall_us(msec now, unsigned long total_us)
{
	msec elapsed = now - window.start_ms;
	unsigned long stall = total_us - window.start_total_us;

	if ((long)stall < 0)
		stall = 0;
	if (elapsed > STALL_WINDOW_MS) {
		stall = stall / elapsed * STALL_WINDOW_MS;
		window = (struct window){ now, total_us, stall };
		return stall;
	}
	return stall + window.previous_us / STALL_WINDOW_MS *
	    (STALL_WINDOW_MS - elapsed);
}

/* From here on: what came before counts for nothing.  -1 without PSI. */
static int
start_window(char *buf)
{
	unsigned long total_us;

	if (read_psi(buf, &total_us) < 0)
		return -1;
	window = (struct window){ now_ms(), total_us, 0 };
	return 0;
}

/* No trigger (poll(2) on it, Linux 5.2): where pressure counts we look ten
 * times per second, as often as the kernel reckons a trigger of a second's
 * window, and qemu/bench's hang is over as soon without.  Where PSI is off the
 * file isn't there, but before Linux 5.6 only can't be read (EOPNOTSUPP). */
static void
open_psi(char *buf)
{
	psi_fd = open_proc(buf, 0, "pressure/memory", O_RDONLY);
	if (start_window(buf) == 0)
		return;
	warn(buf, "/proc/pressure/memory", "stalls go unseen: boot with psi=1, "
	    "or CONFIG_PSI");
	close(psi_fd);
	psi_fd = -1;
}

/* waiting */

/* Sleeps for ms, or until one of our signals comes, which it returns; else 0.
 * They are blocked, so that one that came before is there still.  Every other
 * time it is nanosleep(2), which sees no signal, but is 320 instructions
 * cheaper, the kernel's included: of 6,090 at 8 GB. */
static int
wait_signal(msec ms)
{
	static int turn;
	const long ts[2] = { (long)(ms / 1000), (long)(ms % 1000) * 1000000 };
	long sig;

	if (ms && (turn = !turn) && syscall(SYS_nanosleep, ts, NULL) == 0)
		return 0;
	sig = syscall(SYS_rt_sigtimedwait, signals, NULL, ts, sizeof(signals));
	if (sig < 0 && errno != EAGAIN)
		wait_ms(NULL, 0, ms);
	return sig > 0 ? (int)sig : 0;
}

/* victims */

/* Ours for pid 0.  -1 when it has ended. */
static pid_t
group_of(pid_t pid)
{
	return (pid_t)syscall(SYS_getpgid, pid);
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

static void
drop(struct candidate *c)
{
	if (!c->pid)
		return;
	close(c->score_fd);		/* nothing is harmed where it is -1 */
	if (c->pidfd >= 0)		/* few of those scanned have one */
		close(c->pidfd);
	c->pid = 0;
}

static void
disarm(void)
{
	int i;

	for (i = 0; i < ARMED; i++)
		drop(&armed[i]);
	stale = 1;
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

/* Is a the better victim?  Who frees next to nothing comes after all others;
 * then oom_score decides, then what it holds. */
APART
static int
is_worse(const struct candidate *a, const struct candidate *b)
{
	if (a->enough != b->enough)
		return a->enough;
	if (a->score != b->score && (a->enough || a->held_kib == b->held_kib))
		return a->score > b->score;
	return a->held_kib > b->held_kib;
}

/* Could a process of this score find a place among the armed? */
static int
contends(unsigned score)
{
	const struct candidate *last = &armed[ARMED - 1];

	return !last->pid || !last->enough || score > last->score ||
	    score == armed[0].score;
}

static void
arm(struct candidate *c)
{
	int i = ARMED - 1;

	if (armed[i].pid && !is_worse(c, &armed[i])) {
		drop(c);
		return;
	}
	drop(&armed[i]);
	for (; i > 0 && (!armed[i - 1].pid ||
	    is_worse(c, &armed[i - 1])); i--)
		armed[i] = armed[i - 1];
	armed[i] = *c;
}

/* KiB behind a difference of oom_scores: since Linux 5.9 (baseline over 0) a
 * point is 1.5 thousandths of RAM + swap, before that 1 thousandth. */
static long
score_kib(int score)
{
	return (long)((mem.total_kib + mem.swap_total_kib) / 2000) * score *
	    (baseline ? 3 : 2);
}

/* Points of oom_score for memory, as last read; under 0 where oom_score_adj is. */
static long
points_of(const struct candidate *c)
{
	return (long)c->last_score - (long)baseline;
}

/* Since it was armed. */
static int
has_grown(const struct candidate *c)
{
	return c->last_score >= c->score + GROWN;
}

/*
 * Learns the rest about a contender whose oom_score is open.  0, or -1 when it
 * is spared or gone.  The pidfd is opened first, oom_score read again last:
 * score_fd pins the process that it was opened for, so while it still reads,
 * the pid was never another's, and all that was read by pid is this one's.
 */
static int
inspect(char *buf, struct candidate *c)
{
	const char *keys = "VmRSS:\0RssFile:\0VmSwap:";
	enum { RSS, FILES, SWAP, KEYS };
	unsigned long vm[KEYS] = { 0 }, adj;
	off_t at = 0;
	ssize_t n;
	int fd, score, negative;
	unsigned found;

	c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	if (c->pidfd < 0 && errno != ENOSYS && errno != EPERM)
		return -1;
	if (syscall(SYS_kill, c->pid, 0) < 0)
		return -1;		/* another user's, and we aren't root */

	n = read_proc(buf, c->pid, "oom_score_adj");
	negative = *buf == '-';
	if (n <= negative || !parse_long(buf + negative, buf + n, &adj) ||
	    adj > 1000)
		return -1;
	c->score_adj = negative ? -(int)adj : (int)adj;

	n = read_proc(buf, c->pid, "comm");	/* with a newline at its end */
	if (n <= 0 || n > COMM)
		return -1;
	memcpy(c->comm, buf, (size_t)n);
	c->comm[n - 1] = '\0';

	/* status, not smaps_rollup: that takes mmap_lock and may hang */
	fd = open_proc(buf, c->pid, "status", O_RDONLY);
	if (fd < 0)
		return -1;
	/* no Vm lines but an oom_score: a zombie leader, whose threads live
	 * on and hold everything; oom_score is right where status isn't */
	found = read_keys(fd, buf, &at, keys, vm, KEYS);
	close(fd);
	c->rss_kib = vm[RSS];
	c->swap_kib = vm[SWAP];
	c->held_kib = excess_kib(vm[RSS], vm[FILES]) + vm[SWAP];
	c->enough = !found || c->held_kib >= victim_least_kib();

	score = score_now(buf, c->score_fd);
	if (score <= 0 || c->score_adj == -1000 || is_unkillable(c->comm) ||
	    is_stuck(buf, c->pid))
		return -1;
	c->score = c->last_score = (unsigned)score;
	if (!found)
		c->held_kib = (kib)score_kib(score - (int)baseline);
	return 0;
}

/* Does it run no program?  ENOENT says so; EACCES, without CAP_SYS_PTRACE, says
 * nothing, and it is asked again with each scan. */
static int
is_without_mm(char *buf, pid_t pid)
{
	int fd = open_proc(buf, pid, "exe", O_PATH);

	if (fd < 0)
		return errno == ENOENT;
	close(fd);
	return 0;
}

/* A majority vote (Boyer and Moore's): a group that has more than half of all
 * points leads in the end, whatever the order.  Who leads has at least its
 * lead, in processes that were counted.  0 and 1 are no group: init's children
 * share it that didn't call setsid.  Points under 0, by oom_score_adj, would be
 * a vote for whoever leads. */
static void
vote(pid_t pgid, long points)
{
	if (pgid <= 1 || points < 0)
		return;
	if (pgid != crowd.pgid) {
		crowd.lead -= points;
		if (crowd.lead >= 0)
			return;
		crowd.pgid = pgid;
		crowd.members = crowd.points = 0;
		crowd.lead = -crowd.lead - points;
	}
	crowd.members++;
	crowd.points += points;
	crowd.lead += points;
}

/* Four system calls for a process that is no contender. */
static void
consider(char *buf, pid_t pid, unsigned above)
{
	struct candidate c = { .pid = pid, .pidfd = -1 };
	int score;

	if (pid < RESERVED_PIDS && without_mm[pid])
		return;
	c.score_fd = open_proc(buf, pid, "oom_score", O_RDONLY);
	if (c.score_fd < 0)
		return;			/* gone meanwhile, or EMFILE */
	score = score_now(buf, c.score_fd);
	if (score > 0)
		vote(c.pgid = group_of(pid), score - (int)baseline + 2);
	/* a kernel thread, or a process that has ended, has nothing mapped */
	else if (pid < RESERVED_PIDS && !score)
		without_mm[pid] = is_without_mm(buf, pid);
	/* 0: a kernel thread, a zombie, PID 1, or oom_score_adj -1000 */
	if (score > (int)above && contends((unsigned)score) &&
	    inspect(buf, &c) == 0)
		arm(&c);
	else
		drop(&c);
}

/* The pids of a getdents64(2) batch, at most BATCH of them; names that aren't
 * numbers, 0, 1 and self are left out.  Copied, since the buffer is needed
 * for what is read of each.  A record is d_ino, d_off (8 bytes each),
 * d_reclen (2), d_type (1) and the name. */
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

/* Arms the worst processes whose oom_score is above a given one.  0, or -1
 * with errno. */
static int
scan(char *buf, unsigned above)
{
	const pid_t self = getpid();
	pid_t pid[BATCH];
	msec start = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
	ssize_t len;
	int n, i;

	disarm();
	memset(&crowd, 0, sizeof(crowd));
	if (syscall(SYS_lseek, proc_fd, 0L, 0L, buf, 0L) < 0)
		return -1;
	while ((len = syscall(SYS_getdents64, proc_fd, buf, BUF)) > 0) {
		n = batch_pids(buf, len, pid, self);
		for (i = 0; i < n; i++)
			consider(buf, pid[i], above);
	}
	stale = len < 0;
	armed_least = above;
	if (armed[ARMED - 1].pid && armed[ARMED - 1].enough)
		armed_least = armed[ARMED - 1].score;
	armed_left_kib = left_kib();
	checked_kib = headroom_kib();
	armed_ms = now_ms();
	scan_ms = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - start;
	return (int)len;
}

/* Do the many small processes of one group hold more than c does, which may be
 * an empty slot?  A fork storm: nobody else's end would help.  Not our own
 * group. */
static int
is_crowd(const struct candidate *c)
{
	return !opt.dry_run && crowd.members >= CROWD &&
	    crowd.points < crowd.members * CROWD_POINTS &&
	    (!c->pid || crowd.lead > points_of(c)) &&
	    crowd.pgid != group_of(0);
}

/* The victim where somebody else leaks: while v hasn't grown since it was armed,
 * the worst of those that have, if it and who grows in its process group hold
 * half as much as v.  Or, since right after a scan nobody has grown, the worst
 * of the others, if it and who is armed of its group hold more than v, and that
 * group leads the vote.  Else v. */
static struct candidate *
who_leaks(struct candidate *v)
{
	struct candidate *c = armed, *worst = NULL, *grower = NULL;
	const long held = points_of(v);
	long points = 0, grown = 0;

	if (has_grown(v))
		return v;
	for (; c < armed + ARMED && c->pid; c++) {
		if (c == v || !c->enough)
			continue;
		if (!worst)
			worst = c;
		if (c->pgid == crowd.pgid)
			points += points_of(c);
		if (!has_grown(c))
			continue;
		if (!grower)
			grower = c;
		if (c->pgid == grower->pgid)
			grown += points_of(c);
	}
	if (grower && grown > held / 2)
		return grower;
	return worst && points > held && crowd.pgid > 1 &&
	    worst->pgid == crowd.pgid && v->pgid != crowd.pgid ? worst : v;
}

/* Those that hold VICTIM_MIN; when there is nobody, and it isn't a fork storm
 * either, those that hold anything, then the others. */
static int
scan_all(char *buf)
{
	const long least = (long)victim_least_kib();
	unsigned above;
	int points = 0, failed;

	/* VICTIM_MIN in points, rounded down: 6.7 per percent, 10 once */
	while (points < VICTIM_MIN * 6 && score_kib(points + 2) < least)
		points++;
	above = baseline + (unsigned)points;
	for (;;) {
		failed = scan(buf, above);
		if (armed[0].pid || !above || is_crowd(armed))
			break;
		above = above > baseline ? baseline : 0;
	}
	if (opt.verbose && armed[0].pid)
		say(buf, INFO, "armed pid=%d comm=%.15s oom_score=%u "
		    "available_kib=%lu", armed[0].pid, armed[0].comm,
		    armed[0].score, mem.available_kib);
	return failed;
}

/* An armed process has ended: what it held is expected back. */
static void
disarm_one(int i)
{
	struct candidate *c = &armed[i];

	armed_left_kib += c->held_kib;
	for (drop(c); c < &armed[ARMED - 1]; c++)
		*c = c[1];
	c->pid = 0;
	stale = 1;
}

/*
 * The armed victim, if it surely is the worst one still, read on descriptors
 * that are open; else NULL.  Who wasn't armed held less than the least of the
 * armed, and can since have eaten at most what is missing from memory and
 * isn't explained by the armed ones' own growth (and the low watermark, by
 * which is_dip() may have corrected it); the same goes for a group, which may be
 * a fork storm that has only begun.  In a livelock, where a scan may take
 * seconds, one that grew along with others will do: with it qemu/bench livelock
 * is at its signal in 45 us, without it in 15 ms to 1 s.
 * *dying gets the index of one whose oom_score has gone, or stays.
 */
static struct candidate *
armed_victim(char *buf, int *dying)
{
	struct candidate *best = NULL;
	const long gone = (long)(armed_left_kib - left_kib());
	long missing = gone, least = armed_least;
	int i;

	for (i = 0; i < ARMED && armed[i].pid; i++) {
		int score = score_now(buf, armed[i].score_fd);

		missing -= score_kib((score > 0 ? score : (int)baseline) -
		    (int)armed[i].score);
		if (score <= 0) {
			*dying = i;
			continue;
		}
		armed[i].last_score = (unsigned)score;
		if (!best || armed[i].enough > best->enough ||
		    (armed[i].enough == best->enough &&
		    armed[i].last_score > best->last_score))
			best = &armed[i];
	}
	if (!best || !best->enough)
		return NULL;
	if (crowd.pgid != best->pgid && least < crowd.lead + (long)baseline)
		least = crowd.lead + (long)baseline;
	if (missing <= score_kib((int)(best->last_score - least)))
		return best;
	return live_centi >= (unsigned long)opt.psi_centi / 2 &&
	    score_kib((int)best->last_score - (int)best->score) >= gone / 16 ?
	    best : NULL;
}

/* Memory is getting short.  Scans now, while /proc can still be read fast:
 * when an armed one has ended or all are old, or half of what was left is gone
 * and who is armed doesn't explain it; never more than a hundredth of the time
 * unless memory is falling.  Who found nobody, for all are spared, looks again
 * in a second. */
static void
arm_early(char *buf, msec now)
{
	kib room = headroom_kib();
	msec age = now - armed_ms;
	int falling = room <= checked_kib / 2 &&
	    checked_kib - room > mem.total_kib / 128, dying;

	if (age < (scan_ms + 1) * (falling ? 4 : 100))
		return;
	if (falling) {
		learn(buf);
		read_available(buf);	/* what was measured is by the old one */
		checked_kib = room = headroom_kib();
	}
	if (stale || age > (armed[0].pid ? AGE_MS : NOBODY_MS) ||
	    (falling && !armed_victim(buf, &dying))) {
		scan_all(buf);
	} else if (left_kib() > armed_left_kib) {
		armed_left_kib = left_kib();
		checked_kib = room;
	}
}

/* the kill */

/* Sends sig to the victim, by its pidfd where it has one; with -g to its
 * process group.  pgid 0 and 1 (children of an init that didn't call setsid)
 * and our own group are never signalled.  By pid only what score_fd shows to
 * be the same process still.  -1 with errno. */
static int
send_signal(char *buf, const struct candidate *v, int sig)
{
	pid_t pgid = opt.kill_group ? group_of(v->pid) : 0;
	int to_group = pgid > 1 && pgid != group_of(0);

	if (!to_group && v->pidfd >= 0) {
		if (syscall(SYS_pidfd_send_signal, v->pidfd, sig, NULL, 0) == 0)
			return 0;
		if (errno == ESRCH)
			return -1;
	}
	if (score_now(buf, v->score_fd) < 0) {
		errno = ESRCH;
		return -1;
	}
	return (int)syscall(SYS_kill, to_group ? -pgid : v->pid, sig);
}

/* Waits up to SLICE_MS for the victim to be gone: the whole thread group dead,
 * reaped or not.  Without a pidfd oom_score tells it: no memory, no score. */
static int
is_gone(char *buf, const struct candidate *v)
{
	struct pollfd p = { v->pidfd, POLLIN, 0 };

	if (v->pidfd < 0 && score_now(buf, v->score_fd) <= 0)
		return 1;
	wait_ms(&p, 1, SLICE_MS);
	return p.revents & POLLIN;
}

/* Frees a dying victim's pages on our own time, which nobody else gets then:
 * it may be stuck in a D state, or get no CPU.  EINVAL before the SIGKILL is
 * there, EAGAIN where not all could be freed: so it is asked again with each
 * look.  It waits for whoever has mmap_lock for writing, so not at once. */
static void
reap(const struct candidate *v)
{
	if (v->pidfd >= 0 && !without_mrelease &&
	    syscall(SYS_process_mrelease, v->pidfd, 0) < 0 && errno == ENOSYS)
		without_mrelease = 1;
}

static void
remember_stuck(struct candidate *v)
{
	static int next;

	if (stuck[next].pid)
		close(stuck[next].score_fd);
	stuck[next].pid = v->pid;
	stuck[next].score_fd = v->score_fd;
	v->score_fd = -1;		/* its owner has changed */
	next = (next + 1) % STUCK;
}

/* Ends the victim: SIGTERM, or SIGKILL at once where the floor is reached;
 * then SIGKILL when the grace is over or the floor is.  *sent gets a bit per
 * signal.  1 when it is gone, 0 when it is stuck, -1 with errno when it can't
 * be signalled. */
static int
end_victim(char *buf, const struct candidate *v, int *sent)
{
	int sig = is_below(opt.kill_centi) || !opt.grace_ms ? SIGKILL : SIGTERM;
	msec since;

	for (;; sig = SIGKILL) {
		if (send_signal(buf, v, sig) < 0)
			return *sent && errno == ESRCH ? 1 : -1;
		*sent |= sig == SIGTERM ? 1 : 2;
		since = now_ms();
		for (;;) {
			msec waited = now_ms() - since;

			if (sig == SIGKILL && waited >= REAP_MS)
				reap(v);
			if (is_gone(buf, v))
				return 1;
			if (sig == SIGKILL) {
				if (waited > STUCK_MS)
					return 0;
			} else if (waited >= (msec)opt.grace_ms ||
			    (measure(buf) == 0 && is_below(opt.kill_centi))) {
				break;
			}
		}
	}
}

/* Measures afresh: is the memory back that this rule missed? */
static int
is_back(char *buf, enum verdict rule)
{
	return measure(buf) == 0 && !is_below(opt.available_centi) &&
	    (rule == EXHAUSTED || mem.available_kib > stall_limit_kib());
}

#define NO_SYSRQ "not root, or no CONFIG_MAGIC_SYSRQ?"

static void
hold(void)
{
	held = 1;
	held_ms = now_ms();
}

/* No kill helps.  Once per HOLD_MS: say so, and do what may be done instead. */
static void
last_resort(char *buf, const char *why)
{
	static const char *const next[] = {
		"waiting", "asking the kernel", "rebooting"
	};

	hold();
	futile = 0;
	say(buf, WARN, "no process to kill: %s; available_kib=%lu "
	    "swap_free_kib=%lu shmem_kib=%lu; %s",
	    why, mem.available_kib, mem.swap_free_kib,
	    mem.shmem_kib, next[opt.dry_run ? NONE : opt.last_resort]);
	if (opt.dry_run)
		return;
	if (opt.last_resort == OOM && syscall(SYS_write, sysrq_fd, "f", 1L) < 0)
		warn(buf, "/proc/sysrq-trigger", NO_SYSRQ);
	if (opt.last_resort == REBOOT && syscall(SYS_reboot, 0xfee1dead,
	    0x28121969, 0x01234567, NULL) < 0)
		warn(buf, "reboot", "no CAP_SYS_BOOT?");
}

/* After a kill: what was armed is stale, and pressure starts at nothing, so
 * that old stall can't kill a second process.  RETRY that gave nothing back are
 * enough. */
__attribute__((always_inline))	/* smaller */
static inline void
settle(char *buf, int has_helped)
{
	disarm();
	start_window(buf);
	if (has_helped)
		futile = 0;
	else if (++futile >= RETRY)
		last_resort(buf, "kills gave nothing back");
}

/* Nobody to kill, and why.  A scan may fail for a moment, so only when it stays
 * so for NOBODY_MS is it time for the last resort. */
static void
nobody(char *buf, msec now, const char *why)
{
	static msec since_ms, last_ms;

	if (now - last_ms > NOBODY_MS)
		since_ms = now;
	last_ms = now;
	if (now - since_ms >= NOBODY_MS)
		last_resort(buf, why);
}

/* Does tmpfs (or other shared memory, which sysinfo(2) counts with it) hold
 * twice as much as the victim, or four times if that one has grown since it was
 * armed, so that its end wouldn't help?  Such memory outlives who filled it.
 * What of it is in swap no file tells: all that is there, but no more than was
 * in RAM lately. */
static int
is_in_tmpfs(const struct candidate *v)
{
	long held = (long)v->held_kib +
	    score_kib((int)v->last_score - (int)v->score);
	kib shmem = mem.swap_total_kib - mem.swap_free_kib;

	if (shmem > shmem_most_kib)
		shmem = shmem_most_kib;
	shmem += mem.shmem_kib;
	return held < (long)(has_grown(v) ? shmem / 4 : shmem / 2);
}

/* An armed process is about to end by itself: exit_mm() takes its oom_score
 * away before it frees a page, so its memory may come yet, and nobody else has
 * to die for it. */
static void
await_end(char *buf, int i, msec start)
{
	while (!is_gone(buf, &armed[i]) && now_ms() - start < SETTLE_MS)
		;
	disarm_one(i);
}

/* Ends a fork storm whole, by SIGKILL: no fork can escape it, and a handler
 * would need memory.  Waits for what it held.  0 where it may not be ended, or
 * it holds less than a quarter of what tmpfs does. */
static int
end_crowd(char *buf, enum verdict rule, msec start)
{
	int back = 0, i;

	if (score_kib((int)crowd.points) < (long)(mem.shmem_kib / 4) ||
	    (syscall(SYS_kill, -crowd.pgid, SIGKILL) < 0 && errno != ESRCH))
		return 0;
	for (i = 0; i < STUCK_MS / SLICE_MS && !(back = is_back(buf, rule)); i++)
		wait_ms(NULL, 0, SLICE_MS);
	say(buf, WARN, "killed pgid=%d processes=%lu signal=KILL back=%s ms=%lu",
	    crowd.pgid, (unsigned long)crowd.members, back ? "yes" : "no",
	    now_ms() - start);
	killed++;
	settle(buf, back);
	return 1;
}

/* Ends one process and waits for its memory.  Measures again once it has
 * scanned, since that may have taken long. */
static void
relieve(char *buf, enum verdict rule, msec start)
{
	static const char *const signal[] = { "none", "TERM", "KILL",
	    "TERM+KILL" };
	static msec warned_ms;
	struct candidate *v;
	kib most = 0, was = left_kib(), available, swap_free;
	int gone = 1, sent = 0, back = 0, dying = -1, i;

	if (held && start - held_ms < HOLD_MS)
		return;
	held = 0;
	v = armed_victim(buf, &dying);
	if (dying >= 0) {
		await_end(buf, dying, start);
		return;
	}
	if (!v || is_crowd(v)) {
		/* others want the CPU, too: in a fork storm most of all */
		if (start - armed_ms < scan_ms)
			return;
		scan_all(buf);
		v = armed;		/* the worst, or an empty slot */
		if (!is_crowd(v))	/* a storm leaves no time for it */
			wait_ms(NULL, 0, SLICE_MS); /* for who is dying */
		if (is_back(buf, rule) || left_kib() > was + mem.total_kib / 64)
			return;		/* somebody frees memory meanwhile */
	}
	if (is_crowd(v) && end_crowd(buf, rule, start))
		return;
	if (v->pid)
		v = who_leaks(v);
	if (!v->pid || is_in_tmpfs(v)) {
		nobody(buf, start, v->pid ? "tmpfs holds it" :
		    "all are spared");
		return;
	}
	available = mem.available_kib;
	swap_free = mem.swap_free_kib;
	if (!opt.dry_run) {
		gone = end_victim(buf, v, &sent);
		if (gone < 0) {
			if (errno != ESRCH && is_due(&warned_ms, start))
				warn(buf, "kill", "tried again");
			return;		/* ended by itself, if it is ESRCH */
		}
		/* not for long where others eat what comes back */
		for (i = 0; i < SETTLE_MS / SLICE_MS; i++) {
			back = is_back(buf, rule);
			if (most < left_kib())
				most = left_kib();
			if (back || !gone ||
			    (i > 1 && is_below(opt.kill_centi)))
				break;
			wait_ms(NULL, 0, SLICE_MS);
		}
		killed += (unsigned)gone;
	}
	say(buf, WARN, "%s pid=%d comm=%.15s oom_score=%u oom_score_adj=%d "
	    "rss_kib=%lu swap_kib=%lu reason=%s available_kib=%lu "
	    "swap_free_kib=%lu psi=%u.%02u signal=%s back=%s ms=%lu",
	    opt.dry_run ? "would kill" : gone ? "killed" : "stuck",
	    v->pid, v->comm, v->last_score, v->score_adj, v->rss_kib,
	    v->swap_kib, rule == STALLED ? "stalled" : "exhausted",
	    available, swap_free, CENTI(live_centi), signal[sent],
	    back ? "yes" : "no", now_ms() - start);
	if (opt.dry_run) {
		hold();
		return;
	}
	if (!gone)
		remember_stuck(v);
	settle(buf, back || (v->enough && most > was + v->held_kib / 4));
}

/* the loop */

/* How much stall it takes, in hundredths of a percent: CUTOFF_PSI, and while
 * swap is at its floor the less the less is available, from the middle between
 * STALL_AVAILABLE and the floor down to a quarter just above it.  For PSI
 * counts only the refault of pages that were in use more than once: when a
 * working set no longer fits at all, it falls to a few percent again, with
 * readers at a fiftieth of their rate. */
static unsigned long
cutoff_centi(void)
{
	const unsigned long full = (unsigned long)opt.psi_centi;
	kib floor = percent_kib(mem.total_kib, opt.available_centi);
	kib middle = (stall_limit_kib() + floor) / 2;
	unsigned long part;

	if (mem.available_kib >= middle || mem.available_kib < floor ||
	    !is_swap_low())
		return full;
	part = (mem.available_kib - floor) * 64 / (middle - floor) * full / 64;
	return part < full / 4 ? full / 4 : part;
}

/* Do the armed ones grow so fast that memory will be exhausted soon?  Then,
 * where there is no swap to thrash until then, that rule is to act, with less
 * left: it may be the stall of their growing, which ends with it.  By
 * oom_score, since what is available jumps while a working set is read again.
 * Yes, while it is too early to tell. */
static int
is_soon_exhausted(char *buf, msec now)
{
	static msec since_ms, of_ms;
	static int is_soon;
	msec age = now - since_ms;
	int points = 0, i, score;

	if (of_ms == armed_ms && age < RECENT_MS)
		return is_soon;
	for (i = 0; i < ARMED && armed[i].pid; i++) {
		score = score_now(buf, armed[i].score_fd);
		if (score >= armed[i].recent_score + GROWN)
			points += score - armed[i].recent_score;
		armed[i].recent_score = score;
	}
	is_soon = of_ms != armed_ms || age > 4 * RECENT_MS ? (i > 0) | stale :
	    (long)(headroom_kib() / SOON_MS * age) < score_kib(points);
	of_ms = armed_ms;
	since_ms = now;
	return is_soon;
}

/*
 * Is more available than MemAvailable tells?  Then mem has that.  It dips by a
 * tenth of a small machine's RAM, for some ms at a time, while
 * watermark_boost_factor (Linux 5.0) has raised each zone's watermarks, by up
 * to 1.5 times the high one, or a pageblock: si_mem_available() takes the low
 * one off of file pages and again off of reclaimable slab, at most half of
 * each.  So what counts is free RAM and file pages, less the reserve as it was
 * learnt.  The low watermark is off of slab in that, too: about a quarter of
 * the reserve, which has the high one, 1.2 times the low one, and twice the low
 * one in it.  Half of it is put back: the kernel's OOM killer goes by what is
 * raised as well (min_wmark_pages() in should_reclaim_retry(),
 * mm/page_alloc.c), and on 64 MB comes with 5.0 MB free and no file pages;
 * qemu/bench benign is well with 6.5 of both, and this line is at 5.9.  Not in
 * a fork storm, which is faster than we look.
 */
static int
is_dip(char *buf)
{
	enum { FILES_AT = 280 };	/* ten lines of 28 bytes are before */
	kib v[2], real, half = reserve_kib / 8;
	off_t at = FILES_AT;

	if (is_crowd(armed) ||
	    read_keys(meminfo_fd, buf, &at, keys.files, v, 2) != 3)
		return 0;
	if (half > pinned_kib / 4)
		half = pinned_kib / 4;
	real = excess_kib(mem.free_kib + v[0] + v[1] + half - cma_free_kib,
	    reserve_kib);
	if (mem.available_kib < real)
		mem.available_kib = real;
	return !is_below(opt.available_centi);
}

/* Which rule holds, now that the gate is open?  When they stop growing, half of
 * the stall until then counts on: who reads beside them may be well. */
static enum verdict
judge(char *buf, msec now)
{
	static int was_soon;
	const unsigned long cutoff = cutoff_centi();
	unsigned long stall = 0, total_us;

	if (read_psi(buf, &total_us) == 0)
		stall = window_stall_us(now, total_us);
	live_centi = stall * 10 / STALL_WINDOW_MS;
	if (is_below(opt.available_centi) && !is_dip(buf))
		return EXHAUSTED;
	if (live_centi < cutoff || !is_little_free() ||
	    mem.available_kib > stall_limit_kib())
		return FINE;
	if (is_swap_low() && is_soon_exhausted(buf, now)) {
		was_soon = 1;
		return FINE;
	}
	if (!was_soon)
		return STALLED;
	was_soon = 0;
	window = (struct window){ now, total_us, stall / 2 };
	return FINE;
}

/* One look at the machine.  Returns for how many ms nothing can happen. */
static msec
look(char *buf)
{
	static msec warned_ms;
	msec now, ms;
	enum verdict rule;

	if (read_sysinfo() < 0)
		goto blind;
	is_guarding = !plainly_enough();
	/* with half of RAM free it doesn't matter how old the reserve is */
	now = is_guarding || mem.free_kib <= mem.total_kib / 2 ? now_ms() :
	    learnt_ms;
	/* eight times as often while memory is short */
	if ((now - learnt_ms) << is_guarding * 3 >= LEARN_MS) {
		/* it may be raised (vm.min_free_kbytes): believed bit by bit */
		reserve_kib = is_guarding ? reserve_kib + mem.total_kib / 128 :
		    LONG_MAX;
		learn(buf);
		is_guarding = !plainly_enough();
	}
	if (!is_guarding) {
		mem.available_kib = least_available_kib();
		futile = 0;
		if (armed[0].pid)
			disarm();
		return sleep_ms();
	}
	read_cma(buf);
	if (read_available(buf) < 0)
		goto blind;
	rule = judge(buf, now);
	if (rule != FINE) {
		relieve(buf, rule, now);
		return held ? BLIND_MS : SLEEP_MIN_MS;
	}
	/* in a livelock a scan may take seconds: what is armed must do */
	if (mem.available_kib <= stall_limit_kib() + mem.total_kib / 10 &&
	    (!armed[0].pid || live_centi < (unsigned long)opt.psi_centi / 2))
		arm_early(buf, now);
	ms = sleep_ms();
	if (psi_fd >= 0 && mem.available_kib <= stall_limit_kib() &&
	    ms > STALL_WINDOW_MS / 10)
		ms = STALL_WINDOW_MS / 10;
	return ms;
blind:
	if (is_due(&warned_ms, now_ms()))
		warn(buf, "/proc/meminfo", "is /proc gone?");
	return BLIND_MS;
}

static const char *
psi_mode(void)
{
	return psi_fd < 0 ? "none" : "yes";
}

static void
status(char *buf)
{
	int i, n = 0;

	measure(buf);
	for (i = 0; i < ARMED; i++)
		n += armed[i].pid != 0;
	say(buf, INFO, "status available_kib=%lu free_kib=%lu "
	    "swap_free_kib=%lu psi=%s psi_live=%u.%02u armed=%d killed=%u",
	    mem.available_kib, mem.free_kib, mem.swap_free_kib, psi_mode(),
	    CENTI(live_centi), n, killed);
}

/* Sleeps for ms, or until an armed process ends.  That can't make the loop
 * spin: who is dead is disarmed. */
static void
wait_armed(msec ms)
{
	struct pollfd p[ARMED];
	int n, i;

	for (n = 0; n < ARMED && armed[n].pid; n++)
		p[n] = (struct pollfd){ armed[n].pidfd, POLLIN, 0 };
	if (wait_ms(p, (nfds_t)n, ms) <= 0)
		return;
	for (i = n - 1; i >= 0; i--)
		if (p[i].revents)
			disarm_one(i);
}

/* Until SIGTERM or SIGINT, which it returns, for they may have to wait for the
 * end of a sleep. */
static int
guard(char *buf)
{
	msec ms;
	int sig;

	for (;;) {
		ms = look(buf);
		sig = wait_signal(is_guarding ? 0 : ms);
		if (sig == SIGUSR1)
			status(buf);
		else if (sig)
			return sig;
		if (is_guarding)
			wait_armed(ms);
	}
}

/* start-up */

/* An open that isn't ours to choose must not land on 0-2, where somebody
 * would write to it. */
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

	proc_fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!parse_long(buf, buf + syscall(SYS_readlinkat, proc_fd, "self", buf,
	    BUF), &pid) || (pid_t)pid != getpid())
		return -1;
	meminfo_fd = open_proc(buf, 0, "meminfo", O_RDONLY);
	return meminfo_fd < 0 ? -1 : 0;
}

/* Opens /proc, or, where none of ours is mounted, a procfs that needs no mount
 * point (Linux 5.2, CAP_SYS_ADMIN).  -1 with errno. */
static int
open_proc_root(char *buf)
{
	int fs, root, failed = -1;

	if (open_root(buf, AT_FDCWD, "/proc") == 0)
		return 0;
	close(proc_fd);			/* an empty directory, or -1 */
	fs = (int)syscall(SYS_fsopen, "proc", 1 /* FSOPEN_CLOEXEC */);
	if (fs < 0)
		return -1;
	if (syscall(SYS_fsconfig, fs, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL,
	    0) == 0) {
		/* an O_PATH one, which can't be listed; it stays open, for
		 * the mount goes with it */
		root = (int)syscall(SYS_fsmount, fs, 1 /* FSMOUNT_CLOEXEC */,
		    0);
		failed = open_root(buf, root, ".");
	}
	close(fs);
	return failed;
}

/* Sets our own oom_score_adj to -1000; on the way, at 0, learns the oom_score
 * of a process that holds next to nothing: 666 since Linux 5.9, which maps
 * 0..2000 to 0..1333, and next to 0 before.  Who may not set it keeps what a
 * supervisor gave: below 0 that hides the 666, above it all that we may end
 * have it, too. */
static void
protect_score(char *buf)
{
	int fd = open_proc(buf, 0, "self/oom_score_adj", O_WRONLY);
	int score_fd = open_proc(buf, 0, "self/oom_score", O_RDONLY), score;

	if (syscall(SYS_write, fd, "-1000", 5L) < 0)
		warn(buf, "/proc/self/oom_score_adj", "no CAP_SYS_RESOURCE? "
		    "the kernel may kill it");
	else
		syscall(SYS_write, fd, "0", 1L);
	score = score_now(buf, score_fd);
	if (score > 64)		/* less may be our own pages, before 5.9 */
		baseline = score < 667 ? 667 : (unsigned)score + 1;
	syscall(SYS_write, fd, "-1000", 5L);
	close(score_fd);
	close(fd);
}

/* A SCHED_FIFO task may dip into the kernel's reserve and waits for no CPU.
 * musl's sched_setscheduler() is a stub that says ENOSYS: the raw call. */
static void
protect_priority(char *buf)
{
	int priority = RT_PRIORITY;

	if (RT_PRIORITY && syscall(SYS_sched_setscheduler, 0, SCHED_FIFO,
	    &priority) < 0 && syscall(SYS_setpriority, 0, 0, -20) < 0)
		warn(buf, "sched_setscheduler", "no CAP_SYS_NICE? waits for "
		    "the CPU like all");
}

/* Every page that we will ever touch is locked and resident before the first
 * wait: mlock(2) faults in the image, page by page since its segments may have
 * holes between them, and the stack from as deep as it goes up to its last
 * string.  mlockall(2) would bring in 132 KiB of stack and the vdso. */
static void
protect_memory(char *buf, char **envp)
{
	enum { STACK = 2560 };	/* test/invariants shows what is used */
	enum { PAGE = 4096 };	/* a larger one is locked some times over */
	extern char __executable_start[], _end[];
	const unsigned long *aux;
	uintptr_t p = (uintptr_t)buf - STACK;
	int failed, last = 0;

	while (*envp++)
		;		/* what the kernel tells lies behind them */
	for (aux = (const void *)envp; *aux && *aux != AT_EXECFN; aux += 2)
		;
	failed = (int)syscall(SYS_mlock, p, aux[1] - p);
	for (p = (uintptr_t)__executable_start; p < (uintptr_t)_end; p += PAGE)
		last = (int)syscall(SYS_mlock, p, 1L);
	if (failed | last)	/* but in a hole, ENOMEM is the limit */
		warn(buf, "mlock", "RLIMIT_MEMLOCK under 64 KiB? may be "
		    "swapped");
}

/*
 * Gives up every system call but those of the loop, and openat for anything
 * but reading: seccomp's filter, as in linux/filter.h and linux/seccomp.h,
 * which not every libc has.  What isn't allowed fails with ENOSYS, as where
 * the kernel doesn't have it: who guards memory is the last to die.  A number
 * means another call in another ABI of the same machine, so the architecture
 * (AUDIT_ARCH_* of linux/audit.h) is checked first, made of e_machine in our
 * own ELF header; x32 and n32 have more in theirs: nothing for those.
 */
static void
filter_calls(char *buf)
{
	enum { LOAD = 0x20, JEQ = 0x15, JSET = 0x45, RET = 0x06 };
	enum { NR = 0, ARCH = 4, FLAGS_ARG = 32, E_MACHINE = 18, FIRST = 6 };
	enum { BIG = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ };
	static const unsigned short by_last_resort[] = {
		SYS_close, SYS_write, SYS_reboot
	};
	static const unsigned short allowed[] = {
		SYS_clock_gettime, SYS_sysinfo, SYS_pread64, SYS_ppoll,
		SYS_close, SYS_getdents64, SYS_lseek, SYS_getpid, SYS_kill,
		SYS_getpgid, SYS_pidfd_open, SYS_pidfd_send_signal,
		SYS_process_mrelease, SYS_rt_sigtimedwait, SYS_writev,
		SYS_nanosleep,
		SYS_restart_syscall,	/* nanosleep after a SIGSTOP, SIGCONT */
		SYS_exit_group, 0
	};
	enum { N = sizeof(allowed) / sizeof(*allowed), DENY = FIRST + N };
	extern char __executable_start[];
	struct insn {
		uint16_t code;
		uint8_t yes, no;	/* how many to skip */
		uint32_t k;
	} f[DENY + 2] = {
		{ LOAD, 0, 0, ARCH },
		{ JEQ, 0, DENY - 2, 0 },
		{ LOAD, 0, 0, NR },
		{ JEQ, 0, 2, SYS_openat },
		{ LOAD, 0, 0, FLAGS_ARG + 4 * BIG },
		{ JSET, DENY - FIRST, DENY - FIRST + 1, O_WRONLY | O_RDWR |
		    O_CREAT | O_TRUNC },	/* musl's O_ACCMODE has O_PATH */
	};
	struct { unsigned short n; struct insn *f; } program = { DENY + 2, f };
	uint16_t machine;
	int i;

	memcpy(&machine, __executable_start + E_MACHINE, sizeof(machine));
	f[1].k = machine | (sizeof(long) == 8 ? 1u << 31 : 0);
	if (!BIG || machine == EM_ARM || machine == EM_AARCH64)
		f[1].k |= 1u << 30;	/* little; for these two always */
	for (i = 0; i < N; i++)
		f[FIRST + i] = (struct insn){ JEQ, (uint8_t)(N - i), 0,
		    i < N - 1 ? allowed[i] : by_last_resort[opt.last_resort] };
	f[DENY] = (struct insn){ RET, 0, 0, 0x00050000 | ENOSYS };
	f[DENY + 1] = (struct insn){ RET, 0, 0, 0x7fff0000 /* ALLOW */ };
	if (syscall(SYS_prctl, 38 /* PR_SET_NO_NEW_PRIVS */, 1L, 0L, 0L, 0L) < 0
	    || syscall(SYS_prctl, 22 /* PR_SET_SECCOMP */, 2 /* _FILTER */,
	    &program) < 0)
		warn(buf, "seccomp", "no CONFIG_SECCOMP_FILTER? goes on with "
		    "all system calls");
}

/* Tries what an emergency will need, so that what is missing is known now,
 * and says so, each in a line with its cure. */
static void
rehearse(char *buf)
{
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	if (fd < 0 || syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0) < 0)
		warn(buf, "pidfd", "Linux before 5.3? signals go by pid");
	/* without a SIGKILL pending EINVAL is the right answer */
	if (syscall(SYS_process_mrelease, fd, 0) < 0 && errno == ENOSYS) {
		without_mrelease = 1;
		warn(buf, "process_mrelease", "Linux before 5.15?");
	}
	close(fd);
	if (syscall(SYS_faccessat, proc_fd, "1", F_OK) < 0)
		warn(buf, "/proc/1", "hidepid=2? sees own processes only");
	if (syscall(SYS_kill, 1, 0) < 0 && errno == EPERM)
		warn(buf, "kill", "no CAP_KILL? own processes only");
	learn(buf);
	if (measure(buf) < 0 || scan(buf, baseline) < 0)
		warn(buf, "rehearsal", "no MemAvailable: Linux before 3.14?");
}

/* Goes on in a child without a terminal; the parent ends with status 0.  By
 * the raw call: fork(3) brings 2 KB along. */
static void
daemonize(char *buf)
{
	long pid = syscall(SYS_fork, SIGCHLD, 0, 0, 0, 0);

	if (pid < 0)
		warn(buf, "fork", "staying in the foreground");
	if (pid > 0)
		_exit(0);
	syscall(SYS_setsid);
	syscall(SYS_chdir, "/");	/* else it keeps a file system busy */
}

static void
close_stdio(void)
{
	int fd = openat(AT_FDCWD, "/dev/null", O_RDWR), i;

	/* dup2(2) isn't everywhere */
	for (i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		syscall(SYS_dup3, fd, i, 0);
	close(fd);
}

/* flags */

enum { PERCENT, MILLISECONDS, CHOICE, LIST, SWITCH, OFF, HELP, ABOUT };

static const struct flag {
	unsigned char kind;
	unsigned char at;		/* of its value in struct options */
	unsigned short least, most;	/* of CHOICE: the first one's value */
} flags[] = {
#define AT(member) offsetof(struct options, member)
	{ HELP, 0, 0, 0 },
	{ ABOUT, 0, 0, 0 },
	{ OFF, AT(daemonize), 0, 0 },
	{ SWITCH, AT(verbose), 0, 0 },
	{ SWITCH, AT(kill_group), 0, 0 },
	{ SWITCH, AT(dry_run), 0, 0 },
	{ PERCENT, AT(psi_centi), 100, 10000 },
	{ PERCENT, AT(free_centi), 100, 10000 },
	{ PERCENT, AT(available_centi), 1, 9000 },
	{ PERCENT, AT(swap_centi), 0, 10000 },
	{ PERCENT, AT(kill_centi), 0, 9000 },
	{ MILLISECONDS, AT(grace_ms), 0, 60000 },
	{ LIST, AT(unkillables), 0, 0 },
	{ CHOICE, AT(log), LOG_STDERR, 0 },
	{ CHOICE, AT(last_resort), NONE, 0 },
};

/* What --help prints.  From the third line on it has one for each of the flags,
 * in their order, where their letters, names and choices are looked up.  Not
 * const: bad_flag() cuts one off. */
enum { TITLE_LINES = 2, LETTER_AT = 1, NAME_AT = 5, LONGEST_NAME = 11 };

static char usage[] =
    "bustd " VERSION "\n"
    "out-of-memory killer\n"
    "-h --help\n"
    "-v --version\n"
    "-n --no-daemon\t\tstay in the foreground\n"
    "-V --verbose\t\tsay more\n"
    "-g --kill-group\t\tend the victim's process group\n"
    "-d --dry-run\t\tchoose and log, never signal\n"
    "-p --psi PERCENT\tstalled: time lost waiting for memory, 1 to 100\n"
    "-f --free PERCENT\tstalled: free RAM at most, 1 to 100\n"
    "-a --available PERCENT\texhausted: MemAvailable at most, 0.01 to 90\n"
    "-s --swap PERCENT\texhausted: and SwapFree at most, 0 to 100\n"
    "-k --kill PERCENT\tSIGKILL at once: MemAvailable at most, 0 to 90\n"
    "-t --grace MS\t\tfrom SIGTERM to SIGKILL, 0 to 60000\n"
    "-u --unkillables LIST\tspare 'name|glob*', 15 bytes each, not the built-in\n"
    "-l --log WHERE\t\tstderr|kmsg|both\n"
    "-r --last-resort WHAT\tnone|oom|reboot\n";

static char *
usage_line(const struct flag *f)
{
	char *p = usage;
	long lines = f - flags + TITLE_LINES;

	while (lines)
		lines -= *p++ == '\n';
	return p;
}

/* The flag called s, of len bytes, or NULL. */
static const struct flag *
find_flag(const char *s, size_t len, int is_long)
{
	const struct flag *f = flags;

	for (; f < flags + sizeof(flags) / sizeof(*flags); f++) {
		const char *line = usage_line(f);

		if (is_long ? !memcmp(line + NAME_AT, s, len) &&
		    line[NAME_AT + len] <= ' ' : line[LETTER_AT] == *s)
			return f;
	}
	return NULL;
}

__attribute__((noreturn))
static void
bad_flag(char *buf, const struct flag *f, const char *value)
{
	opt.log = LOG_STDERR;
	if (f) {
		usage_line(f + 1)[-1] = '\0';
		say(buf, INFO, "%s: not for %s", value, usage_line(f));
	} else {
		say(buf, INFO, "%s: no such flag (see --help)", value);
	}
	_exit(EXIT_USAGE);
}

/* Sets one flag's value.  0, or -1 when it is malformed or out of range. */
static int
set_flag(const struct flag *f, const char *value)
{
	int *number = (int *)(void *)((char *)&opt + f->at), i = f->least;
	const char *end, *p = value, *last;
	unsigned long v = 0;

	switch (f->kind) {
	case PERCENT:
	case MILLISECONDS:
		end = value + length(value);
		p = f->kind == PERCENT ? parse_centi(value, end, &v) :
		    parse_long(value, end, &v);
		*number = (int)v;
		return p == end && v >= f->least && v <= f->most ? 0 : -1;
	case CHOICE:
		last = usage_line(f + 1) - 1;
		p = find(usage_line(f), last, '\t');
		for (p += p[1] == '\t' ? 2 : 1; ; p = end + 1, i++) {
			end = find(p, last, '|');
			*number = i;
			if (glob(p, end, value))
				return 0;
			if (end == last)
				return -1;
		}
	case LIST:		/* a longer name than a comm never matches */
		opt.unkillables = value;
		for (; *p; p = *end ? end + 1 : end) {
			end = part_end(p);
			if (end - p >= COMM && find(p, end, '*') == end)
				return -1;
		}
		return 0;
	}
	if (f->kind < HELP)
		*number = f->kind == SWITCH;
	return 0;
}

/* -x, -xVALUE, -x VALUE, -xyz, --name, --name=VALUE, --name VALUE.  An error
 * ends bustd with status 100: a daemon that runs with other limits than asked
 * for would be worse than none. */
static void
parse_flags(char *buf, char **argv)
{
	const struct flag *f;
	const char *arg, *p, *value;
	size_t len, answer = 0;

	while ((arg = *++argv)) {
		int is_long = arg[0] == '-' && arg[1] == '-';

		for (p = arg + 1 + is_long, value = ""; *value == '\0'; p++) {
			for (len = !is_long; is_long && p[len] &&
			    p[len] != '='; len++)
				;
			f = *arg == '-' && len && len <= LONGEST_NAME ?
			    find_flag(p, len, is_long) : NULL;
			if (!f)
				bad_flag(buf, NULL, arg);
			if (f->kind >= HELP)
				answer = f->kind == HELP ? sizeof(usage) - 1 :
				    sizeof("bustd " VERSION);
			p += len - 1;
			if (f->kind >= SWITCH) {
				if (is_long && p[1])
					bad_flag(buf, f, "a value");
			} else {
				value = p + 1 + is_long;
				if (!p[1] && !(value = *++argv))
					bad_flag(buf, f, "(nothing)");
			}
			if (set_flag(f, value) < 0)
				bad_flag(buf, f, value);
			if (!p[1] || f->kind < SWITCH)
				break;
		}
	}
	/* a lower --available takes the built-in --kill along */
	if (opt.kill_centi == KILL_FLOOR * 100 &&
	    opt.kill_centi > opt.available_centi)
		opt.kill_centi = opt.available_centi;
	if (opt.kill_centi > opt.available_centi)
		bad_flag(buf, find_flag("k", 1, 0), "over --available");
	if (opt.daemonize && opt.log == LOG_STDERR)
		bad_flag(buf, find_flag("l", 1, 0), "stderr of a daemon");
	/* not before all flags are known to be right: so init scripts can ask */
	if (answer)
		_exit(syscall(SYS_write, STDOUT_FILENO, usage, answer) !=
		    (long)answer);
}

int
main(int argc, char **argv, char **envp)
{
	_Alignas(8) char buf[BUF];	/* the kernel writes records into it */
	const char *wrong = NULL;
	int sig;

	fill_stdio();
	if (FLAGS && argc)
		parse_flags(buf, argv);
	kmsg_fd = openat(AT_FDCWD, "/dev/kmsg", O_WRONLY | O_NONBLOCK |
	    O_CLOEXEC);
	if (getpid() == 1)
		wrong = "not as PID 1: let init start it";
	else if (sizeof(long) < 8 && !now_ms())		/* no sleep either */
		wrong = "no clock: no CONFIG_COMPAT_32BIT_TIME";
	if (wrong) {
		say(buf, WARN, "%s", wrong);
		return 1;
	}
	memset(buf, 0xff, sizeof(signals));
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, buf, NULL, sizeof(signals));
	if (open_proc_root(buf) < 0) {
		warn(buf, "/proc", "not mounted? trying each second");
		if (opt.daemonize) {
			daemonize(buf);
			close_stdio();
			opt.daemonize = 0;
		}
		while (open_proc_root(buf) < 0) {
			sig = wait_signal(1000);
			if (sig && sig != SIGUSR1)
				return 0;
		}
	}
	if (opt.last_resort == OOM &&
	    (sysrq_fd = open_proc(buf, 0, "sysrq-trigger", O_WRONLY)) < 0)
		warn(buf, "/proc/sysrq-trigger", NO_SYSRQ);
	open_psi(buf);
	protect_score(buf);
	protect_priority(buf);
	rehearse(buf);
	if (opt.daemonize)
		daemonize(buf);
	protect_memory(buf, envp);
	say(buf, INFO, VERSION " started pid=%d psi=%s", getpid(), psi_mode());
	if (opt.daemonize)
		close_stdio();
	if (SECCOMP)
		filter_calls(buf);
	sig = guard(buf);
	say(buf, INFO, "ended by %s, killed=%u",
	    sig == SIGTERM ? "SIGTERM" : "SIGINT", killed);
	return 0;
}
