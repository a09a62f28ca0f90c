/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of bustd.c, which is included whole: so its static functions are
 * called as they are.  Built under ASan and UBSan against glibc (test/unit).
 *
 * What decides is pure, and tested by tables: each condition at both sides of
 * its number, and the numbers are written out here on purpose, so that who
 * changes one has to say so twice.
 *
 * What acts meets a machine in memory: /proc is made of a table of processes
 * while it is read, the clock goes on only while somebody waits, signals are
 * noted and end whom the table says they end, and memory comes back then, or
 * not.  No process is started and nobody is signalled.
 *
 * Closes with "N passed, N failed".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_clock_gettime		/* as in bustd.c */
#define SYS_clock_gettime SYS_clock_gettime32
#endif

#ifndef SYS_fork
#define SYS_fork SYS_clone
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open (SYS_pidfd_send_signal - 424 + 434)
#endif
#ifndef SYS_process_mrelease
#define SYS_process_mrelease (SYS_pidfd_send_signal - 424 + 448)
#endif

#define LEN(a) ((int)(sizeof(a) / sizeof((a)[0])))

/* the machine */

enum { RUNS, ZOMBIE, GONE };		/* state of a process */
enum { NEVER = -1 };
enum { OUR_PID = 4194305 };		/* none that a fake process has */

/* What is odd about a process's files. */
enum odd { WHOLE, VANISHED, NO_SCORE, EMPTY_SCORE, BAD_SCORE, HUGE_SCORE,
    NO_ADJ, EMPTY_ADJ, BAD_ADJ, NO_COMM, EMPTY_COMM, NO_STATUS, LEADER,
    NO_RSSANON, UNENDED, FORBIDDEN, NO_PID };

struct proc {
	const char *comm;
	pid_t pid, pgid;
	unsigned long anon, shmem, swap, pte;	/* KiB */
	unsigned long file;			/* that it maps */
	int adj;
	unsigned score;			/* 0: what the memory makes it */
	int term_ms, kill_ms;		/* from the signal to its end, or NEVER;
					   0 is at once */
	pid_t parent;			/* 0: init */
	unsigned long exe;		/* KiB of its program; 0: not told */
	int keeps;			/* its memory never comes back */
	long rate;			/* KiB per ms that it eats */
	int mm;				/* who has the same number shares it */
	enum odd odd;
	int state;
	unsigned long end_ms;		/* when it will end; 0: it won't */
	int event;			/* its pidfds are copies; plus 1 */
};

enum { PROCS = 256, FDS = 1024 };
enum kind { RAW, RELEASE, STATUS_FILE, STATM, MEMINFO, VMSTAT, STAT, SWAPS,
    MIN_FREE, SCALE, ARC, PSI_MEM, PSI_IO, MM_STAT, ZONEINFO, SYSRQ, SELF_ADJ,
    SELF_SCORE, SCORE, ADJ, COMM_FILE, PIDFD };

static struct fake {
	/* KiB */
	unsigned long total, free, active, inactive, slab, shmem;
	unsigned long swap_total, swap_free, reserve, low, cma_total, cma;
	unsigned long other;			/* in no line of meminfo */
	unsigned long forked;	/* anonymous memory that two processes have */
	unsigned long arc, arc_c;		/* ZFS's cache, and its aim */
	unsigned long zswap;			/* its pool */
	unsigned long huge;			/* the pools of huge pages */
	unsigned long mem_us, io_us, iowait_us, refault, pgpgin, pgsteal;
	unsigned long pgpgout, pswpout;
	int is_calm;			/* nothing is thrown out */
	unsigned limited;	/* percent of what is read again that a cgroup
				   at its limit throws out */
	unsigned long pgsteal_limited;
	int is_pooled;			/* what comes from swap is in zswap */
	unsigned long boost;			/* of the watermarks */
	unsigned long listed;		/* free, on lists of single CPUs */
	int lists_freed;		/* what is given back goes there */
	unsigned long spread;	/* from min to low, and from low to high; 0: a
				   thousandth of RAM */
	int has_psi;
	int is_old, is_new;		/* before Linux 5.9, and 7.2 */
	int is_ancient;			/* before 3.14 */
	/* what each ms brings of them: three times percent, then KiB */
	unsigned stall, io, iowait, back, read, written;
	unsigned long leak;			/* KiB that nobody holds */
	struct proc proc[PROCS];
	int n;
} m;

static unsigned long clock_is_ms = 1000000, cpu_is_ms;
static struct { enum kind kind; struct proc *proc; } file[FDS];
static size_t read_most = SIZE_MAX;	/* bytes that one pread gives */
static int read_errno;			/* every pread fails with this */
static long fail_nr[4];			/* system calls that fail ... */
static int fail_errno;			/* ... with this */
static const struct sysinfo *si_is;	/* sysinfo(2), other than the machine */
static const char *missing;		/* a file of /proc that isn't there */
static const char *swaps_text, *mm_stat_text;
static int opens, scans, releases;	/* counted */
static char sent[512];			/* "pid/sig " or "-pgid/sig ", ... */
static pid_t own_pgid = 77;
static int signal_next[3];		/* what sigtimedwait will get */
static const char *self_score = "666\n", *release_text = "6.1.0-1-amd64";
static int adj_denied, kill_errno, release_hangs;
static int dents_at, no_new_privs;
static uint32_t caps[6];		/* effective, permitted, inheritable */
static int hook_status = -1;	/* with which it has ended; -1: it runs */
static int has_child = 1;	/* there is a child */

static unsigned
score_of(const struct proc *p)
{
	unsigned long all = m.total + m.swap_total, points;

	if (p->state != RUNS || p->adj == -1000)
		return 0;
	if (p->score)
		return p->score;
	points = (p->anon + p->file + p->shmem + p->swap + p->pte) * 1000 /
	    all;
	points = (unsigned)((long)points + p->adj > 0 ? (long)points + p->adj :
	    0);
	return (unsigned)(m.is_old ? points : (1000 + points) * 2 / 3);
}

static void
ended(struct proc *p)
{
	uint64_t one = 1;
	int i, shared = 0;

	p->state = ZOMBIE;
	p->rate = 0;
	p->end_ms = 0;
	if (p->event && write(p->event - 1, &one, sizeof(one)) < 0)
		abort();
	for (i = 0; i < m.n; i++)
		shared |= p->mm && &m.proc[i] != p && m.proc[i].mm == p->mm &&
		    m.proc[i].state == RUNS;
	if (p->keeps || shared)
		return;
	if (m.lists_freed)
		m.listed += p->anon + p->pte;
	else
		m.free += p->anon + p->pte;
	m.swap_free += p->swap;
	p->anon = p->swap = p->pte = 0;
}

/* Time goes on: who eats eats, who is to end ends. */
static void
pass(unsigned long ms)
{
	int i;

	for (; ms; ms--) {
		clock_is_ms++;
		m.mem_us += m.stall * 10;
		m.io_us += m.io * 10;
		m.iowait_us += m.iowait * 10;
		m.refault += m.back / 4;
		m.pgpgin += m.read;
		m.pgpgout += m.written;
		m.pgsteal += m.is_calm ? 0 : m.back / 4;
		m.pgsteal_limited += m.back * m.limited / 400;
		m.free -= m.leak < m.free ? m.leak : m.free;
		for (i = 0; i < m.n; i++) {
			struct proc *p = &m.proc[i];
			long more = p->state == RUNS ? p->rate : 0;

			if (more > (long)m.free)
				more = (long)m.free;
			p->anon = (unsigned long)((long)p->anon + more);
			m.free = (unsigned long)((long)m.free - more);
			if (p->end_ms && (long)(clock_is_ms - p->end_ms) >= 0)
				ended(p);
		}
	}
}

static struct proc *
proc_of(pid_t pid)
{
	int i;

	for (i = m.n - 1; i >= 0; i--)
		if (m.proc[i].pid == pid && m.proc[i].state != GONE &&
		    m.proc[i].odd != NO_PID)
			return &m.proc[i];
	return NULL;
}

static void
take_signal(struct proc *p, int sig)
{
	int ms = sig == SIGKILL ? p->kill_ms : p->term_ms;

	if (p->state != RUNS || ms == NEVER || (sig != SIGKILL &&
	    sig != SIGTERM))
		return;
	if (!ms)
		ended(p);
	else if (!p->end_ms || p->end_ms > clock_is_ms + (unsigned)ms)
		p->end_ms = clock_is_ms + (unsigned)ms;
}

static void
note_signal(int pid, int sig)
{
	size_t n = strlen(sent);

	snprintf(sent + n, sizeof(sent) - n, "%d/%s ", pid,
	    sig == SIGTERM ? "TERM" : sig == SIGKILL ? "KILL" : "?");
}

static int
text_of(int fd, char *t)
{
	const struct proc *p = file[fd].proc;
	unsigned long anon = 0, low = m.low, min = low -
	    (m.spread ? m.spread : m.total / 1000);
	char io[128];
	int i, n = 0;

	for (i = 0; i < m.n; i++)
		anon += m.proc[i].anon;
	switch (file[fd].kind) {
	case MEMINFO: {
		unsigned long files = m.active + m.inactive, have = m.free +
		    files - (files / 2 < low ? files / 2 : low) + m.slab -
		    (m.slab / 2 < low ? m.slab / 2 : low);

		n = sprintf(t, "MemTotal: %14lu kB\nMemFree: %15lu kB\n"
		    "%s: %10lu kB\nBuffers: %15d kB\n"
		    "Active(file): %10lu kB\nInactive(file): %8lu kB\n"
		    "Unevictable: %11d kB\n", m.total, m.free,
		    m.is_ancient ? "Other" : "MemAvailable",
		    have > m.reserve ? have - m.reserve : 0, 0, m.active,
		    m.inactive, 0);
		if (m.zswap)
			n += sprintf(t + n, "Zswap: %17lu kB\n"
			    "Zswapped: %14lu kB\n", m.zswap, m.zswap * 2);
		n += sprintf(t + n, "AnonPages: %13lu kB\n"
		    "Shmem: %17lu kB\n", anon - m.forked, m.shmem);
		if (!m.is_old)
			n += sprintf(t + n, "KReclaimable: %10lu kB\n", m.slab);
		n += sprintf(t + n, "SReclaimable: %10lu kB\n"
		    "SUnreclaim: %12d kB\nKernelStack: %11d kB\n"
		    "PageTables: %12d kB\n", m.slab, 400, 100, 300);
		if (m.cma_total)
			n += sprintf(t + n, "CmaTotal: %14lu kB\n"
			    "CmaFree: %15lu kB\n", m.cma_total, m.cma);
		if (m.huge)
			n += sprintf(t + n, "HugePages_Total: %7lu\n"
			    "Hugetlb: %15lu kB\n", m.huge / 2048, m.huge);
		return n;
	}
	case VMSTAT:
		anon = m.swap_total ? m.refault / 2 : 0;
		if (m.is_old)
			return sprintf(t, "nr_free_pages %lu\n"
			    "workingset_refault %lu\npgpgin %lu\npswpin %lu\n",
			    m.free / 4, m.refault - anon, m.pgpgin, anon);
		n = sprintf(t, "nr_free_pages %lu\nworkingset_nodes 7\n"
		    "workingset_refault_anon %lu\nworkingset_refault_file "
		    "%lu\n", m.free / 4, anon, m.refault - anon);
		sprintf(io, "pgpgin %lu\npgpgout %lu\npswpin %lu\npswpout %lu"
		    "\n", m.pgpgin, m.pgpgout, m.is_pooled ? 1 : anon,
		    m.pswpout);
		return n + sprintf(t + n, "%spgsteal_kswapd %lu\n"
		    "pgsteal_direct %lu\npgscan_file 9\npgsteal_anon %lu\n"
		    "pgsteal_file %lu\n%spginodesteal 3\n",
		    m.is_new ? "" : io, m.pgsteal / 3,
		    m.pgsteal - m.pgsteal / 3, m.pgsteal / 2,
		    m.pgsteal - m.pgsteal / 2 + m.pgsteal_limited,
		    m.is_new ? io : "");
	case STAT:
		return sprintf(t, "cpu  10 20 30 40 %lu 0 0\ncpu0 1 2 3\n",
		    m.iowait_us / 10000);
	case SWAPS:
		return swaps_text ? sprintf(t, "%s", swaps_text) : sprintf(t,
		    "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	case ZONEINFO:		/* in pages, of two zones */
		return sprintf(t, "Node 0, zone      DMA\n  per-node stats\n"
		    "      nr_inactive_anon 1\n  pages free     9\n"
		    "        boost    %lu\n        min      %lu\n"
		    "        low      9\n  pagesets\n    cpu: 0\n"
		    "              count: %lu\n              high:  63\n"
		    "Node 0, zone    DMA32\n"
		    "  pages free     9\n        boost    0\n"
		    "        min      %lu\n        low      9\n"
		    "  pagesets\n    cpu: 0\n              count: %lu\n"
		    "    cpu: 1\n              count: %lu\n",
		    m.boost / 4, min / 8 + m.boost / 4, m.listed / 16,
		    min / 8, m.listed / 16, m.listed / 8);
	case MM_STAT:
		return sprintf(t, "%s", mm_stat_text ? mm_stat_text : "");
	case MIN_FREE:
		return sprintf(t, "%lu\n", min);
	case ARC:
		return sprintf(t, "13 1 0x01 147 39984 1 2\n%-31s %-4s %s\n"
		    "%-31s %-4d %lu\n%-31s %-4d %lu\n%-31s %-4d %lu\n"
		    "%-31s %-4d %lu\n", "name", "type", "data", "c", 4,
		    m.arc_c, "c_min", 4, 31250 * 1024UL,
		    "size", 4, m.arc * 1024, "compressed_size", 4, 7UL);
	case SCALE:
		return sprintf(t, "%lu\n", (low - min) * 10000 / m.total);
	case PSI_MEM: case PSI_IO:
		return sprintf(t, "some avg10=0.00 avg60=0.00 avg300=0.00 "
		    "total=%lu\nfull avg10=0.00 avg60=0.00 avg300=0.00 "
		    "total=0\n", file[fd].kind == PSI_IO ? m.io_us : m.mem_us);
	case SELF_SCORE:
		return sprintf(t, "%s", self_score);
	case RELEASE:
		return sprintf(t, "%s\n", release_text);
	case SCORE:
		return p->odd == EMPTY_SCORE ? 0 : sprintf(t, "%s%u%s%s",
		    p->odd == BAD_SCORE ? "x" : "", score_of(p),
		    p->odd == HUGE_SCORE ? "99999999" : "",
		    p->odd == UNENDED ? "" : "\n");
	case ADJ:
		return p->odd == EMPTY_ADJ ? 0 : sprintf(t, p->odd == UNENDED ?
		    "%d" : "%d\n", p->odd == BAD_ADJ ? INT32_MIN : p->adj);
	case COMM_FILE:
		return p->odd == EMPTY_COMM ? 0 : sprintf(t, "%.15s\n",
		    p->comm);
	case STATM:
		return sprintf(t, "99999 %lu %lu 1 0 1 0\n", p->anon / 4 +
		    (p->file + p->shmem) / 4,
		    (p->file + p->shmem) / 4);
	case STATUS_FILE:
		n = sprintf(t, "Name:\tVmRSS: 1 kB\nState:\tS (sleeping)\n"
		    "Tgid:\t%d\nPPid:\t%d\nUid:\t1000\t0\t0\t0\n", p->pid,
		    p->parent ? p->parent : 1);
		if (p->odd == LEADER || p->state != RUNS)
			return n;
		n += sprintf(t + n, "VmPeak:\t99999999 kB\nVmRSS:\t%8lu kB\n",
		    p->anon + p->shmem);
		if (p->odd != NO_RSSANON)
			n += sprintf(t + n, "RssAnon:\t%8lu kB\nRssFile:\t%8d "
			    "kB\nRssShmem:\t%8lu kB\n", p->anon, 1234,
			    p->shmem);
		if (p->exe)
			n += sprintf(t + n, "VmExe:\t%8lu kB\n", p->exe);
		return n + sprintf(t + n, "VmData:\t1 kB\nVmPTE:\t%8lu kB\n"
		    "VmSwap:\t%8lu kB\nThreads:\t1\n", p->pte, p->swap);
	default:
		return 0;
	}
}

/* the edges: what bustd calls instead of the libc */

static ssize_t
fake_pread(int fd, void *buf, size_t n, off_t at)
{
	char text[4096];
	int len;

	if (read_errno || fcntl(fd, F_GETFD) < 0) {
		errno = read_errno ? read_errno : EBADF;
		return -1;
	}
	n = n < read_most ? n : read_most;
	if (file[fd].kind == RAW)
		return pread(fd, buf, n, at);
	if (file[fd].proc && file[fd].proc->state == GONE) {
		errno = ESRCH;
		return -1;
	}
	len = text_of(fd, text);
	if (at >= len)
		return 0;
	n = n < (size_t)(len - at) ? n : (size_t)(len - at);
	memcpy(buf, text + at, n);
	return (ssize_t)n;
}

static int
opened(enum kind kind, struct proc *p)
{
	int fd = p && kind == PIDFD ? fcntl(p->event - 1, F_DUPFD_CLOEXEC, 3) :
	    open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0 || fd >= FDS)
		abort();
	file[fd].kind = kind;
	file[fd].proc = p;
	return fd;
}

static int
fake_openat(int dir, const char *path, int flags)
{
	static const struct { const char *path; enum kind kind; } whole[] = {
		{ "meminfo", MEMINFO }, { "vmstat", VMSTAT }, { "stat", STAT },
		{ "swaps", SWAPS }, { "sys/vm/min_free_kbytes", MIN_FREE },
		{ "zoneinfo", ZONEINFO }, { "sys/kernel/osrelease", RELEASE },
		{ "sys/vm/watermark_scale_factor", SCALE },
		{ "spl/kstat/zfs/arcstats", ARC },
		{ "pressure/memory", PSI_MEM }, { "pressure/io", PSI_IO },
		{ "sysrq-trigger", SYSRQ }, { "self/oom_score_adj", SELF_ADJ },
		{ "self/oom_score", SELF_SCORE },
		{ "/sys/block/zram0/mm_stat", MM_STAT },
		{ "/sys/block/zram3/mm_stat", MM_STAT },
	}, of_pid[] = {
		{ "oom_score", SCORE }, { "oom_score_adj", ADJ },
		{ "comm", COMM_FILE }, { "status", STATUS_FILE },
		{ "statm", STATM },
	};
	struct proc *p;
	char *name;
	int i, fd;

	opens++;
	errno = ENOENT;
	for (i = 0; i < LEN(whole); i++)
		if (!strcmp(path, whole[i].path))
			return (missing && !strcmp(path, missing)) ||
			    (whole[i].kind == MM_STAT && !mm_stat_text) ||
			    (strstr(path, "pressure") && !m.has_psi) ? -1 :
			    opened(whole[i].kind, NULL);
	if (*path < '0' || *path > '9') {
		fd = openat(dir, path, flags);
		if (fd >= 0 && fd < FDS)
			file[fd].kind = RAW;
		return fd;
	}
	p = proc_of((pid_t)strtol(path, &name, 10));
	if (*name != '/' || !p || p->odd == VANISHED)
		return -1;
	name++;
	if ((p->odd == NO_SCORE && !strcmp(name, "oom_score")) ||
	    (p->odd == NO_ADJ && !strcmp(name, "oom_score_adj")) ||
	    (p->odd == NO_COMM && !strcmp(name, "comm")) ||
	    (p->odd == NO_STATUS && !strcmp(name, "status")))
		return -1;
	for (i = 0; i < LEN(of_pid); i++)
		if (!strcmp(name, of_pid[i].path))
			return opened(of_pid[i].kind, p);
	return -1;
}

static int
fake_kill(pid_t pid, int sig)
{
	struct proc *p = proc_of(pid);
	int i;

	if (!sig) {		/* just asks whether it may */
		errno = p && p->odd != FORBIDDEN ? 0 : EPERM;
		return errno ? -1 : 0;
	}
	note_signal(pid, sig);
	errno = kill_errno;
	if (kill_errno)
		return -1;
	for (i = 0; i < m.n; i++)
		if (m.proc[i].pid == pid || (pid < -1 &&
		    m.proc[i].pgid == -pid))
			take_signal(&m.proc[i], sig);
	return 0;
}

static pid_t
fake_getpgid(pid_t pid)
{
	struct proc *p = proc_of(pid);

	return pid ? p ? p->pgid : -1 : own_pgid;
}

static int
fake_sysinfo(struct sysinfo *si)
{
	if (fail_nr[0] == SYS_sysinfo) {
		errno = fail_errno;
		return -1;
	}
	if (si_is) {
		*si = *si_is;
		return 0;
	}
	*si = (struct sysinfo){ .totalram = m.total, .freeram = m.free,
	    .totalswap = m.swap_total, .freeswap = m.swap_free,
	    .mem_unit = 1024 };
	return 0;
}

static int
fake_ppoll(struct pollfd *p, nfds_t n, const struct timespec *ts)
{
	long ms = ts->tv_sec * 1000 + ts->tv_nsec / 1000000;
	int ready;

	if (fail_nr[0] == SYS_ppoll) {
		errno = fail_errno;
		return -1;
	}
	while (!(ready = poll(p, n, 0)) && ms-- > 0)
		pass(1);
	return ready;
}

static int
fake_nanosleep(const struct timespec *ts)
{
	pass((unsigned long)(ts->tv_sec * 1000 + ts->tv_nsec / 1000000));
	return 0;
}

static int
fake_sigtimedwait(const struct timespec *ts)
{
	int sig = signal_next[0];

	memmove(signal_next, signal_next + 1, sizeof(signal_next) -
	    sizeof(*signal_next));
	if (sig)
		return sig;
	fake_nanosleep(ts);
	errno = EAGAIN;
	return -1;
}

static int
fake_clone(int (*fn)(void *), void *arg, int *tid)
{
	if (release_hangs)
		return *tid = 4711;
	fn(arg);
	return 4711;
}

static pid_t
fake_waitpid(int *status)
{
	const int ended = hook_status;

	hook_status = -1;
	*status = ended;
	return ended >= 0 ? 4712 : has_child ? 0 : -1;
}

static ssize_t
fake_write(int fd, const void *p, size_t n)
{
	if (fd < 0 || fd >= FDS || file[fd].kind == RAW)
		return write(fd, p, n);
	if (file[fd].kind == SELF_ADJ && adj_denied && n == 5) {
		errno = EACCES;
		return -1;
	}
	snprintf(sent + strlen(sent), sizeof(sent) - strlen(sent), "%s%.*s ",
	    file[fd].kind == SYSRQ ? "sysrq " : "adj ", (int)n,
	    (const char *)p);
	return (ssize_t)n;
}

static int
fake_reboot(int how)
{
	strcat(sent, how == RB_AUTOBOOT ? "reboot " : "halt? ");
	return 0;
}

static ssize_t
fake_getdents(char *buf, size_t size)
{
	static const char *const first[] = { ".", "..", "self", "fs", "1x" };
	size_t len = 0;
	char name[24];

	scans += !dents_at;
	for (; dents_at < m.n + LEN(first); dents_at++) {
		const struct proc *p = m.proc + dents_at - LEN(first);
		uint16_t reclen;

		if (dents_at < LEN(first))
			strcpy(name, first[dents_at]);
		else if (p->state == GONE && p->odd != VANISHED)
			continue;
		else
			sprintf(name, p->odd == NO_PID ? "x%d" : "%d", p->pid);
		reclen = (uint16_t)((19 + strlen(name) + 1 + 7) / 8 * 8);
		if (len + reclen > size)
			break;
		memset(buf + len, 0, reclen);
		memcpy(buf + len + 16, &reclen, 2);
		strcpy(buf + len + 19, name);
		len += reclen;
	}
	return (ssize_t)len;
}

static off_t
fake_lseek(int fd, off_t at, int whence)
{
	dents_at = 0;
	return lseek(fd, at, whence);
}

static int
fake_prctl(long what, long mode)
{
	no_new_privs |= what == PR_SET_NO_NEW_PRIVS && mode == 1;
	return 0;
}

static long
fake_syscall(long nr, ...)
{
	long a[4];
	struct proc *p, *other;
	va_list ap;
	int i;

	va_start(ap, nr);
	for (i = 0; i < 4; i++)		/* an int may have rubbish above it */
		a[i] = va_arg(ap, long);
	va_end(ap);
	for (i = 0; i < LEN(fail_nr); i++)
		if (fail_nr[i] == nr) {
			errno = fail_errno;
			return -1;
		}
	switch (nr) {
	case SYS_clock_gettime: {
		unsigned long ms = (int)a[0] == CLOCK_PROCESS_CPUTIME_ID ?
		    cpu_is_ms++ : clock_is_ms;

		((long *)a[1])[0] = (long)(ms / 1000);
		((long *)a[1])[1] = (long)(ms % 1000 * 1000000);
		return 0;
	}
	case SYS_getdents64:
		return fake_getdents((char *)a[1], (size_t)a[2]);
	case SYS_pidfd_open:
		p = proc_of((pid_t)a[0]);
		errno = ESRCH;
		if (!p)
			return (pid_t)a[0] == OUR_PID ? opened(RAW, NULL) : -1;
		if (!p->event)
			p->event = eventfd(0, EFD_CLOEXEC) + 1;
		return opened(PIDFD, p);
	case SYS_pidfd_send_signal:
		if (!(int)a[1])
			return 0;
		p = file[(int)a[0]].proc;
		if (p->state == GONE) {
			errno = ESRCH;
			return -1;
		}
		note_signal(p->pid, (int)a[1]);
		take_signal(p, (int)a[1]);
		return 0;
	case SYS_process_mrelease:
		if ((int)a[0] < 0 || file[(int)a[0]].kind != PIDFD) {
			errno = EINVAL;
			return -1;
		}
		p = file[(int)a[0]].proc;
		releases++;
		m.free += p->keeps ? 0 : p->anon;
		p->anon = p->keeps ? p->anon : 0;
		return 0;
	case SYS_kcmp:
		p = proc_of((pid_t)a[0]);
		other = proc_of((pid_t)a[1]);
		return (int)a[2] != 1 || !p || !other || !p->mm ||
		    p->mm != other->mm;		/* 1: KCMP_VM */
	case SYS_capget:
		memcpy((void *)a[1], caps, sizeof(caps));
		return *(uint32_t *)a[0] == 0x20080522 ? 0 : -1;
	case SYS_capset:
		memcpy(caps, (void *)a[1], sizeof(caps));
		return 0;
	case SYS_fork:
		strcat(sent, "fork ");
		return 4712;
	case SYS_sched_setscheduler: case SYS_faccessat:
		return 0;
	}
	abort();
}

#define getpid() OUR_PID
#define sysinfo(p) fake_sysinfo(p)
#define pread(fd, buf, n, at) fake_pread(fd, buf, n, at)
#define write(fd, p, n) fake_write(fd, p, n)
#define openat(dir, path, flags) fake_openat(dir, path, flags)
#define kill(pid, sig) fake_kill(pid, sig)
#define getpgid(pid) fake_getpgid(pid)
#define lseek(fd, at, whence) fake_lseek(fd, at, whence)
#define ppoll(p, n, ts, set) fake_ppoll(p, n, ts)
#define sigtimedwait(set, info, ts) fake_sigtimedwait(ts)
#define clone(fn, stack, flags, arg, tid, tls, ctid) \
    ((void)(stack), fake_clone(fn, arg, tid))
#define reboot(how) fake_reboot(how)
#define waitpid(pid, status, how) fake_waitpid(status)
#define prctl(what, mode, ...) fake_prctl(what, mode)
#define syscall(...) fake_syscall(__VA_ARGS__, 0L, 0L, 0L, 0L)

#define main bustd_main
#include "../bustd.c"

/* A machine for the rules: options, the newest look, what is remembered, and
 * the census; NULL for what the tried function doesn't ask for. */
#define OF(...) (&(struct machine){ __VA_ARGS__ })
static const struct census nobody;
#undef main

#undef sysinfo
#undef pread
#undef write
#undef openat
#undef kill
#undef getpgid
#undef lseek
#undef ppoll
#undef sigtimedwait
#undef clone
#undef reboot
#undef waitpid
#undef prctl
#undef syscall

/* checks */

static int passed, failed;

__attribute__((format(printf, 2, 3)))
static void
ok(int pass, const char *fmt, ...)
{
	va_list ap;

	if (pass) {
		passed++;
		return;
	}
	failed++;
	printf("FAILED: ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

/* A copy with nothing behind it, so that ASan sees a byte read too many. */
static char *
exact(const char *s, size_t n)
{
	char *copy = malloc(n ? n : 1);

	memcpy(copy, s, n);
	if (!n)
		copy = realloc(copy, 0) ? copy : malloc(1);
	return copy;
}

static char *
new_buf(void)
{
	char *buf = malloc(BUF);

	memset(buf, 0x5a, BUF);
	return buf;
}

/* A file in memory that holds text; rewrite() gives it another. */
static void
rewrite(int fd, const char *text, size_t n)
{
	if (ftruncate(fd, 0) || pwrite(fd, text, n, 0) != (ssize_t)n)
		abort();
}

static int
file_of(const char *text, size_t n)
{
	int fd = memfd_create("fixture", MFD_CLOEXEC);

	if (fd < 0 || fd >= FDS)
		abort();
	file[fd].kind = RAW;

	rewrite(fd, text, n);
	return fd;
}

/* The log since the last call. */
static char *
logged(void)
{
	static char text[8192];
	ssize_t n = pread(kmsg_fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	rewrite(kmsg_fd, "", 0);
	lseek(kmsg_fd, 0, SEEK_SET);
	return text;
}

static uint64_t
rnd(uint64_t below_this)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x % below_this;
}

/* parsers */

static void
test_long(void)
{
	static const struct {
		const char *text;
		int good;
		uint64_t value;		/* good only where a long holds it */
		const char *rest;
	} t[] = {
		{ "", 0, 0, "" },
		{ "0", 1, 0, "" },
		{ "00012", 1, 12, "" },
		{ "7x", 1, 7, "x" },
		{ "7 8", 1, 7, " 8" },
		{ "-1", 0, 0, "" },
		{ "+1", 0, 0, "" },
		{ " 1", 0, 0, "" },
		{ "x", 0, 0, "" },
		{ "\xff" "1", 0, 0, "" },
		{ "\xd9\xa1", 0, 0, "" },		/* a digit, in Arabic */
		{ "4294967295", 1, UINT32_MAX, "" },
		{ "4294967296", 1, 4294967296, "" },
		{ "4294967297\n", 1, 4294967297, "\n" },
		{ "18446744073709551615", 1, UINT64_MAX, "" },
		{ "18446744073709551616", 0, 0, "" },
		{ "18446744073709551625", 0, 0, "" },
		{ "99999999999999999999", 0, 0, "" },
		{ "340282366920938463463374607431768211456", 0, 0, "" },
	};
	int i;
	size_t cut, n;

	for (i = 0; i < LEN(t); i++)
		for (n = strlen(t[i].text), cut = 0; cut <= n; cut++) {
			unsigned long v = 42;
			uint64_t want = strtoull(t[i].text, NULL, 10);
			int good = t[i].good && t[i].value <= ULONG_MAX;
			char *p = exact(t[i].text, cut);
			const char *end = parse_long(p, p + cut, &v);

			if (cut == n)
				ok(!end == !good && (end ?
				    (v == t[i].value && want == v &&
				    (size_t)(p + cut - end) ==
				    strlen(t[i].rest)) : v == 42),
				    "parse_long \"%s\": %d %lu", t[i].text,
				    !!end, v);
			else
				ok(!end || v <= want, "parse_long \"%s\" cut "
				    "at %zu", t[i].text, cut);
			free(p);
		}
}

static void
test_centi(void)
{
	static const struct {
		const char *text;
		int good;
		unsigned long value;
		const char *rest;
	} t[] = {
		{ "", 0, 0, "" },
		{ "0", 1, 0, "" },
		{ "0.00", 1, 0, "" },
		{ "0.01", 1, 1, "" },
		{ "0.1", 1, 10, "" },
		{ "25", 1, 2500, "" },
		{ "12.34 avg60", 1, 1234, " avg60" },
		{ "99.99", 1, 9999, "" },
		{ "100.00", 1, 10000, "" },
		{ "12.345", 1, 1234, "5" },
		{ "12.", 1, 1200, "" },
		{ "12.x", 1, 1200, "x" },
		{ "12.3.4", 1, 1230, ".4" },
		{ ".5", 0, 0, "" },
		{ "-1", 0, 0, "" },
		{ "1,5", 1, 100, ",5" },
		{ "1e3", 1, 100, "e3" },
		{ "21474836.47", 1, 2147483647, "" },
		{ "21474837", 0, 0, "" },
		{ "42949673.96", 0, 0, "" },	/* 1.00 in 32 bits */
		{ "4294967296", 0, 0, "" },
		{ "18446744073709551616", 0, 0, "" },
		/* what would wrap to 1.00 when multiplied in 64 bits */
		{ "184467440737095517.16", 0, 0, "" },
	};
	int i;
	size_t cut, n;

	for (i = 0; i < LEN(t); i++)
		for (n = strlen(t[i].text), cut = 0; cut <= n; cut++) {
			unsigned long v = 42;
			char *p = exact(t[i].text, cut);
			const char *end = parse_centi(p, p + cut, &v);

			if (cut == n)
				ok(!end == !t[i].good && (!end ||
				    (v == t[i].value &&
				    (size_t)(p + cut - end) ==
				    strlen(t[i].rest))),
				    "parse_centi \"%s\": %d %llu", t[i].text,
				    !!end, (unsigned long long)v);
			else
				ok(!end || end <= p + cut,
				    "parse_centi \"%s\" cut", t[i].text);
			free(p);
		}
}

static void
test_psi(void)
{
	static const struct {
		const char *text;
		int good;
		uint64_t total;
	} t[] = {
		{ "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
		  "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n", 1, 0 },
		{ "some avg10=12.34 avg60=5.67 avg300=0.01 total=987654321\n"
		  "full avg10=1.00 avg60=0.00 avg300=0.00 total=11\n",
		  1, 987654321 },
		{ "some avg10=100.00 avg60=99.99 avg300=99.99 "
		  "total=18446744073709551615\n", 1, UINT64_MAX },
		{ "some avg10=1.00 avg60=0.00 avg300=0.00 total=4294967296\n",
		  1, 4294967296 },
		{ "some avg10=1.00 avg60=0.00 avg300=0.00 "
		  "total=18446744073709551616\n", 1, 0 },
		{ "some avg10=1.00 avg60=0.00 avg300=0.00 total=\n", 0, 0 },
		{ "some avg10=1.00 avg60=0.00 avg300=0 total=-1\n", 0, 0 },
		{ "some avg10=1.00 avg60=0.00 avg300=0 total=1x\n", 0, 0 },
		{ "some avg10=1.00 avg60=0.00 avg300=0.00\n", 0, 0 },
		{ "some avg10=0 avg60=0.00 avg300=0.00 total= 1\n", 0, 0 },
		{ "some avg10=0 avg60=0.00 avg300=0.00 totals=1\n", 0, 0 },
		{ "some avg10=1.00 avg60=0.00 avg300=0 total=1.5\n", 0, 0 },
		{ "some avg10= total=1\n", 0, 0 },
		{ "some avg1= avg60=0.00 avg300=0.00 total=1\n", 0, 0 },
		{ "full avg10=1.00 avg60=0.00 avg300=0.00 total=1\n", 0, 0 },
		{ "\nsome avg10=1.00 avg60=0.00 total=1\n", 0, 0 },
		{ "some total=5\n", 0, 0 },
		{ "s=5\n", 0, 0 },
		{ "\n", 0, 0 },
		{ "", 0, 0 },
	};
	int i;
	size_t cut, n, whole;

	for (i = 0; i < LEN(t); i++)
		for (n = strlen(t[i].text), cut = 0; cut <= n; cut++) {
			unsigned long total = 42;
			char *p = exact(t[i].text, cut);
			int r = parse_psi(p, cut, &total);

			/* what is cut before the end of its first line must
			 * not be believed, whatever number it ends in */
			whole = strcspn(t[i].text, "\n") + 1;
			ok(cut < whole || !t[i].good ? r == -1 : r == 0 &&
			    total == (unsigned long)t[i].total,
			    "parse_psi row %d cut at %zu of %zu: %d", i, cut,
			    n, r);
			free(p);
		}
}

static void
test_glob(void)
{
	static const struct {
		const char *list, *comm;
		int match;
	} t[] = {
		{ "", "", 0 }, { "", "sh", 0 },
		{ "sh", "sh", 1 }, { "sh", "ash", 0 }, { "sh", "shx", 0 },
		{ "sh", "s", 0 }, { "sh", "", 0 },
		{ "*", "", 1 }, { "*", "anything", 1 }, { "**", "x", 1 },
		{ "ssh*", "ssh", 1 }, { "ssh*", "sshd-session", 1 },
		{ "ssh*", "xssh", 0 },
		{ "*d", "d", 1 }, { "*d", "sshd", 1 }, { "*d", "sshdx", 0 },
		{ "a*b*c", "abc", 1 }, { "a*b*c", "aXbbYc", 1 },
		{ "a*b*c", "acb", 0 }, { "*a*a*a*b", "aaaaaaaaaaaaaaa", 0 },
		{ "a|b", "a", 1 }, { "a|b", "b", 1 }, { "a|b", "a|b", 0 },
		{ "a|b", "|", 0 }, { "a|", "", 0 }, { "|a", "a", 1 },
		{ "||", "x", 0 }, { "a||b", "b", 1 }, { "x|*", "y", 1 },
		{ "(sd-pam)", "(sd-pam)", 1 }, { "a?c", "abc", 0 },
		{ "a?c", "a?c", 1 }, { "[ab]", "a", 0 }, { ".*", "x", 0 },
		{ "A", "a", 0 },
		{ "a b", "a b", 1 }, { "a\nb", "a\nb", 1 },
		{ "\xff\xfe*", "\xff\xfe\x80", 1 },
		{ "*) Z *", "evil) Z 1", 1 }, { "evil", "evil) Z 1", 0 },
		{ "123456789012345", "123456789012345", 1 },
		/* comm is cut at 15 bytes: the longer name can't match */
		{ "1234567890123456", "123456789012345", 0 },
		{ "123456789012345*", "123456789012345", 1 },
	};
	int i;

	for (i = 0; i < LEN(t); i++) {
		char *list = strdup(t[i].list), *comm = strdup(t[i].comm);

		ok(is_listed(list, comm) == t[i].match,
		    "list \"%s\", comm \"%s\": not %d", t[i].list,
		    t[i].comm, t[i].match);
		free(list);
		free(comm);
	}
}

static void
test_nth(void)
{
	static const struct {
		const char *text;
		int n;
		int good;
		unsigned long value;
	} t[] = {
		{ "", 0, 0, 0 }, { "x y", 0, 0, 0 }, { "5", 0, 1, 5 },
		{ "5", 1, 0, 0 }, { "cpu  1 2 3 4 55 6", 4, 1, 55 },
		{ "cpu  1 2 3 4", 4, 0, 0 }, { "1 2 3", 2, 1, 3 },
		{ "/dev/zram3 partition 524284 77 100", 0, 1, 3 },
		{ "/dev/zram3 partition 524284 77 100", 1, 1, 524284 },
		{ "/dev/zram3 partition 524284 77 100", 2, 1, 77 },
		{ "-7 +8", 1, 1, 8 }, { "1.5", 1, 1, 5 },
		{ "18446744073709551616 5", 0, 0, 0 },
		{ "18446744073709551616 5", 1, 1, 5 },
		{ "\xff\xfe" "3\xd9\xa1", 0, 1, 3 },
	};
	size_t cut, n;
	int i;

	for (i = 0; i < LEN(t); i++)
		for (n = strlen(t[i].text), cut = 0; cut <= n; cut++) {
			char *p = exact(t[i].text, cut);
			unsigned long v = 0;
			const char *end = parse_nth(p, p + cut, t[i].n, &v);

			ok(cut < n ? !end || (end > p && end <= p + cut) :
			    !end == !t[i].good && v == t[i].value,
			    "number %d of \"%s\" cut at %zu: %d %lu", t[i].n,
			    t[i].text, cut, !!end, v);
			free(p);
		}
}

/* meminfo, walked in chunks */

/* 6.1 on x86-64, cut after what matters; CMA, as on arm64; 3.10: nothing of
 * MemAvailable; a line longer than the buffer; over 32 bits of KiB. */
static const char meminfo_pc[] =
	"MemTotal:         983892 kB\n" "MemFree:          123456 kB\n"
	"MemAvailable:     234567 kB\n" "Buffers:            1204 kB\n"
	"Cached:           301416 kB\n" "SwapCached:            0 kB\n"
	"Active:           100000 kB\n" "Inactive:         200000 kB\n"
	"Active(anon):      11111 kB\n" "Inactive(anon):    22222 kB\n"
	"Active(file):      33333 kB\n" "Inactive(file):    44444 kB\n"
	"Unevictable:           0 kB\n" "Mlocked:               0 kB\n"
	"SwapTotal:        524284 kB\n" "SwapFree:         423456 kB\n"
	"Shmem:              5512 kB\n" "KReclaimable:      20000 kB\n"
	"Slab:              40000 kB\n" "SReclaimable:      19000 kB\n"
	"SUnreclaim:        21000 kB\n" "VmallocTotal:   34359738367 kB\n"
	"CmaTotal:          65536 kB\n" "CmaFree:           54321 kB\n"
	"HugePages_Total:       0\n"    "DirectMap2M:     1003520 kB\n";

static void
test_keys(void)
{
	static const char keys[] = "MemFree:\0MemAvailable:\0Active(file):\0"
	    "KReclaimable:\0CmaFree:\0NotThere:";
	static const unsigned long want[] = { 123456, 234567, 33333, 20000,
	    54321, 0 };
	const size_t len = sizeof(meminfo_pc) - 1;
	char *text = malloc(len + 512), *buf = new_buf();
	size_t pad, cut;
	int k, bad;

	/* each way that lines can lie across the ends of the buffer, each
	 * length of a short read, each place where the file may end */
	for (pad = 0; pad <= 2 * BUF + 1; pad++)
		for (read_most = 1; read_most <= BUF; read_most++) {
			unsigned long v[6] = { 0 };
			unsigned found;
			off_t at = 0;
			int fd;

			if (read_most > 40 && read_most < BUF - 3)
				continue;
			memset(text, 'x', pad);
			if (pad)
				text[pad - 1] = '\n';
			memcpy(text + pad, meminfo_pc, len);
			fd = file_of(text, pad + len);
			found = read_keys(fd, buf, &at, keys, v, 6);
			/* 256 reads have to reach: not when they are tiny */
			bad = read_most >= 40 && found != 0x1f;
			for (k = 0; k < 6; k++)
				bad |= v[k] != (found >> k & 1 ? want[k] : 0);
			if (read_most >= 40) {
				char line[9] = "";

				bad |= pread(fd, line, 8, at) != 8 ||
				    strcmp(line, "MemFree:") != 0;
			}
			ok(!bad, "meminfo after %zu bytes, %zu at a time: "
			    "found %x", pad, read_most, found);
			close(fd);
		}
	read_most = SIZE_MAX;
	for (cut = 0; cut <= len; cut++) {
		unsigned long v[6] = { 0 };
		off_t at = 0;
		int fd = file_of(meminfo_pc, cut);
		unsigned found = read_keys(fd, buf, &at, keys, v, 6);

		const char *key = keys;

		for (bad = 0, k = 0; k < 6; k++, key += strlen(key) + 1) {
			const char *p = strstr(meminfo_pc, key);
			int whole = p && strchr(p, '\n') < meminfo_pc + cut;

			bad |= (found >> k & 1) != (unsigned)whole ||
			    v[k] != (whole ? want[k] : 0);
		}
		ok(!bad, "meminfo cut at %zu: found %x", cut, found);
		close(fd);
	}
	free(text);
	free(buf);
}

/* One key in hostile files. */
static void
test_key_lines(void)
{
	static const struct {
		const char *text;
		int found;
		unsigned long value;
	} t[] = {
		{ "", 0, 0 }, { "\n", 0, 0 }, { "\n\n\n", 0, 0 },
		{ "K:", 0, 0 }, { "K:\n", 0, 0 }, { "K: \n", 0, 0 },
		{ "K: kB\n", 0, 0 }, { "K: -5 kB\n", 0, 0 },
		{ "K: 5", 0, 0 }, { "K: 5 kB", 0, 0 },
		{ "K:5\n", 1, 5 }, { "K:\t  5 kB\n", 1, 5 },
		{ "K:   5kB\n", 1, 5 }, { "XK: 4\nK: 5\n", 1, 5 },
		{ " K: 4\nK: 5\n", 1, 5 }, { "k: 4\nK: 5\n", 1, 5 },
		{ "K: 4294967295 kB\n", 1, 4294967295 },
		{ "K: 4294967297 kB\n", ULONG_MAX > UINT32_MAX,
		    ULONG_MAX > UINT32_MAX ? 4294967297 : 0 },
		{ "K: 18446744073709551616\n", 0, 0 },
		{ "Name:\tK: 4\nK: 5\n", 1, 5 },	/* a comm as a trap */
		{ "\xff\xfe: 1\nK: 5\n", 1, 5 },
	};
	char *buf = new_buf(), text[600];
	int i;
	size_t long_line;

	for (i = 0; i < LEN(t); i++) {
		unsigned long v = 0;
		off_t at = 0;
		int fd = file_of(t[i].text, strlen(t[i].text));

		ok((int)read_keys(fd, buf, &at, "K:", &v, 1) == t[i].found &&
		    v == t[i].value, "line \"%s\": %llu", t[i].text,
		    (unsigned long long)v);
		close(fd);
	}
	/* a line longer than the buffer, with the key where a chunk begins */
	for (long_line = 1; long_line < 500; long_line++) {
		unsigned long v = 0;
		off_t at = 0;
		int fd;

		memset(text, ' ', sizeof(text));
		memcpy(text + long_line, "K: 4\n", 5);
		fd = file_of(text, long_line + 5);
		ok(!read_keys(fd, buf, &at, "K:", &v, 1),
		    "key after %zu bytes of a line: %lu", long_line, v);
		text[long_line + 4] = ' ';
		memcpy(text + long_line + 5, "\nK: 5\n", 6);
		rewrite(fd, text, long_line + 11);
		at = 0;
		ok(read_keys(fd, buf, &at, "K:", &v, 1) == 1 && v == 5,
		    "key after a line of %zu bytes: %lu", long_line + 5, v);
		close(fd);
	}
	{
		unsigned long v = 42;
		off_t at = 0;
		int fd = file_of("K: 5\n", 5);

		read_errno = EIO;
		ok(!read_keys(fd, buf, &at, "K:", &v, 1) && v == 42,
		    "a read that fails finds nothing");
		read_errno = 0;
		close(fd);
	}
	free(buf);
}

/* getdents64 */

static size_t
record(char *at, const char *name, size_t align)
{
	uint64_t ino = 1;
	uint16_t reclen;
	size_t n = (19 + strlen(name) + 1 + align - 1) / align * align;

	memset(at, 0xa5, n);		/* the padding isn't zero */
	memcpy(at, &ino, 8);
	memcpy(at + 8, &ino, 8);
	reclen = (uint16_t)n;
	memcpy(at + 16, &reclen, 2);
	at[18] = 4;
	strcpy(at + 19, name);
	return n;
}

static void
test_batch(void)
{
	static const struct {
		const char *names[6];
		int self;
		pid_t want[6];
	} t[] = {
		{ { "." }, 0, { 0 } },
		{ { ".", "..", "fs", "bus", "irq" }, 0, { 0 } },
		{ { "2", "3", "4", "5", "6" }, 0, { 2, 3, 4, 5, 6 } },
		{ { "1", "0", "2", "3" }, 3, { 2 } },
		{ { "4194304", "99999", "x1", "1x" }, 0, { 4194304, 99999 } },
		{ { "2147483647", "2147483648", "7" }, 0, { 2147483647, 7 } },
		{ { "4294967297", "8" }, 0, { 8 } },
		{ { "18446744073709551618", "9" }, 0, { 9 } },
		{ { "-5", "+5", " 5", "5 ", "5" }, 0, { 5 } },
		{ { "", "6" }, 0, { 6 } },
		{ { "12\n", "\xff" "7", "7" }, 0, { 7 } },
		{ { "0000000000000000000000000000000000000000000000000000012",
		    "13" }, 0, { 12, 13 } },
	};
	char *buf = new_buf();
	int i, k, n, want, round;
	size_t len, cut;

	for (i = 0; i < LEN(t); i++) {
		pid_t pid[BATCH];

		for (len = 0, k = 0; k < 6 && t[i].names[k]; k++)
			len += record(buf + len, t[i].names[k], 8);
		for (want = 0; t[i].want[want]; want++)
			;
		n = batch_pids(buf, (ssize_t)len, pid, t[i].self);
		for (k = 0; k < n && k < want && pid[k] == t[i].want[k]; k++)
			;
		ok(n == want && k == n, "batch row %d: %d pids", i, n);
		for (cut = 0; cut < len; cut++) {
			char *part = exact(buf, cut);

			n = batch_pids(part, (ssize_t)cut, pid, t[i].self);
			for (k = 0; k < n && pid[k] == t[i].want[k]; k++)
				;
			ok(n <= want && k == n, "batch row %d cut at %zu", i,
			    cut);
			free(part);
		}
	}
	/* rubbish: bounded, and ASan watches */
	for (round = 0; round < 50000; round++) {
		pid_t pid[BATCH];
		int bad = 0;

		len = rnd(BUF + 1);
		for (cut = 0; cut < len; cut++)
			buf[cut] = (char)(rnd(3) ? rnd(60) : rnd(256));
		n = batch_pids(buf, (ssize_t)len, pid, 7);
		for (k = 0; k < n; k++)
			bad |= pid[k] < 2 || pid[k] == 7;
		if (n > (int)BATCH || bad)
			ok(0, "batch of rubbish, %zu bytes: %d pids", len, n);
	}
	ok(1, "batches of rubbish");
	free(buf);
}

/* the log */

static void
test_log(void)
{
	static const struct {
		const char *comm, *want;
	} t[] = {
		{ "eater", "eater" },
		{ "a b", "a\\x20b" },
		{ "evil) Z 1 1", "evil)\\x20Z\\x201\\x201" },
		{ "a\nbustd: killed", "a\\x0abustd:\\x20killed" },
		{ "\x1b[2J\a\b\t\r", "\\x1b[2J\\x07\\x08\\x09\\x0d" },
		{ "\xff\xfe\x80\xc3\xa9", "\\xff\\xfe\\x80\\xc3\\xa9" },
		{ "back\\x20", "back\\x5cx20" },
		{ "123456789012345", "123456789012345" },
		{ "\x7f=\"'%s%n", "\\x7f=\\x22'%s%n" },
		{ "", "" },
		{ "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", "\\x0a\\x0a\\x0a\\x0a"
		  "\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a" },
	};
	static const unsigned long value[] = { 0, 1, 9, 10, 99, 100,
	    4294967295, ULONG_MAX };
	const unsigned long most = ULONG_MAX;
	char *buf = new_buf(), want[512], *got;
	const int most_of = (PIECES - 2) / 2;
	int i, space, len = snprintf(want, sizeof(want), "%lu", most);

	for (i = 0; i < LEN(t); i++) {
		snprintf(want, sizeof(want), "<4>bustd: c=%.60s pid=7\n",
		    t[i].want);
		say(buf, WARN, "c=%.15s pid=%d", t[i].comm, 7);
		got = logged();
		ok(!strcmp(got, want), "comm row %d: %s", i, got);
	}
	for (i = 0; i < LEN(value); i++) {
		snprintf(want, sizeof(want), "<6>bustd: %lu %d %d.%02d %u|\n",
		    value[i], -1000, 5, i * 13, 70000u);
		say(buf, INFO, "%lu %d %.2u %u|", value[i], -1000,
		    500 + (unsigned)i * 13, 70000u);
		got = logged();
		ok(!strcmp(got, want), "number row %d: %s", i, got);
	}
	say(buf, INFO, "%d %s", INT32_MIN, "%n%s");
	got = logged();
	ok(!strcmp(got, "<6>bustd: -2147483648 %n%s\n"), "INT_MIN: %s", got);

	/* digits run out of buffer: no byte before it, one whole line, and what
	 * did fit is right */
	say(buf, WARN, "%lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu",
	    most, most, most, most, most, most, most, most, most, most, most,
	    most, most);
	got = logged();
	snprintf(want, sizeof(want), "<4>bustd: %lu %lu %lu ", most, most,
	    most);
	ok(!strncmp(got, want, strlen(want)) && got[strlen(got) - 1] == '\n' &&
	    strlen(got) > 100, "a buffer full of digits: %s", got);
	for (space = 0; space <= 64; space++) {
		char *room = malloc((size_t)space + 1);
		struct line l = { .buf = room, .end = room + space };

		put_number(&l, most, 0);
		ok(l.end >= l.buf && l.n == (space >= len) && (!l.n ||
		    l.piece[0].iov_len == (size_t)len),
		    "%d digits in %d bytes", len, space);
		free(room);
	}
	/* more pieces than there are places: the line still ends */
	for (i = 0; i < 60; i++) {
		struct line l;
		int k;

		start_line(&l, buf, WARN);
		for (k = 0; k < i; k++)
			add(&l, "%s|", "ab");
		end_line(&l);
		got = logged();
		ok(got[strlen(got) - 1] == '\n' && (int)strlen(got) ==
		    11 + 3 * (i < most_of ? i : most_of), "%d pieces: %s",
		    2 * i, got);
	}
	/* nor does a comm write where no piece is left */
	for (i = 0; i < (int)PIECES; i++) {
		struct line l = { .n = i, .buf = buf, .end = buf + BUF };

		put_comm(&l, "\n\n\n");
		ok(l.n == (i < (int)PIECES - 7 ? i + 6 : (int)PIECES - 1) &&
		    l.end == buf + BUF, "comm after %d pieces: %d", i, l.n);
	}
	free(buf);
}

/* Where a line can't go it is dropped at once, and nothing is harmed. */
static void
test_log_sinks(void)
{
	char *buf = new_buf(), line[16] = "";
	int p[2], i, err, saved = kmsg_fd, saved_err = dup(STDERR_FILENO);
	time_t start = time(NULL);

	if (pipe2(p, O_CLOEXEC) || dup2(p[1], STDERR_FILENO) < 0)
		abort();
	/* no /dev/kmsg: stderr gets it even with LOG_KMSG */
	kmsg_fd = -1;
	say(buf, WARN, "x");
	i = (int)read(p[0], buf, BUF);
	/* the journal takes the level, and adds the name */
	kmsg_fd = saved;
	logged();
	opt.log = LOG_JOURNAL;
	say(buf, WARN, "x");
	opt.log = LOG;
	read(p[0], line, sizeof(line) - 1);
	ok(!strcmp(line, "<4>x\n") && !*logged(), "journal: %s", line);
	kmsg_fd = -1;
	for (err = 0; err < 5000; err++)	/* far over 64 KiB */
		say(buf, WARN, "a line that nobody reads %d", err);
	close(p[0]);
	say(buf, WARN, "a line that nobody can read");
	err = open("/dev/full", O_WRONLY | O_CLOEXEC);
	dup2(err, STDERR_FILENO);
	kmsg_fd = err;
	say(buf, WARN, "a line that has no room");
	close(err);
	close(STDERR_FILENO);
	say(buf, WARN, "a line to descriptors that are closed");
	dup2(saved_err, STDERR_FILENO);
	kmsg_fd = saved;
	ok(time(NULL) - start < 5, "a full pipe doesn't block");
	ok(i == 9, "stderr stands in for a missing kmsg: %d bytes", i);
	logged();
	close(p[1]);
	close(saved_err);
	free(buf);
}

/* memory */

static void
test_sysinfo(void)
{
	struct look l;
	static const struct {
		unsigned long total, free, swap;
		unsigned unit;
		uint64_t total_kib, free_kib, swap_kib;
	} t[] = {
		{ 64 << 20, 8 << 20, 0, 1, 65536, 8192, 0 },
		{ 16384, 2048, 0, 4096, 65536, 8192, 0 },
		/* 32 bits: RAM and swap over 4 GiB come in units of 4096 */
		{ 1 << 20, 1 << 19, 1 << 20, 4096, 4194304, 2097152, 4194304 },
		{ 4294967295, 4294967295, 4294967295, 1024, 4294967295,
		  4294967295, 4294967295 },
		{ 4294967295, 1023, 1024, 1, 4194303, 0, 1 },
	};
	int i;

	for (i = 0; i < LEN(t); i++) {
		si_is = &(struct sysinfo){ .totalram = t[i].total,
		    .freeram = t[i].free, .totalswap = t[i].swap,
		    .freeswap = t[i].swap / 2, .mem_unit = t[i].unit };
		ok(read_sysinfo(&l) == 0 && l.total_kib == t[i].total_kib &&
		    l.free_kib == t[i].free_kib &&
		    l.swap_free_kib == t[i].swap_kib / 2 &&
		    l.swap_total_kib == t[i].swap_kib, "sysinfo row %d: %lu "
		    "%lu %lu %lu", i, l.total_kib, l.free_kib,
		    l.swap_total_kib, l.swap_free_kib);
	}
	si_is = NULL;
	fail_nr[0] = SYS_sysinfo;
	ok(read_sysinfo(&l) < 0, "sysinfo that fails");
	fail_nr[0] = 0;
}

static void
test_percent(void)
{
	static const kib of[] = { 0, 1, 99, 9999, 10000, 10001, 65536, 983892,
	    123456789, ULONG_MAX / 20000, ULONG_MAX / 10000, ULONG_MAX };
	static const int centi[] = { 0, 1, 99, 100, 1500, 9999, 10000 };
	int i, k;

	for (i = 0; i < LEN(of); i++)
		for (k = 0; k < LEN(centi); k++) {
			uint64_t want = (uint64_t)of[i] * (uint64_t)centi[k];

			want = of[i] > UINT64_MAX / 10000 ? of[i] / 10000 *
			    (uint64_t)centi[k] : want / 10000;
			ok(part_kib(of[i], centi[k]) - want <
			    (of[i] > UINT64_MAX / 10000 ? 10000 : 1),
			    "%d hundredths of a percent of %lu: %lu", centi[k],
			    of[i], part_kib(of[i], centi[k]));
		}
	ok(percent_kib(100000, 15) == 15000 && percent_kib(99, 1) == 0,
	    "percent");
}

/* decide: when.  All of a machine with 100,000 KiB of RAM. */

static void
test_room(void)
{
	/* 50,000 KiB of swap, where there is some; the floor in percent */
	static const struct {
		const char *what;
		kib free, file, slab, pinned, reserve, cma;
		kib swap_free, zram_free, anon, data, used;
		int swap_floor;
		kib available, room;
	} t[] = {
		{ "free", 9000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9000, 9000 },
		{ "files", 9000, 500, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9500,
		  9500 },
		{ "slab", 9000, 500, 70, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9570,
		  9570 },
		{ "slab, some of it pinned", 9000, 500, 70, 50, 0, 0, 0, 0, 0,
		  0, 0, 0, 9520, 9520 },
		{ "all of it pinned", 9000, 500, 70, 80, 0, 0, 0, 0, 0, 0, 0,
		  0, 9500, 9500 },
		{ "the kernel's reserve", 9000, 500, 70, 50, 3000, 0, 0, 0, 0,
		  0, 0, 0, 6520, 6520 },
		{ "CMA", 9000, 500, 70, 50, 3000, 2000, 0, 0, 0, 0, 0, 0, 4520,
		  4520 },
		{ "nothing left", 3000, 500, 70, 50, 3000, 2000, 0, 0, 0, 0, 0,
		  0, 0, 0 },
		{ "nothing known yet", 9000, 0, 0, LONG_MAX, LONG_MAX, 0, 0, 0,
		  0, 0, 0, 0, 0, 0 },
		{ "a swap disk", 9000, 0, 0, 0, 0, 0, 40000, 0, 99, 0, 0, 0,
		  9000, 49000 },
		{ "a part of which doesn't count", 9000, 0, 0, 0, 0, 0, 40000,
		  0, 99, 0, 0, 30, 9000, 34000 },
		{ "nor any of it", 9000, 0, 0, 0, 0, 0, 40000, 0, 99, 0, 0,
		  100, 9000, 9000 },
		/* nothing is known of compression: 2:1, so half is saved */
		{ "zram", 9000, 0, 0, 0, 0, 0, 40000, 40000, 90000, 0, 0, 0,
		  9000, 29000 },
		{ "zram, little to compress", 9000, 0, 0, 0, 0, 0, 40000,
		  40000, 6400, 0, 0, 0, 9000, 12200 },
		{ "more zram is free than swap", 9000, 0, 0, 0, 0, 0, 40000,
		  90000, 90000, 0, 0, 0, 9000, 29000 },
		{ "zram and a disk", 9000, 0, 0, 0, 0, 0, 40000, 16000, 90000,
		  0, 0, 0, 9000, 41000 },
		{ "and what doesn't count is on both", 9000, 0, 0, 0, 0, 0,
		  40000, 16000, 90000, 0, 0, 50, 9000, 16512 },
		/* 95,000 KiB in 17,500: with the 5,000 in 2,500, 5:1 */
		{ "zram, 5:1", 9000, 0, 0, 0, 0, 0, 40000, 40000, 90000, 95000,
		  17500, 0, 9000, 41500 },
		{ "zram, 1:1", 9000, 0, 0, 0, 0, 0, 40000, 40000, 90000, 95000,
		  97500, 0, 9000, 9000 },
		{ "zram, worse than that", 9000, 0, 0, 0, 0, 0, 40000, 40000,
		  90000, 9000, 19000, 0, 9000, 9000 },
	};
	int i;

	for (i = 0; i < LEN(t); i++) {
		struct options o = { .swap_centi = t[i].swap_floor * 100 };
		struct look l = { .total_kib = 100000, .free_kib = t[i].free,
		    .file_kib = t[i].file, .slab_kib = t[i].slab,
		    .anon_kib = t[i].anon,
		    .swap_total_kib = t[i].swap_free ? 50000 : 0,
		    .swap_free_kib = t[i].swap_free };
		struct memory y = { .reserve_kib = t[i].reserve,
		    .pinned_kib = t[i].pinned, .cma_free_kib = t[i].cma,
		    .zram_free_kib = t[i].zram_free,
		    .zram_data_kib = t[i].data, .zram_used_kib = t[i].used };

		ok(available_kib(OF(NULL, &l, &y, NULL)) == t[i].available &&
			room_kib(OF(&o, &l, &y, NULL)) == t[i].room,
		    "room, %s: available "
		    "%lu, room %lu",
		    t[i].what, available_kib(OF(NULL, &l, &y, NULL)),
		    room_kib(OF(&o, &l, &y, NULL)));
	}
	ok(room_kib(OF(&opt,
	       &(struct look){ .total_kib = 100000,
		   .swap_total_kib = 50000,
		   .swap_free_kib = 40000 },
	       &(struct memory){ 0 }, NULL)) == 40000,
	    "all of swap counts, as built");
}

static void
test_plenty(void)
{
	static const struct {
		const char *what;
		kib free, reserve, cma;
		int floor, want;
	} t[] = {
		{ "over a quarter", 25001, 0, 0, 1, 1 },
		{ "a quarter", 25000, 0, 0, 1, 0 },
		{ "over the reserve, too", 28001, 3000, 0, 1, 1 },
		{ "not over the reserve", 28000, 3000, 0, 1, 0 },
		{ "all of CMA may be free", 33001, 3000, 5000, 1, 1 },
		{ "none but CMA", 33000, 3000, 5000, 1, 0 },
		{ "a high floor", 60001, 0, 0, 60, 1 },
		{ "at a high floor", 60000, 0, 0, 60, 0 },
		{ "the reserve isn't known", 99999, LONG_MAX, 0, 1, 0 },
		{ "no RAM at all", 0, 0, 0, 1, 0 },
	};
	int i;

	for (i = 0; i < LEN(t); i++) {
		struct options o = { .floor_centi = t[i].floor * 100 };
		struct look l = { .total_kib = 100000, .free_kib = t[i].free };
		struct memory y = { .reserve_kib = t[i].reserve,
		    .cma_total_kib = t[i].cma };

		ok(is_plenty(OF(&o, &l, &y, NULL)) == t[i].want, "plenty, %s",
		    t[i].what);
	}
}

/* Looks one after the other, each so many ms after the last, and the fall that
 * they are. */
static void
test_fall(void)
{
	static const struct {
		const char *what;
		struct { int ms; kib room; } look[6];
		kib fall, low;
	} t[] = {
		{ "the first look", { { 5, 9000 } }, 0, 9000 },
		{ "down", { { 5, 9000 }, { 10, 8000 } }, 1000, 8000 },
		{ "and down", { { 5, 9000 }, { 10, 8000 }, { 4000, 7000 } },
		  2000, 7000 },
		{ "a pause", { { 5, 9000 }, { 10, 8000 }, { 5000, 7000 } },
		  2000, 7000 },
		{ "too long a pause", { { 5, 9000 }, { 10, 8000 },
		  { 5001, 7000 } }, 1000, 7000 },
		{ "all of it between two looks", { { 5, 9000 }, { 6000, 9000 },
		  { 250, 2000 } }, 7000, 2000 },
		{ "still, without a new low", { { 5, 9000 }, { 10, 8000 },
		  { 3000, 8000 }, { 2000, 7000 } }, 2000, 7000 },
		{ "a new low that is none to speak of", { { 5, 9000 },
		  { 10, 8000 }, { 3000, 7688 }, { 2001, 7000 } }, 688, 7000 },
		{ "one that is", { { 5, 9000 }, { 10, 8000 }, { 3000, 7687 },
		  { 2001, 7000 } }, 2000, 7000 },
		{ "two that are", { { 5, 9000 }, { 10, 8000 }, { 10, 7900 },
		  { 3000, 7687 }, { 2001, 7000 } }, 2000, 7000 },
		{ "still for too long", { { 5, 9000 }, { 10, 8000 },
		  { 3000, 8000 }, { 2001, 7000 } }, 1000, 7000 },
		{ "half comes back", { { 5, 9000 }, { 10, 8000 },
		  { 10, 8500 } }, 1000, 8000 },
		{ "more than half", { { 5, 9000 }, { 10, 8000 },
		  { 10, 8501 } }, 0, 8501 },
		{ "more than there was", { { 5, 9000 }, { 10, 8000 },
		  { 10, 9001 } }, 0, 9001 },
		{ "up and down", { { 5, 9000 }, { 10, 8000 }, { 10, 8400 },
		  { 10, 7999 } }, 1001, 7999 },
	};
	struct options o = opt;
	int i, k;

	for (i = 0; i < LEN(t); i++) {
		struct memory y = { 0 };
		struct look l = { .now_ms = (msec)-7,	/* the clock wraps */
		    .total_kib = 100000 };

		for (k = 0; k < 6 && t[i].look[k].ms; k++) {
			l.now_ms += (msec)t[i].look[k].ms;
			remember_room(
			    OF(NULL, &l, &y, NULL), &y, t[i].look[k].room);
		}
		ok(fall_kib(OF(NULL, NULL, &y, NULL)) == t[i].fall &&
			y.low_kib == t[i].low && y.rooms == (unsigned)k,
		    "fall, %s: %lu to %lu, %u looks", t[i].what,
		    fall_kib(OF(NULL, NULL, &y, NULL)), y.low_kib, y.rooms);
	}
	{
		struct memory y = { .futile = 3, .hopeless_ms = 7 };
		struct look l = { .now_ms = 1000, .total_kib = 100000,
		    .file_kib = 14000, .mem_us = 5 };

		remember(OF(&o, &l, &y, NULL), &y);
		ok(y.samples == 1 && y.futile == 3 && y.hopeless_ms &&
		    y.low_kib == 14000, "a look at what is short");
		l.now_ms += 82;
		remember(OF(&o, &l, &y, NULL), &y);
		ok(y.samples == 1 && y.rooms == 2, "a sample too early");
		l.now_ms += 1;
		l.mem_us = 9;
		remember(OF(&o, &l, &y, NULL), &y);
		ok(y.samples == 2 && y.sample[y.at_sample].mem_us == 9,
		    "a twelfth of a window later");
		for (i = 0; i < 100; i++) {
			l.now_ms += 100;
			remember(OF(&o, &l, &y, NULL), &y);
		}
		ok(y.samples == SAMPLES && y.rooms == 8, "all samples: %u %u",
		    y.samples, y.rooms);
		ok(sample_before(OF(NULL, &l, &y, NULL), 950)->ms ==
			l.now_ms - 1000,
		    "the sample of a second ago");
		y.refaults.ms = 7;
		forget_pressure(&y);
		ok(!y.samples && y.rooms && !y.refaults.ms, "old pressure is "
		    "forgotten");
		y.rooms = 0;
		for (i = 0; i < 11; i++) {
			l.now_ms += 10;
			l.file_kib -= 100;
			remember(OF(&o, &l, &y, NULL), &y);
		}
		ok(y.high_kib == 13900 &&
			fall_kib(OF(NULL, NULL, &y, NULL)) == 1000 &&
			ahead_kib(OF(NULL, &l, &y, NULL), l.file_kib) == 100,
		    "a fall after that: "
		    "%lu, and %lu ahead",
		    fall_kib(OF(NULL, NULL, &y, NULL)),
		    ahead_kib(OF(NULL, &l, &y, NULL), l.file_kib));
		l.free_kib = 90000;
		l.file_kib = 0;
		y.reserve_kib = 1000;
		y.cma_total_kib = 500;
		remember(OF(&o, &l, &y, NULL), &y);
		ok(!y.samples && !y.futile && !y.hopeless_ms &&
		    y.high_kib == 89000,
		    "plenty: %u %lu", y.samples, y.high_kib);
	}
}

/* What a fall is expected to take within 10 ms. */
static void
test_ahead(void)
{
	static const struct {
		const char *what;
		struct { unsigned age; kib room; } look[5]; /* newest first */
		kib fall, want;
	} t[] = {
		{ "one look", { { 0, 9000 } }, 80000, 0 },
		{ "still", { { 0, 9000 }, { 50, 9000 } }, 80000, 0 },
		{ "up", { { 0, 9000 }, { 50, 8000 } }, 80000, 0 },
		{ "10 KiB/ms", { { 0, 9000 }, { 50, 9500 } }, 80000, 100 },
		{ "of a short fall", { { 0, 9000 }, { 50, 9500 } }, 400, 50 },
		{ "slow, since the last look", { { 0, 9000 }, { 500, 9500 } },
		  80000, 10 },
		{ "over the last tenth of a second", { { 0, 9000 },
		  { 10, 9000 }, { 50, 9000 }, { 100, 10000 } }, 80000, 100 },
		{ "but no longer", { { 0, 9000 }, { 10, 9000 }, { 50, 9000 },
		  { 101, 10000 } }, 80000, 0 },
		{ "no time at all", { { 0, 9000 }, { 0, 9005 } }, 80000, 50 },
	};
	struct memory z = { .rooms = 0 };
	struct look l = { .total_kib = 100000 };
	int i, k;

	for (i = 0; i < LEN(t); i++) {
		struct memory y = { .high_kib = 9000 + t[i].fall,
		    .low_kib = 9000 };

		l.now_ms = 50;
		for (k = 0; k < 5 && t[i].look[k].room; k++) {
			unsigned at = (6 + ROOMS - (unsigned)k) % ROOMS;

			y.room[at].ms = 50ul - t[i].look[k].age;
			y.room[at].room_kib = t[i].look[k].room;
		}
		y.at_room = 6;
		y.rooms = (unsigned)k;
		ok(ahead_kib(OF(NULL, &l, &y, NULL), 9000) == t[i].want,
		    "ahead, %s: %lu", t[i].what,
		    ahead_kib(OF(NULL, &l, &y, NULL), 9000));
	}
	for (k = 0; k < 12; k++) {
		l.now_ms = 1000 + (msec)k * 10;
		remember_room(OF(NULL, &l, &z, NULL), &z,
		    !k	       ? 30000 :
			k < 11 ? 20000 :
				 19700);
	}
	ok(ahead_kib(OF(NULL, &l, &z, NULL), 19700) == 40,
	    "ahead, as it was remembered: %lu",
	    ahead_kib(OF(NULL, &l, &z, NULL), 19700));
}

/* Exhausted, at a floor of 1 % and a kill floor of 0. */
static void
test_exhausted(void)
{
	static const struct {
		const char *what;
		kib room, fall, last;	/* last: room 10 ms ago */
		int floor, kill;
		enum rule want;
		int urgent;
		kib boost;
	} t[] = {
		{ "watermarks may be raised", 3000, 5000, 3000, 1, 0,
		  EXHAUSTED, 0, 2000 },
		{ "watermarks may be raised, no time", 2000, 5000, 2000, 1, 0,
		  EXHAUSTED, 1, 2000 },
		{ "watermarks may be raised, time", 2001, 5000, 2001, 1, 0,
		  EXHAUSTED, 0, 2000 },
		{ "watermarks may be raised, over that", 3001, 5000, 3001, 1,
		  0, FINE, 0, 2000 },
		{ "at the floor", 1000, 5000, 1000, 1, 0, EXHAUSTED, 0 },
		{ "over it", 1001, 5000, 1001, 1, 0, FINE, 0 },
		{ "no eater", 1000, 4999, 1000, 1, 0, FINE, 0 },
		{ "nobody fell", 0, 0, 0, 1, 0, FINE, 1 },
		{ "soon", 1300, 5000, 1600, 1, 0, EXHAUSTED, 0 },
		{ "not soon", 1301, 5000, 1601, 1, 0, FINE, 0 },
		{ "fast, but short", 1626, 5000, 9000, 1, 0, FINE, 0 },
		{ "fast and short", 1625, 5000, 9000, 1, 0, EXHAUSTED, 0 },
		{ "no time", 300, 5000, 600, 1, 0, EXHAUSTED, 1 },
		{ "time", 301, 5000, 601, 1, 0, EXHAUSTED, 0 },
		{ "nothing left", 0, 5000, 0, 1, 0, EXHAUSTED, 1 },
		{ "another floor", 10000, 5000, 10000, 10, 3, EXHAUSTED, 0 },
		{ "over that", 10001, 5000, 10001, 10, 3, FINE, 0 },
		{ "another kill floor", 3000, 5000, 3000, 10, 3, EXHAUSTED, 1 },
		{ "over that, too", 3001, 5000, 3001, 10, 3, EXHAUSTED, 0 },
	};
	int i;

	for (i = 0; i < LEN(t); i++) {
		struct options o = { .floor_centi = t[i].floor * 100,
		    .kill_centi = t[i].kill * 100, .psi_centi = 2500 };
		struct memory y = { .high_kib = t[i].room + t[i].fall,
		    .low_kib = t[i].room, .rooms = 2, .at_room = 1,
		    .kept_kib = t[i].boost,
		    .room = { { 990, t[i].last }, { 1000, t[i].room } } };
		struct look l = { .now_ms = 1000, .total_kib = 100000,
		    .free_kib = t[i].room };
		struct verdict v = judge(OF(&o, &l, &y, &nobody));

		ok(v.rule == t[i].want && v.is_urgent == t[i].urgent &&
		    v.room_kib == t[i].room && v.available_kib == t[i].room &&
		    v.fall_kib == t[i].fall, "exhausted, %s: %d, urgent %d, "
		    "ahead %lu", t[i].what, v.rule, v.is_urgent, v.ahead_kib);
	}
}

/* Stalled.  The sample is so many ms old; since then so much of the time was
 * lost, in percent, and so much of 101,000 KiB was read again. */
static void
test_stalled(void)
{
	static const struct {
		const char *what;
		int psi, age;
		kib available;
		unsigned long mem, io, iowait, back;
		int cutoff;
		enum rule want;
		kib fall;
	} t[] = {
		{ "all of it", 1, 1000, 15000, 25, 60, 0, 51, 25, STALLED },
		{ "too much available", 1, 1000, 15001, 25, 60, 0, 51, 25,
		  FINE },
		{ "too little stall", 1, 1000, 15000, 24, 60, 0, 51, 25, FINE },
		{ "nobody waits for reads", 1, 1000, 15000, 25, 59, 99, 51, 25,
		  FINE },
		{ "nothing was read before", 1, 1000, 15000, 100, 100, 0, 0,
		  25, FINE },
		{ "half of it wasn't", 1, 1000, 15000, 100, 100, 0, 49, 25,
		  FINE },
		{ "another cutoff", 1, 1000, 15000, 40, 60, 0, 51, 40,
		  STALLED },
		{ "under that", 1, 1000, 15000, 39, 60, 0, 51, 40, FINE },
		{ "too early", 1, 999, 15000, 100, 100, 0, 100, 25, FINE },
		{ "a long sleep", 1, 5000, 15000, 25, 60, 0, 51, 25, STALLED },
		{ "no PSI", 0, 1500, 15000, 0, 0, 50, 51, 25, STALLED, 5000 },
		{ "no PSI, nobody eats", 0, 1500, 15000, 0, 0, 50, 51, 25,
		  FINE, 4999 },
		{ "no PSI, too much available", 0, 1500, 15001, 0, 0, 100, 100,
		  25, FINE, 5000 },
		{ "no PSI, nobody waits", 0, 1500, 15000, 100, 100, 49, 51, 25,
		  FINE, 5000 },
		{ "no PSI, not read before", 0, 1500, 15000, 0, 0, 400, 49, 25,
		  FINE, 5000 },
		{ "no PSI, too early", 0, 1499, 15000, 0, 0, 400, 100, 25,
		  FINE, 5000 },
		{ "several processors wait", 0, 1500, 15000, 0, 0, 400, 51, 25,
		  STALLED, 5000 },
		/* what the kernel doesn't count as a stall */
		{ "after a fall", 1, 1500, 15000, 0, 60, 0, 51, 25, STALLED,
		  5000 },
		{ "after none", 1, 1500, 15000, 24, 60, 0, 51, 25, FINE, 4999 },
		{ "after a fall, too much available", 1, 1500, 15001, 24, 60, 0,
		  51, 25, FINE, 5000 },
		{ "after a fall, nobody waits for reads", 1, 1500, 15000, 24,
		  59, 99, 51, 25, FINE, 5000 },
		{ "after a fall, half of it wasn't", 1, 1500, 15000, 24, 60, 0,
		  49, 25, FINE, 5000 },
		{ "after a fall, too early", 1, 1499, 15000, 24, 60, 0, 51, 25,
		  FINE, 5000 },
	};
	int i;

	for (i = 0; i < LEN(t); i++) {
		const unsigned long us = (unsigned long)t[i].age * 10;
		struct options o = { .floor_centi = 100,
		    .psi_centi = t[i].cutoff * 100 };
		struct look l = { .now_ms = 1000 + (msec)t[i].age,
		    .total_kib = 100000, .free_kib = t[i].available,
		    .has_psi = t[i].psi, .mem_us = t[i].mem * us - 99,
		    .io_us = (t[i].psi ? t[i].io : t[i].iowait) * us - 99 };
		struct memory y = { .samples = 1, .at_sample = SAMPLES - 1,
		    .refaults = { l.now_ms, t[i].back * 1000 - 9, 0, 100990,
			0, t[i].back * 1000 - 9 },
		    .high_kib = t[i].available + t[i].fall,
		    .low_kib = t[i].available };
		struct verdict v;

		/* the totals wrap between the two */
		y.sample[SAMPLES - 1] = (struct sample){ 1000, 0ul - 99,
		    0ul - 99,
		    { 1000, 0ul - 9, 0, 0ul - 10, 0, 0ul - 9 } };
		v = judge(OF(&o, &l, &y, &nobody));
		ok(v.rule == t[i].want && (t[i].age % 100 ||
		    (v.mem_centi == t[i].mem * 100 && v.io_centi ==
		    (t[i].psi ? t[i].io : t[i].iowait) * 100)),
		    "stalled, %s: %d, %u %u %u", t[i].what, v.rule, v.mem_centi,
		    v.io_centi, v.refault_centi);
		/* where both rules hold it is exhausted */
		y.high_kib += 5000;
		o.floor_centi = 1500;
		ok(judge(OF(&o, &l, &y, &nobody)).rule ==
			(t[i].available <= 15000 ? EXHAUSTED : FINE),
		    "stalled, %s, and exhausted", t[i].what);
	}
}

static void
test_samples(void)
{
	struct memory y = { .samples = 5, .at_sample = 2,
	    .refaults = { 5000, 50000, 0, 90000, 0, 0 } };
	static const struct {
		msec ms;
		int want;		/* index, or -1 */
	} t[] = { { 0, 2 }, { 1, 1 }, { 100, 1 }, { 101, 0 }, { 300, 0 },
	    { 301, SAMPLES - 1 }, { 500, SAMPLES - 1 }, { 501, SAMPLES - 2 },
	    { 1100, SAMPLES - 2 }, { 1101, -1 } };
	static const unsigned age[] = { 0, 100, 300, 500, 1100 };
	/* what is known of refaults, by the age of the sample, and how old that
	 * was when the sample was taken; -1: nothing is */
	static const struct {
		const char *what;
		int age, older, newest;
		kib back, all;
		unsigned want;
		kib kept;		/* of back, wasn't thrown out */
		kib anon, swap, zram, written;
	} r[] = {
		{ "half", 1000, 0, 0, 5050, 10000, 5000 },
		{ "less", 1000, 0, 0, 5049, 10000, 4900 },
		{ "all", 1000, 0, 0, 10000, 10000, 10000 },
		{ "readahead", 1000, 0, 0, 20000, 10000, 10000 },
		{ "nothing was read", 1000, 0, 0, 0, 0, 0 },
		{ "an eighth of it thrown out", 1000, 0, 0, 10000, 10000, 5000,
		  8737 },
		{ "less of it", 1000, 0, 0, 10000, 10000, 4900, 8738 },
		{ "by cgroups alone", 1000, 0, 0, 10000, 10000, 0, 10000 },
		{ "none of it before", 1000, 0, 0, 0, 10000, 0 },
		{ "a little", 1000, 0, 0, 99, 100, 4900 },
		{ "of half a window", 500, 0, 0, 5050, 10000, 5000 },
		{ "of less", 499, 0, 0, 5050, 10000, 0 },
		{ "not known then", 1000, -1, 0, 5050, 10000, 0 },
		{ "not known now", 1000, 0, -1, 5050, 10000, 0 },
		{ "the same that it was then", 500, 0, 167, 5050, 10000, 5000 },
		{ "hardly any newer", 500, 0, 168, 5050, 10000, 0 },
		{ "known a window before", 1000, 1000, 0, 5050, 10000, 5000 },
		{ "known before that", 1000, 1001, 0, 5050, 10000, 0 },
		{ "from swap on a disk", 1000, 0, 0, 1000, 5950, 5000, 0,
		  4050, 501, 500 },
		{ "less from swap on a disk", 1000, 0, 0, 1000, 5951, 4900, 0,
		  4049, 501, 500 },
		{ "from zram", 1000, 0, 0, 1000, 5950, 1600, 0, 4050, 500,
		  500 },
		{ "more is written", 1000, 0, 0, 5050, 9000, 5000, 0, 0, 0, 0,
		  10000 },
		{ "far more is written", 1000, 0, 0, 5050, 9000, 4900, 0, 0, 0,
		  0, 10101 },
		{ "less is written", 1000, 0, 0, 5050, 10000, 5000, 0, 0, 0, 0,
		  9999 },
	};
	int i;

	for (i = 0; i < 5; i++)
		y.sample[(2 + SAMPLES - i) % SAMPLES].ms = 5000 - age[i];
	for (i = 0; i < LEN(t); i++) {
		const struct sample *s = sample_before(
		    OF(NULL, &(struct look){ .now_ms = 5000 }, &y, NULL),
		    t[i].ms);

		ok((s ? (int)(s - y.sample) : -1) == t[i].want,
		    "the sample %lu ms before", t[i].ms);
	}
	for (i = 0; i < LEN(r); i++) {
		struct memory z = { .samples = 1, .at_sample = 9, .refaults =
		    { r[i].newest < 0 ? 0 : 9000 - (msec)r[i].newest,
		    r[i].back + 7, r[i].anon + 7, r[i].all + 7,
		    r[i].written + 7, r[i].back + r[i].anon - r[i].kept + 7 },
		    .zram_kib = r[i].zram };
		unsigned got;

		z.sample[9].ms = 9000 - (msec)r[i].age;
		z.sample[9].refaults = (struct refaults){ r[i].older < 0 ? 0 :
		    z.sample[9].ms - (msec)r[i].older, 7, 7, 7, 7, 7 };
		got = refault_centi(OF(NULL, &(struct look){ .now_ms = 9000,
		    .swap_total_kib = r[i].swap }, &z, NULL), 1000);
		ok(got == r[i].want, "refaults, %s: %u", r[i].what, got);
	}
	ok(distance(3, 5) == 2 && distance(5, 3) == 2 && !distance(3, 3),
	    "distance");
	ok(centi_of(123456, 1000) == 1234 && centi_of(999, 1) == 9990 &&
	    centi_of(0, 7) == 0 && centi_of(7000000, 7000) == 10000 &&
	    centi_of(4000000000, 4000000) == 10000, "hundredths of a percent");
}

/* How long bustd is blind, at a rate of 100 % of RAM per second. */
static void
test_sleep(void)
{
	static const struct {
		const char *what;
		kib free, reserve, last;	/* last: free 10 ms ago */
		kib swap, fall;
		int stall;		/* percent of the last 100 ms; -1: of
					   iowait without PSI */
		msec want;
		kib boost;
		msec cost;
		unsigned long io;	/* percent of the last 100 ms */
	} t[] = {
		{ "an idle machine", 80000, 0, 80000, 0, 9000, 0, 780 },
		{ "the reserve isn't left, nor CMA", 80000, 5000, 80000, 0,
		  9000, 0, 720 },
		{ "nor what watermarks may take", 80000, 5000, 80000, 0, 9000,
		  0, 680, 2000 },
		{ "a scan takes time", 80000, 0, 80000, 0, 9000, 0, 750, 0,
		  30 },
		{ "a long one at most half", 25000, 0, 25000, 0, 9000, 0, 110,
		  0, 400 },
		{ "at most a second", 120000, 0, 120000, 0, 0, 0, 1000 },
		{ "a quarter", 25001, 0, 25001, 0, 9000, 0, 230 },
		{ "15 %", 15000, 0, 15000, 0, 9000, 0, 130 },
		{ "5 %", 5000, 0, 5000, 0, 9000, 0, 30 },
		{ "at the floor", 1000, 0, 1000, 0, 9000, 0, 10 },
		{ "nothing left", 0, 0, 0, 0, 9000, 0, 10 },
		{ "nor does anybody eat", 1000, 0, 1000, 0, 0, 0, 250 },
		{ "5 %, nobody eats", 5000, 0, 5000, 0, 4999, 0, 250 },
		{ "5 %, somebody does", 5000, 0, 5000, 0, 5000, 0, 30 },
		{ "10 %, nobody eats", 10000, 0, 10000, 0, 0, 0, 250 },
		{ "more, nobody eats", 10001, 0, 10001, 0, 0, 0, 80 },
		{ "80 %, nobody eats", 80000, 0, 80000, 0, 0, 0, 780 },
		/* swap counts for half of what it holds, under 15 % */
		{ "5 % and swap", 5000, 0, 5000, 20000, 9000, 0, 130 },
		{ "5 % and much swap", 5000, 0, 5000, 90000, 9000, 0, 480 },
		{ "15 % and swap", 15000, 0, 15000, 20000, 9000, 0, 130 },
		/* 400 KiB/ms were seen: then 800 */
		{ "one eats", 17000, 0, 21000, 0, 80000, 0, 10 },
		{ "one eats, with more left", 41000, 0, 45000, 0, 80000, 0,
		  40 },
		{ "slowly", 17000, 0, 17001, 0, 80000, 0, 150 },
		{ "pressed", 12000, 0, 12000, 0, 0, 13, 83 },
		{ "hardly pressed", 12000, 0, 12000, 0, 0, 12, 100 },
		{ "pressed, at a quarter", 25000, 0, 25000, 0, 0, 13, 83 },
		{ "pressed with room", 25001, 0, 25001, 0, 0, 99, 230 },
		{ "pressed, with less to go", 5000, 0, 5000, 0, 9000, 13, 30 },
		{ "iowait", 12000, 0, 12000, 0, 0, -25, 83 },
		{ "hardly any iowait", 12000, 0, 12000, 0, 0, -24, 100 },
		{ "reads after a fall", 12000, 0, 12000, 0, 5000, 0, 83, 0, 0,
		  30 },
		{ "few of them", 12000, 0, 12000, 0, 5000, 0, 100, 0, 0, 29 },
		{ "after none", 12000, 0, 12000, 0, 4999, 0, 100, 0, 0, 99 },
	};
	int i;

	for (i = 0; i < LEN(t); i++) {
		struct options o = { .floor_centi = 100, .psi_centi = 2600 };
		struct memory y = { .reserve_kib = t[i].reserve, .rooms = 2,
		    .at_room = 1, .high_kib = t[i].free + t[i].fall,
		    .low_kib = t[i].free, .kept_kib = t[i].boost,
		    .samples = 1, .at_sample = 0,
		    .room = { { 49990, t[i].last - t[i].reserve + t[i].swap },
			{ 50000, t[i].free + t[i].swap } },
		    .cma_total_kib = t[i].reserve / 5,
		    .scan_cost_ms = t[i].cost,
		    .sample = { { 49900, 7000000, 6, { 0, 0, 0 } } } };
		struct look l = { .now_ms = 50000, .total_kib = 100000,
		    .free_kib = t[i].free, .swap_total_kib = t[i].swap,
		    .swap_free_kib = t[i].swap, .has_psi = t[i].stall >= 0,
		    .io_us = 6 + (t[i].stall < 0 ? (unsigned long)
			-t[i].stall : t[i].io) * 1000,
		    .mem_us = 7000000 + (t[i].stall > 0 ? (unsigned long)
			t[i].stall * 1000 : 0) };
		msec got = sleep_ms(OF(&o, &l, &y, NULL));

		ok(got == t[i].want, "sleep, %s: %lu ms, not %lu", t[i].what,
		    got, t[i].want);
	}
}

/* Is it hopeless still?  It was so 1,000 ms ago, or more. */
static void
test_still_hopeless(void)
{
	static const struct {
		const char *what;
		kib room;
		msec ms;
		int want;
	} t[] = {
		{ "none does, with room", 6001, 1000, 0 },
		{ "none does, without", 6000, 1000, 1 },
		{ "nor for long", 6000, 10000, 1 },
		{ "nor any longer", 6000, 10001, 0 },
	};
	int i;

	for (i = 0; i < LEN(t); i++) {
		struct options o = { .floor_centi = 100 };
		struct look l = { .now_ms = 5, .total_kib = 100000 };
		struct memory y = { .hopeless_ms = 5 - t[i].ms };
		struct verdict v = { .room_kib = t[i].room };

		ok(is_still_hopeless(OF(&o, &l, &y, NULL), &v) == t[i].want,
		    "hopeless, %s", t[i].what);
	}
}

/* decide: whom.  100,000 KiB of RAM, no swap: a point is 150 KiB, and 1,000
 * hold nothing. */

static const struct look look_100 = { .now_ms = 50000, .total_kib = 100000 };

/* Points of oom_score as they are armed, and since then; what it holds. */
struct armed {
	unsigned then, armed, last;
	kib anon, shmem;
	int is_spared, is_preferred;
};

static struct candidate
candidate(const struct armed *a, int i)
{
	return (struct candidate){ .pid = a->armed ? 100 + i : 0,
	    .base.score = 1000 + a->then, .seen.score = 1000 + a->armed,
	    .last_score = a->last == 9999 ? 0 : 1000 + a->last,
	    .seen.anon_kib = a->anon, .base.anon_kib = a->anon,
	    .shmem_kib = a->shmem, .is_spared = a->is_spared,
	    .is_preferred = a->is_preferred };
}

static void
test_held(void)
{
	static const struct {
		const char *what;
		kib anon, swap, pte, shmem;
		unsigned then, armed, last;
		kib want;
		int adj;
	} t[] = {
		{ "anonymous", 5000, 0, 0, 0, 33, 33, 33, 5000 },
		{ "swap", 5000, 3000, 0, 0, 53, 53, 53, 8000 },
		{ "page tables", 5000, 3000, 700, 0, 58, 58, 58, 8700 },
		{ "shared memory comes back with its last user", 5000, 0, 0,
		  9000, 93, 93, 93, 5000 },
		{ "but it has taken all of that", 5000, 0, 0, 9000, 33, 93, 93,
		  14000 },
		{ "it has taken some of that", 5000, 0, 0, 9000, 73, 93, 93,
		  8000 },
		{ "and goes on", 5000, 0, 0, 9000, 73, 93, 103, 9500 },
		{ "what was taken since", 5000, 0, 0, 0, 33, 33, 43, 6500 },
		{ "mapped files don't count, nor what is read of them", 5000,
		  0, 0, 0, 67, 67, 77, 5000 },
		{ "if they are most of it", 5000, 0, 0, 0, 66, 66, 76, 6500 },
		{ "what was given back", 5000, 0, 0, 0, 33, 33, 23, 5000 },
		{ "a zombie whose threads live on", 0, 0, 0, 0, 90, 90, 90,
		  13500 },
		{ "and grow", 0, 0, 0, 0, 90, 90, 100, 15000 },
		{ "only shared memory", 0, 0, 0, 9000, 90, 90, 90, 0 },
		{ "an oom_score_adj, and what was taken since", 5000, 0, 0, 0,
		  233, 233, 243, 6500, 300 },
		{ "a zombie with an oom_score_adj", 0, 0, 0, 0, 290, 290, 290,
		  13500, 300 },
	};
	struct census c = { .nothing_score = 1000, .is_point_scaled = 1 };
	int i;

	for (i = 0; i < LEN(t); i++) {
		struct candidate a = { .pid = 9, .seen.anon_kib = t[i].anon,
		    .base.anon_kib = t[i].anon,
		    .swap_kib = t[i].swap, .pte_kib = t[i].pte,
		    .shmem_kib = t[i].shmem, .base.score = 1000 + t[i].then,
		    .seen.score = 1000 + t[i].armed,
		    .last_score = 1000 + t[i].last,
		    .score_adj = t[i].adj };

		ok(held_kib(OF(NULL, &look_100, NULL, &c), &a) == t[i].want,
		    "held, %s: %lu", t[i].what,
		    held_kib(OF(NULL, &look_100, NULL, &c), &a));
	}
	ok(score_kib(OF(NULL, &look_100, NULL, &c), 10) == 1500,
	    "a scaled point");
	c.is_point_scaled = 0;
	ok(score_kib(OF(NULL, &look_100, NULL, &c), 10) == 1000,
	    "a point before 5.9");
	ok(score_kib(OF(NULL,
			 &(struct look){
			     .total_kib = 60000, .swap_total_kib = 40000 },
			 NULL, &c),
	       10) == 1000,
	    "a point of RAM and swap");
	ok(score_kib(OF(NULL, &(struct look){ .total_kib = 15900 }, NULL, &c),
	       100) == 1590,
	    "points of a small machine: %lu",
	    score_kib(
		OF(NULL, &(struct look){ .total_kib = 15900 }, NULL, &c), 100));
	c.is_point_scaled = 1;
	ok(score_kib(
	       OF(NULL, &(struct look){ .total_kib = 60000000 }, NULL, &c),
	       2000) == 180000000,
	    "points of a large one");
}

/* Who of two goes first? */
static void
test_better(void)
{
	static const struct {
		const char *what;
		struct armed a, b;
		int want;		/* a before b, and b before a */
		int reverse;
	} t[] = {
		{ "the larger one", { 60, 60, 60, 9000 }, { 50, 50, 50, 7500 },
		  1, 0 },
		{ "the same", { 60, 60, 60, 9000 }, { 60, 60, 60, 9000 }, 0,
		  0 },
		{ "preferred", { 50, 50, 50, 7500, 0, 0, 1 }, { 90, 90, 90,
		  14000 }, 1, 0 },
		{ "preferred, but too small", { 33, 33, 33, 4999, 0, 0, 1 },
		  { 90, 90, 90, 14000 }, 0, 1 },
		{ "preferred, and just enough", { 33, 33, 33, 5000, 0, 0, 1 },
		  { 90, 90, 90, 14000 }, 1, 0 },
		{ "preferred, before who grows", { 33, 33, 33, 5000, 0, 0, 1 },
		  { 0, 60, 60, 9000 }, 1, 0 },
		{ "who grows, before who is large", { 45, 49, 49, 7500 },
		  { 90, 90, 90, 14000 }, 1, 0 },
		{ "hardly grows", { 46, 49, 49, 7500 }, { 90, 90, 90, 14000 },
		  0, 1 },
		{ "grows more", { 40, 60, 60, 7500 }, { 60, 79, 79, 14000 }, 1,
		  0 },
		{ "grows, and holds too little", { 0, 32, 32, 4800 },
		  { 90, 90, 90, 14000 }, 1, 0 },
		{ "grows, by as much in mapped files", { 40, 60, 60, 1500 },
		  { 0, 9, 9, 1350 }, 1, 0 },
		{ "grows, mostly by mapped files", { 40, 60, 60, 1499 },
		  { 0, 9, 9, 1350 }, 0, 1 },
		{ "grows by mapped files", { 0, 60, 60, 100 }, { 0, 4, 4,
		  600 }, 0, 1 },
		{ "spared, and grows", { 0, 60, 60, 9000, 0, 1, 0 },
		  { 90, 90, 90, 14000 }, 1, 0 },
		{ "spared counts for a quarter", { 200, 200, 200, 30000, 0, 1,
		  0 }, { 51, 51, 51, 7600 }, 0, 1 },
		{ "but may be that large", { 208, 208, 208, 30000, 0, 1, 0 },
		  { 51, 51, 51, 7600 }, 1, 0 },
		{ "spared, and nobody else holds enough", { 40, 40, 40, 6000,
		  0, 1, 0 }, { 39, 39, 39, 4900 }, 1, 0 },
		{ "who holds enough, before a higher oom_score", { 34, 34, 34,
		  5000 }, { 300, 300, 300, 100 }, 1, 0 },
		{ "two small ones", { 20, 20, 20, 3000 }, { 10, 10, 10, 1500 },
		  1, 0 },
		{ "has ended", { 90, 90, 9999, 14000 }, { 34, 34, 34, 5000 },
		  0, 1 },
	};
	struct census c = { .nothing_score = 1000, .is_point_scaled = 1 };
	int i;

	for (i = 0; i < LEN(t); i++) {
		struct candidate a = candidate(&t[i].a, 0);
		struct candidate b = candidate(&t[i].b, 1);

		ok(is_better(OF(NULL, &look_100, NULL, &c), &a, &b) ==
			    t[i].want &&
			is_better(OF(NULL, &look_100, NULL, &c), &b, &a) ==
			    t[i].reverse,
		    "better, %s: %d %d", t[i].what,
		    is_better(OF(NULL, &look_100, NULL, &c), &a, &b),
		    is_better(OF(NULL, &look_100, NULL, &c), &b, &a));
	}
}

/* Each way that a choice can go: from what is armed, then after a scan. */
static void
test_choose(void)
{
	enum { KNOWN = 10000, LITTLE = 599 };
	static const struct {
		const char *what;
		struct armed armed[ARMED];
		kib taken, other;	/* by processes, and not */
		unsigned all;		/* points that all have grown by */
		enum choice first;
		int first_armed;
		enum choice then;	/* after a scan */
		int then_armed;
		unsigned group;		/* one has grown by so many points, none
					   of them of files */
		unsigned futile;
		pid_t ended;		/* it isn't in the census */
	} t[] = {
		{ "took most of it", { { 90, 90, 90, 14000 }, { 0, 34, 34,
		  5000 } }, KNOWN, 0, 34, GROWS, 1, GROWS, 1 },
		{ "didn't quite", { { 90, 90, 90, 14000 }, { 0, 33, 33,
		  5000 } }, KNOWN, 0, 34, SCAN, -1, LARGEST, 0 },
		{ "whatever its name", { { 90, 90, 90, 14000 }, { 0, 34, 34,
		  5000, 0, 1, 0 } }, KNOWN, 0, 34, GROWS, 1, GROWS, 1 },
		{ "and whatever went before", { { 90, 90, 90, 14000 }, { 0, 34,
		  34, 5000 } }, KNOWN, 0, 34, GROWS, 1, GROWS, 1, 0, 5 },
		{ "has ended", { { 0, 90, 9999, 14000 }, { 0, 34, 34, 5000 } },
		  KNOWN, 0, 34, GROWS, 1, GROWS, 1 },
		{ "just enough has gone to tell", { { 90, 90, 90, 14000 },
		  { 0, 34, 34, 5000 } }, LITTLE + 1, 0, 34, GROWS, 1, GROWS,
		  1 },
		{ "too little has gone to tell", { { 90, 90, 90, 14000 },
		  { 0, 34, 34, 5000 } }, LITTLE, 0, 34, LARGEST, 0, LARGEST,
		  0 },
		{ "preferred", { { 0, 90, 90, 14000 }, { 33, 33, 33, 5000, 0,
		  0, 1 } }, KNOWN, 0, 90, GROWS, 0, GROWS, 0 },
		{ "preferred, and first", { { 33, 33, 33, 5000, 0, 0, 1 },
		  { 0, 90, 90, 14000 } }, KNOWN, 0, 90, PREFERS, 0, PREFERS,
		  0 },
		{ "preferred, and too small", { { 32, 32, 32, 4999, 0, 0, 1 },
		  { 0, 90, 90, 14000 } }, KNOWN, 0, 90, GROWS, 1, GROWS, 1 },
		{ "several grow together", { { 40, 60, 60, 9000 }, { 40, 59,
		  59, 9000 } }, KNOWN, 0, 39, SCAN, -1, GROWS, 0 },
		{ "with less than most of it", { { 40, 56, 56, 9000 }, { 40,
		  56, 56, 9000 } }, KNOWN, 0, 33, SCAN, -1, NOBODY, -1 },
		{ "it hardly grows, but others do", { { 40, 43, 43, 9000 } },
		  KNOWN, 0, 34, SCAN, -1, LARGEST, 0 },
		{ "they grow, and are small", { { 20, 31, 31, 4700 } }, KNOWN,
		  0, 34, SCAN, -1, GROWS, 0 },
		{ "as a group", { { 20, 31, 31, 999 } }, KNOWN, 0, 34, GROUP,
		  -1, GROUP, -1, 34 },
		{ "a fork storm", { { 90, 90, 90, 14000 } }, KNOWN, 0, 34,
		  GROUP, -1, GROUP, -1, 34 },
		{ "less than most of it", { { 90, 90, 90, 14000 } }, KNOWN, 0,
		  34, SCAN, -1, LARGEST, 0, 33 },
		{ "a storm, and who grows", { { 40, 60, 60, 9000 } }, KNOWN, 0,
		  54, SCAN, -1, GROWS, 0, 34 },
		{ "a storm, too early to tell", { { 90, 90, 90, 14000 } },
		  LITTLE, 0, 34, LARGEST, 0, LARGEST, 0, 34 },
		{ "nobody is armed", { { 0 } }, KNOWN, 0, 34, SCAN, -1, NOBODY,
		  -1 },
		{ "nobody holds enough", { { 32, 32, 32, 4999 } }, KNOWN, 0,
		  34, SCAN, -1, NOBODY, -1 },
		{ "just enough", { { 33, 33, 33, 5000 } }, KNOWN, 0, 34, SCAN,
		  -1, LARGEST, 0 },
		{ "the last kill gave nothing", { { 90, 90, 90, 14000 } },
		  KNOWN, 0, 34, SCAN, -1, NOBODY, -1, 0, 1 },
		{ "nor does it tell much", { { 90, 90, 90, 14000 } }, LITTLE,
		  0, 34, SCAN, -1, NOBODY, -1, 0, 1 },
		{ "it isn't processes", { { 90, 90, 90, 14000 } }, 4999, 5001,
		  34, SCAN, -1, NOBODY, -1 },
		{ "not quite", { { 90, 90, 90, 14000 } }, 5000, 5000, 34, SCAN,
		  -1, LARGEST, 0 },
		{ "it isn't who may be ended", { { 90, 90, 90, 14000 } },
		  KNOWN, 0, 33, SCAN, -1, NOBODY, -1 },
		{ "who grew has ended", { { 90, 90, 90, 14000 } }, KNOWN, 0,
		  34, SCAN, -1, NOBODY, -1, 0, 0, 1 },
		{ "only a spared one", { { 90, 90, 90, 14000, 0, 1, 0 } },
		  KNOWN, 0, 34, SCAN, -1, SPARED, 0 },
		{ "only a spared one, too early to tell", { { 90, 90, 90,
		  14000, 0, 1, 0 } }, LITTLE, 0, 34, SCAN, -1, SPARED, 0 },
		{ "a spared one that isn't so much larger", { { 100, 100, 100,
		  15000, 0, 1, 0 }, { 33, 33, 33, 5000 } }, KNOWN, 0, 34, SCAN,
		  -1, LARGEST, 1 },
		{ "the last of three is the largest", { { 40, 44, 44, 6600 },
		  { 50, 50, 50, 7500 }, { 60, 60, 60, 9000 } }, KNOWN, 0, 34,
		  SCAN, -1, GROWS, 0 },
		{ "none of three has grown", { { 40, 40, 40, 6000 },
		  { 50, 50, 50, 7500 }, { 60, 60, 60, 9000 } }, KNOWN, 0, 34,
		  SCAN, -1, LARGEST, 2 },
		{ "the first has ended, another is next", { { 90, 90, 9999,
		  14000 }, { 60, 60, 60, 9000 } }, KNOWN, 0, 34, SCAN, -1,
		  LARGEST, 1 },
	};
	int i, fresh;

	for (i = 0; i < LEN(t); i++) {
		struct census c = { .nothing_score = 1000, .is_point_scaled = 1,
		    .has_base = 1, .base.process_kib = 30000,
		    .base.other_kib = 7000, .scan.ms = 49000,
		    .scan.process_kib = 30000 + t[i].taken };
		struct memory y = { .futile = t[i].futile };
		struct look l = { .now_ms = 50000, .total_kib = 100000,
		    .anon_kib = 30000 + t[i].taken,
		    .free_kib = 63000 - t[i].taken - t[i].other };
		/* whoever eats has to be known; who stalls needn't */
		const struct verdict eaten = { .rule = EXHAUSTED };
		const struct verdict stalled = { .rule = STALLED };

		for (fresh = 0; fresh < ARMED; fresh++)
			c.armed[fresh] = candidate(&t[i].armed[fresh], fresh);
		c.group[5] = (struct group){ 1234, 9, 9, 100 + t[i].group,
			15000 + t[i].group * 150, 15000 };
		c.process[CENSUS - 1] = (struct process){
		    .pid = t[i].ended ? 0 : 9, .seen.score = 1000 + t[i].all,
		    .base.score = 1000 };
		for (fresh = 0; fresh < 2; fresh++) {
			struct pick p = choose(
			    OF(&opt, &l, &y, &c), &eaten, fresh);
			const int early = t[i].taken == LITTLE;

			ok(early ? p.how == SCAN && p.at == -1 : p.how ==
			    (fresh ? t[i].then : t[i].first), "choose, %s, %d, "
			    "exhausted: %s", t[i].what, fresh, choices[p.how]);
			p = choose(OF(&opt, &l, &y, &c), &stalled, fresh);
			ok(p.how == (fresh ? t[i].then : t[i].first) &&
			    p.at == (p.how == GROUP ? 5 : fresh ?
			    t[i].then_armed : t[i].first_armed),
			    "choose, %s, %d: %s %d", t[i].what, fresh,
			    choices[p.how], p.at);
		}
	}
}

/* A fork storm is ended by the last scan if that is recent: not by an old one,
 * nor once somebody was ended since, but where small ones come and go. */
static void
test_storm_by_last_scan(void)
{
	static const struct {
		msec age;
		int is_stale, is_spent, armed;
		enum choice want;
	} t[] = {
		{ FRESH_MS, 0, 0, 1, GROUP }, { FRESH_MS + 1, 0, 0, 1, SCAN },
		{ 0, 1, 0, 1, GROUP }, { 0, 1, 1, 1, SCAN },
		{ 0, 1, 0, 0, SCAN },
	};
	int i;

	for (i = 0; i < LEN(t); i++) {
		struct census c = { .nothing_score = 1000, .is_point_scaled = 1,
		    .has_base = 1, .base.process_kib = 30000,
		    .scan.ms = 50000 - t[i].age, .is_stale = t[i].is_stale,
		    .is_spent = t[i].is_spent,
		    .armed = { { .pid = t[i].armed, .last_score = 1000 } },
		    .group = { { 1234, 9, 9, 300, 45000, 15000 } } };
		const struct memory y = { 0 };
		const struct look l = { .now_ms = 50000, .total_kib = 100000,
		    .anon_kib = 50000, .free_kib = 50000 };
		const struct verdict v = { .rule = EXHAUSTED };

		ok(choose(OF(&opt, &l, &y, &c), &v, 0).how == t[i].want,
		    "a storm, by a scan of %lu ms ago: %s", t[i].age,
		    choices[choose(OF(&opt, &l, &y, &c), &v, 0).how]);
	}
}

/* Most of a fall is from before the census, so what was taken since tells
 * nothing: then the largest has to wait, but not who grows, nor in a stall. */
static void
test_late_census(void)
{
	static const struct {
		const char *what;
		kib fall;
		enum rule rule;
		unsigned grown;
		enum choice want;
	} t[] = {
		{ "half of it", 20000, EXHAUSTED, 0, LARGEST },
		{ "less", 20002, EXHAUSTED, 0, SCAN },
		{ "less, stalled", 20001, STALLED, 0, LARGEST },
		{ "less, but one grows", 90000, EXHAUSTED, 34, GROWS },
	};
	int i;

	for (i = 0; i < LEN(t); i++) {
		struct census c = { .nothing_score = 1000, .is_point_scaled = 1,
		    .has_base = 1, .base.process_kib = 30000 };
		struct memory y = { .futile = 0 };
		const struct look l = { .total_kib = 100000, .anon_kib = 40000,
		    .free_kib = 60000 };
		const struct verdict v = { .rule = t[i].rule,
		    .fall_kib = t[i].fall };
		const struct armed big = { 90 - t[i].grown, 90, 90, 14000, 0,
		    0, 0 };

		c.armed[0] = candidate(&big, 0);
		c.process[0] = (struct process){ .pid = 9,
		    .seen.score = 1034, .base.score = 1000 };
		ok(choose(OF(&opt, &l, &y, &c), &v, 1).how == t[i].want,
		    "a late census, %s: %s", t[i].what,
		    choices[choose(OF(&opt, &l, &y, &c), &v, 1).how]);
	}
}

/* Free pages that a CPU keeps are in no line of meminfo, nor are pages on their
 * way to the disk in a stall.  So a little that no process explains tells
 * nothing. */
static void
test_isolated_pages(void)
{
	static const struct {
		kib other;
		enum rule rule;
		enum choice want;
	} t[] = {
		{ 4999, STALLED, LARGEST }, { 5000, STALLED, NOBODY },
		{ 2500, EXHAUSTED, NOBODY }, { 2499, EXHAUSTED, SCAN },
	};
	int i;

	for (i = 0; i < LEN(t); i++) {
		struct census c = { .nothing_score = 1000, .is_point_scaled = 1,
		    .has_base = 1, .base.process_kib = 30000 };
		const struct memory y = { 0 };
		const struct look l = { .total_kib = 100000, .anon_kib = 30000,
		    .free_kib = 70000 - t[i].other };
		const struct verdict v = { .rule = t[i].rule,
		    .fall_kib = 5000 };
		const struct armed big = { 90, 90, 90, 14000, 0, 0, 0 };
		struct pick p;

		c.armed[0] = candidate(&big, 0);
		p = choose(OF(&opt, &l, &y, &c), &v, 1);
		ok(p.how == t[i].want, "isolated pages, %lu: %s", t[i].other,
		    choices[p.how]);
	}
}

/* While it is hopeless, only a process that grows and holds enough is ended. */
static void
test_hopeless_choice(void)
{
	static const struct {
		const char *what;
		kib anon, taken;
		unsigned grown, all;
		msec hopeless_ms;
		int is_fresh;
		enum choice want;
		kib room;
		enum rule rule;
	} t[] = {
		{ "it grows", 5000, 4500, 20, 20, 1, 0, GROWS, 3000 },
		{ "by less than is left", 5000, 4500, 20, 20, 1, 0, SCAN,
		  3001 },
		{ "it grows, but is small", 1900, 4500, 20, 20, 1, 0, SCAN },
		{ "and small at a second look", 1900, 4500, 20, 20, 1, 1,
		  NOBODY },
		{ "and small, exhausted", 1900, 4500, 20, 20, 1, 1, SCAN, 0,
		  EXHAUSTED },
		{ "small, but as much as is left", 1900, 4500, 20, 20, 0, 0,
		  GROWS },
		{ "and less", 1899, 4500, 20, 20, 0, 0, SCAN },
		{ "and less, at a second look", 1899, 4500, 20, 20, 0, 1,
		  NOBODY },
		{ "and less, exhausted", 1899, 4500, 20, 20, 0, 1, SCAN, 0,
		  EXHAUSTED },
		{ "but there is a large one", 9000, 4500, 0, 20, 0, 1,
		  LARGEST },
		{ "small, but they took much", 1000, 5000, 20, 34, 0, 1,
		  GROWS },
		{ "one of several", 5000, 4500, 14, 20, 1, 1, GROWS, 2100 },
		{ "one of several small ones", 2800, 4500, 14, 20, 1, 1,
		  NOBODY },
		{ "the largest", 9000, 0, 0, 0, 1, 0, SCAN },
		{ "the largest, at a second look", 9000, 0, 0, 0, 1, 1,
		  NOBODY },
		{ "the largest, when it isn't", 9000, 0, 0, 0, 0, 1, LARGEST },
	};
	int i;

	for (i = 0; i < LEN(t); i++) {
		struct census c = { .nothing_score = 1000, .is_point_scaled = 1,
		    .has_base = 1, .base.process_kib = 30000 };
		const struct memory y = { .hopeless_ms = t[i].hopeless_ms };
		const struct look l = { .now_ms = 50000, .total_kib = 100000,
		    .anon_kib = 30000 + t[i].taken,
		    .free_kib = 70000 - t[i].taken };
		const struct verdict v = { .rule = t[i].rule ? t[i].rule :
		    STALLED, .fall_kib = 5000, .room_kib = t[i].room ?
		    t[i].room : 4900 };
		const struct armed one = { 12, 12, 12 + t[i].grown, t[i].anon,
		    0, 0, 0 };
		struct pick p;

		c.armed[0] = candidate(&one, 0);
		c.process[0] = (struct process){ .pid = 9,
		    .seen.score = 1000 + t[i].all, .base.score = 1000 };
		p = choose(OF(&opt, &l, &y, &c), &v, t[i].is_fresh);
		ok(p.how == t[i].want, "hopeless, %s: %s", t[i].what,
		    choices[p.how]);
	}
}

/* A database that reads its own program again isn't what grows. */
static void
test_mapped_again(void)
{
	struct census c = { .nothing_score = 1000, .is_point_scaled = 1,
	    .has_base = 1, .base.process_kib = 30000 };
	const struct memory y = { 0 };
	const struct look l = { .total_kib = 100000, .anon_kib = 30900,
	    .free_kib = 69100, .shmem_kib = 5000 };
	const struct verdict v = { .rule = EXHAUSTED, .fall_kib = 5000,
	    .room_kib = 2300 };
	const struct armed database = { 80, 86, 86, 11600, 0, 0, 0 };
	struct candidate *a = c.armed;

	a[0] = candidate(&database, 0);
	ok(grown_kib(OF(NULL, &l, NULL, &c), a) == 900 &&
		choose(OF(&opt, &l, &y, &c), &v, 1).how == GROWS,
	    "it grew by six points");
	ok(choose(OF(&opt, &l, &y, &c), &v, 0).how == SCAN,
	    "too little to tell without "
	    "a scan");
	a[0].seen.shared_kib = 4000;
	a[0].base.shared_kib = 3100;
	ok(grown_kib(OF(NULL, &l, NULL, &c), a) == 0 &&
		choose(OF(&opt, &l, &y, &c), &v, 1).how != GROWS,
	    "by mapped files: %lu", grown_kib(OF(NULL, &l, NULL, &c), a));
	c.process[0] = (struct process){ 9, 1, { 1006, 0, 4000 },
	    { 1000, 0, 3100 } };
	ok(all_growth_kib(OF(NULL, &l, NULL, &c)) == 0,
	    "nor have all grown by them: %lu",
	    all_growth_kib(OF(NULL, &l, NULL, &c)));
	a[0].shmem_kib = 3200;
	ok(grown_kib(OF(NULL, &l, NULL, &c), a) == 100,
	    "800 KiB are files now: %lu", grown_kib(OF(NULL, &l, NULL, &c), a));
	a[0].shmem_kib = 4000;
	ok(grown_kib(OF(NULL, &l, NULL, &c), a) == 900,
	    "all is shared memory: %lu", grown_kib(OF(NULL, &l, NULL, &c), a));
	c.base.shmem_kib = 4600;
	ok(grown_kib(OF(NULL, &l, NULL, &c), a) == 400,
	    "there is only 400 KiB more of it: %lu",
	    grown_kib(OF(NULL, &l, NULL, &c), a));
}

/* What a process that was forked holds of its parent isn't growth. */
static void
test_inherit(void)
{
	static const struct {
		const char *what;
		unsigned score, then;
		int is_new;
		pid_t parent;
		unsigned want;
	} t[] = {
		{ "less than its parent holds", 740, 670, 1, 5, 740 },
		{ "and what it took", 760, 670, 1, 5, 750 },
		{ "it is older than the fall", 760, 670, 0, 5, 670 },
		{ "another's child", 760, 670, 1, 6, 670 },
		{ "of a small parent", 760, 670, 1, 7, 670 },
	};
	char *buf = new_buf();
	int i;

	for (i = 0; i < LEN(t); i++) {
		struct candidate a = { .pid = 9, .parent = t[i].parent,
		    .seen.score = t[i].score, .base.score = t[i].then,
		    .is_new = t[i].is_new };

		census.process[3] = (struct process){ .pid = 5,
		    .seen.score = 750, .base.score = 700 };
		census.process[4] = (struct process){ .pid = 7,
		    .seen.score = 669, .base.score = 669 };
		census.process[CENSUS - 1] = (struct process){ .pid = 9,
		    .seen.score = t[i].score, .base.score = t[i].then };
		inherit(buf, &a);
		ok(a.base.score == t[i].want && census.process[CENSUS -
		    1].base.score == t[i].want, "forked, %s: %u", t[i].what,
		    a.base.score);
	}
	free(buf);
	census = (struct census){ .nothing_score = 666 };
}

/* Is a scan worth its time, when choose() asks for one? */
static void
test_may_scan(void)
{
	static const struct {
		const char *what;
		msec age, cost, hopeless;
		enum rule rule;
		kib lost;
		unsigned grown;		/* points, by one of the armed */
		int has_base, is_stale, want;
	} t[] = {
		{ "a stall", 40, 10, 0, STALLED, 0, 0, 1, 0, 1 },
		{ "a quarter of the time", 39, 10, 0, STALLED, 0, 0, 1, 0, 0 },
		{ "exhausted", 40, 10, 0, EXHAUSTED, 600, 0, 1, 0, 1 },
		{ "too little was lost", 40, 10, 0, EXHAUSTED, 599, 0, 1, 0,
		  0 },
		{ "but an armed one has ended", 40, 10, 0, EXHAUSTED, 599, 0,
		  1, 1, 1 },
		{ "or there is no baseline", 40, 10, 0, EXHAUSTED, 0, 0, 0, 0,
		  1 },
		{ "hopeless", 499, 10, 1, STALLED, 9000, 0, 1, 0, 0 },
		{ "and half a second later", 500, 10, 1, STALLED, 9000, 0, 1,
		  0, 1 },
		{ "but one of the armed takes it", 40, 10, 1, STALLED, 9000,
		  40, 1, 0, 1 },
	};
	int i;

	for (i = 0; i < LEN(t); i++) {
		const struct look l = { .now_ms = 100000, .total_kib = 100000,
		    .anon_kib = 30000 + t[i].lost };
		const struct memory y = { .hopeless_ms = t[i].hopeless,
		    .scan_cost_ms = t[i].cost };
		const struct verdict v = { .rule = t[i].rule };
		struct census c = { .is_point_scaled = 1,
		    .has_base = t[i].has_base, .is_stale = t[i].is_stale,
		    .base.process_kib = 30000, .base.other_kib = 100000,
		    .scan.ms = 100000 - t[i].age };

		c.armed[0] = (struct candidate){ .pid = 5, .base.score = 100,
		    .seen = { 100 + t[i].grown, 9000, 0, 0 },
		    .last_score = 100 + t[i].grown };
		ok(may_scan(OF(NULL, &l, &y, &c), &v) == t[i].want,
		    "may scan, %s", t[i].what);
	}
}

static void
test_storm(void)
{
	static const struct {
		const char *what;
		struct group g;
		int want;
	} t[] = {
		{ "grew", { 2, 2, 2, 134, 20000, 15000 }, 1 },
		{ "by less", { 2, 9, 9, 134, 19999, 15000 }, 0 },
		{ "and by one member", { 2, 9, 8, 134, 19900, 15000 }, 1 },
		{ "less than that", { 2, 9, 8, 134, 19899, 15000 }, 0 },
		{ "only by members", { 2, 59, 9, 100, 15000, 15000 }, 1 },
		{ "but not by many", { 2, 58, 9, 100, 15000, 15000 }, 0 },
		{ "one process is none", { 2, 1, 1, 134, 20000, 15000 }, 0 },
		{ "shrank", { 2, 9, 9, 99, 14000, 15000 }, 0 },
		{ "is large, with what it maps", { 2, 2, 2, 218, 20000,
		  15000 }, 1 },
		{ "larger", { 2, 2, 2, 219, 20000, 15000 }, 0 },
	};
	const struct look l = { .total_kib = 100000, .anon_kib = 30000 };
	const struct census lost_10000 = { .is_point_scaled = 1, .has_base = 1,
	    .base.process_kib = 20000, .base.other_kib = 70000 };
	const struct memory y = { 0 };
	const struct verdict v = { .rule = EXHAUSTED };
	pid_t groups = 0;
	int i;

	for (i = 0; i < LEN(t); i++) {
		struct census c = lost_10000;

		c.group[GROUPS - 1] = t[i].g;
		ok((find_storm(OF(NULL, &l, &y, &c), &v) == GROUPS - 1) ==
		    t[i].want, "storm, %s", t[i].what);
	}
	/* "grew", by no more than it may have had without a place */
	for (i = 0; i < 2; i++) {
		struct census c = lost_10000;

		c.missed_group_kib = (unsigned)i;
		c.group[0] = t[0].g;
		/* an empty slot, with what was in it */
		c.armed[1] = (struct candidate){ .pgid = 2, .last_score = 134,
		    .seen = { 134, 9999, 0, 0 }, .base.score = 100 };
		ok((find_storm(OF(NULL, &l, &y, &c), &v) < 0) == i,
		    "storm, %d missed", i);
	}
	/* of the 34 points of "grew" one of the armed took half, or nearly */
	for (i = 16; i < 18; i++) {
		struct census c = lost_10000;

		c.group[0] = t[0].g;
		c.armed[0] = (struct candidate){ .pid = 7, .pgid = 2,
		    .seen = { 134, 9999, 0, 0 }, .last_score = 134,
		    .base.score = 134 - (unsigned)i };
		ok((find_storm(OF(NULL, &l, &y, &c), &v) < 0) == (i == 17),
		    "storm, one took %d points of it", i);
	}
	/* the kernel's, init's own, and getpgid(2) failed */
	census = (struct census){ 0 };
	for (i = -1; i < 3; i++)
		count_group(&(struct candidate){ .pgid = i,
		    .seen.score = 900 });
	for (i = 0; i < (int)GROUPS; i++)
		groups += census.group[i].members ? census.group[i].pgid : 0;
	ok(groups == 2, "groups that are nobody's");
}

/* Is the end of what holds this much, and has grown by this much, worth it? */
static void
test_worth(void)
{
	static const struct {
		const char *what;
		kib held, grown, room;
		enum rule rule;
		int is_hopeless, want;
	} t[] = {
		{ "it holds enough", 5000, 1, 90000, EXHAUSTED, 0, 1 },
		{ "less", 4999, 4999, 5000, EXHAUSTED, 0, 0 },
		{ "as much as is left", 4999, 1, 4999, EXHAUSTED, 0, 1 },
		{ "less, in a stall", 1, 1, 90000, STALLED, 0, 1 },
		{ "hopeless, it took what is left", 5000, 3000, 4000,
		  EXHAUSTED, 1, 1 },
		{ "hopeless, less", 5000, 2999, 4000, EXHAUSTED, 1, 0 },
		{ "hopeless, an eater's part", 5000, 5000, 90000, EXHAUSTED,
		  1, 1 },
		{ "hopeless, less than that", 9000, 4999, 90000, STALLED,
		  1, 0 },
		{ "hopeless, but small", 4999, 4999, 1000, EXHAUSTED, 1, 0 },
	};
	const struct look l = { .total_kib = 100000, .anon_kib = 30000 };
	const struct census c = { .has_base = 1, .base.process_kib = 25000,
	    .base.other_kib = 70000 };
	int i;

	for (i = 0; i < LEN(t); i++) {
		const struct memory y = { .hopeless_ms = t[i].is_hopeless,
		    .kept_kib = 1000 };
		const struct verdict v = { .rule = t[i].rule,
		    .room_kib = t[i].room };

		ok(is_worth(OF(NULL, &l, &y, &c), &v, t[i].held, t[i].grown) ==
		    t[i].want, "worth, %s", t[i].what);
	}
}

/* Can somebody who isn't armed have overtaken the first one? */
static void
test_surely(void)
{
	static const struct {
		const char *what;
		struct armed armed[ARMED];
		kib gone;		/* since the scan */
		int want;
	} t[] = {
		{ "nothing has changed", { { 90, 90, 90 }, { 60, 60, 60 },
		  { 30, 30, 30 } }, 0, 1 },
		{ "just not", { { 90, 90, 90 }, { 60, 60, 60 },
		  { 30, 30, 30 } }, 9000, 1 },
		{ "perhaps", { { 90, 90, 90 }, { 60, 60, 60 },
		  { 30, 30, 30 } }, 9001, 0 },
		{ "the first one took it", { { 90, 90, 110 }, { 60, 60, 60 },
		  { 30, 30, 30 } }, 15000, 1 },
		{ "not all of it", { { 90, 90, 110 }, { 60, 60, 60 },
		  { 30, 30, 30 } }, 15001, 0 },
		{ "the last one took it", { { 90, 90, 90 }, { 60, 60, 60 },
		  { 30, 30, 50 } }, 12000, 1 },
		{ "or not", { { 90, 90, 90 }, { 60, 60, 60 },
		  { 30, 30, 50 } }, 12001, 0 },
		{ "only two are armed: nobody else holds anything", { { 90, 90,
		  90 }, { 60, 60, 60 } }, 13500, 1 },
		{ "till now", { { 90, 90, 90 }, { 60, 60, 60 } }, 13501, 0 },
		{ "it has shrunk", { { 90, 90, 30 }, { 60, 60, 60 },
		  { 30, 30, 30 } }, 0, 0 },
		{ "but not so far", { { 90, 90, 31 }, { 60, 60, 60 },
		  { 30, 30, 30 } }, 0, 1 },
		{ "spared", { { 90, 90, 90, 0, 0, 1, 0 } }, 0, 0 },
	};
	int i, k;

	for (i = 0; i < LEN(t); i++) {
		struct census c = { .nothing_score = 1000, .is_point_scaled = 1,
		    .scan.process_kib = 40000, .scan.ms = 48000 };
		struct look l = { .now_ms = 50000, .total_kib = 100000,
		    .anon_kib = 40000 + t[i].gone };

		for (k = 0; k < ARMED; k++) {
			c.armed[k] = candidate(&t[i].armed[k], k);
			c.process[k].pid = c.armed[k].pid;
			c.process[k].seen = c.armed[k].seen;
		}
		/* and one that isn't armed, as large as the last */
		c.process[9].pid = 999;
		c.process[9].seen = c.armed[ARMED - 1].seen;
		ok(is_surely_largest(OF(NULL, &l, NULL, &c), &c.armed[0]) ==
			t[i].want,
		    "surely the largest, %s", t[i].what);
		l.now_ms++;
		ok(!is_surely_largest(OF(NULL, &l, NULL, &c), &c.armed[0]),
		    "surely the largest, %s, long ago", t[i].what);
	}
}

/* Is it time to scan?  The last one was at 20,000 KiB of room and took 9 ms. */
static void
test_wants_scan(void)
{
	static const struct {
		const char *what;
		kib available, room;
		msec age;
		kib fall;
		int is_stale;
		kib taken;		/* since the scan; 10,000 before */
		unsigned grown;		/* points, by an armed one */
		int want;
		msec ended;		/* the last fall, so many ms ago */
	} t[] = {
		{ "all is known", 20000, 20000, 20000, 0, 0, 0, 0, 0 },
		{ "one has ended", 25000, 20000, 1000, 0, 1, 0, 0, 1 },
		{ "with much available", 25001, 20000, 1000, 0, 1, 0, 0, 0 },
		{ "too early", 20000, 20000, 999, 2499, 1, 0, 0, 0 },
		{ "while somebody eats", 20000, 20000, 40, 2500, 1, 0, 0, 1 },
		{ "too early even so", 20000, 20000, 39, 2500, 1, 0, 0, 0 },
		{ "long ago", 20000, 20000, 60001, 0, 0, 0, 0, 1 },
		{ "long ago, with plenty", 90000, 90000, 60001, 0, 0, 0, 0, 1 },
		{ "not so long ago", 20000, 20000, 60000, 0, 0, 0, 0, 0 },
		{ "since a fall has ended", 90000, 90000, 2001, 0, 0, 0, 0, 1,
		  2000 },
		{ "before that", 90000, 90000, 5001, 0, 0, 0, 0, 0, 5001 },
		{ "since it has, a moment ago", 90000, 90000, 2000, 0, 0,
		  0, 0, 0, 4000 },
		{ "half of the room went", 20000, 10000, 40, 2500, 0, 0, 0, 1 },
		{ "not quite half", 20000, 10001, 40, 2500, 0, 0, 0, 0 },
		{ "slowly", 20000, 10000, 5000, 2499, 0, 0, 0, 0 },
		{ "an eater took some", 20000, 15000, 40, 2500, 0, 5000, 0, 1 },
		{ "not quite as much", 20000, 15000, 40, 2500, 0, 4999, 0, 0 },
		{ "an armed one took most", 20000, 10000, 40, 2500, 0, 5000,
		  50, 0 },
		{ "or less", 20000, 10000, 40, 2500, 0, 5000, 49, 1 },
	};
	int i;

	for (i = 0; i < LEN(t); i++) {
		struct census c = { .nothing_score = 1000, .is_point_scaled = 1,
		    .has_base = 1, .base.process_kib = 20000,
		    .scan.process_kib = 30000, .scan.room_kib = 20000,
		    .base.other_kib = 99999,
		    .scan.ms = 100000 - t[i].age,
		    .is_stale = t[i].is_stale };
		struct memory y = { .high_kib = t[i].room + t[i].fall,
		    .low_kib = t[i].room, .scan_cost_ms = 9, .ended_ms =
		    t[i].ended ? 100000 - t[i].ended : 0 };
		struct look l = { .now_ms = 100000, .total_kib = 100000,
		    .free_kib = t[i].available,
		    .anon_kib = 30000 + t[i].taken };

		c.armed[0] = (struct candidate){ .pid = 5, .base.score = 1900,
		    .seen.score = 1900, .last_score = 1900 };
		c.armed[1] = (struct candidate){ .pid = 6, .base.score = 1000,
		    .seen.score = 1000, .last_score = 1000 + t[i].grown };
		ok(wants_scan(OF(NULL, &l, &y, &c), t[i].room) == t[i].want,
		    "scan, %s", t[i].what);
		c.has_base = 0;
		ok(wants_scan(OF(NULL, &l, &y, &c), t[i].room),
		    "scan, %s, without a "
		    "baseline",
		    t[i].what);
	}
}

/* What was taken since the fall began, by processes and by others. */
static void
test_loss(void)
{
	struct census c = { .has_base = 1, .base.process_kib = 30000,
	    .base.other_kib = 10000 };
	struct memory y = { .zram_used_kib = 4000 };
	struct look l = { .total_kib = 100000, .anon_kib = 20000,
	    .swap_total_kib = 50000, .swap_free_kib = 35000,
	    .free_kib = 40000, .file_kib = 9000, .slab_kib = 6000 };

	ok(process_kib(OF(NULL, &l, NULL, NULL)) == 35000 &&
		other_kib(OF(NULL, &l, &y, NULL)) == 21000 &&
		loss_kib(OF(NULL, &l, &y, &c)) == 16000,
	    "loss: %lu %lu %lu", process_kib(OF(NULL, &l, NULL, NULL)),
	    other_kib(OF(NULL, &l, &y, NULL)), loss_kib(OF(NULL, &l, &y, &c)));
	c.base.process_kib = 50000;
	ok(loss_kib(OF(NULL, &l, &y, &c)) == 11000,
	    "what one gives back isn't the "
	    "other's");
	l.free_kib = 90000;
	ok(other_kib(OF(NULL, &l, &y, NULL)) == 0 &&
		loss_kib(OF(NULL, &l, &y, &c)) == 0,
	    "no loss");
	c.base.process_kib = c.has_base = 0;
	ok(loss_kib(OF(NULL, &l, &y, &c)) == 0, "nothing is known from then");
}

/* The victim held 40,000 KiB, at 500 of room and 3,000 available. */
static void
test_back(void)
{
	static const struct {
		const char *what;
		enum rule rule;
		kib room, available;
		int want;
	} t[] = {
		{ "half of what it held", EXHAUSTED, 20501, 0, 1 },
		{ "no rule holds", EXHAUSTED, 6001, 0, 1 },
		{ "only just", EXHAUSTED, 6000, 90000, 0 },
		{ "stalled, half of it", STALLED, 20501, 0, 1 },
		{ "stalled, enough is available", STALLED, 7000, 15001, 1 },
		{ "stalled, only just", STALLED, 20500, 15000, 0 },
	};
	struct options o = { .floor_centi = 70 };
	struct memory y = { .kept_kib = 300 };
	int i;

	for (i = 0; i < LEN(t); i++) {
		struct verdict before = { .rule = t[i].rule, .room_kib = 500 };
		struct verdict after = { .room_kib = t[i].room,
		    .available_kib = t[i].available };

		ok(is_back(OF(&o, &look_100, &y, NULL), &before, &after,
		       40000) == t[i].want,
		    "back, %s", t[i].what);
	}
	ok(is_back(OF(&o, &look_100, &y, NULL),
	       &(struct verdict){ .rule = EXHAUSTED, .room_kib = 500 },
	       &(struct verdict){ .room_kib = 601 }, 200),
	    "back, of a small one");
}

/* sense */

static void
boot(char *buf)
{
	open_files(buf);
	check_meminfo(buf);
	check_pressure(buf);
	rehearse(buf);
	logged();
	sent[0] = '\0';
}

/* Another machine, with so much RAM, all of it free. */
static void
new_machine(unsigned long total)
{
	m = (struct fake){ .total = total, .free = total, .has_psi = 1,
	    .reserve = total / 100, .low = total / 500 };
	memory = (struct memory){ 0 };
	census = (struct census){ .nothing_score = 666, .is_point_scaled = 1 };
	is_guarding = meminfo_at = vmstat_at = arc_at = 0;
	learnt_ms = 0;
	is_without_mrelease = 0;
	hopeless_said_ms = dry_ms = 0;
	reaper_tid = release_hangs = 0;
	fail_nr[0] = 0;
	fail_errno = ENOSYS;
	proc_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void
halt(void)
{
	int *const fds[] = { &proc_fd, &meminfo_fd, &vmstat_fd, &stat_fd,
		&swaps_fd, &min_free_fd, &scale_fd, &arc_fd, &zoneinfo_fd,
		&psi_fd, &io_fd, &sysrq_fd, &zram_fd[0], &zram_fd[1],
		&zram_fd[2], &zram_fd[3] };
	int i;

	disarm();
	for (i = 0; i < m.n; i++)
		if (m.proc[i].event)
			close(m.proc[i].event - 1);
	for (i = 0; i < LEN(fds); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
	for (i = 0; i < (int)STUCK; i++)
		if (stuck[i].pid) {
			close(stuck[i].score_fd);
			stuck[i].pid = 0;
		}
	m.n = 0;
}

static int
count_fds(void)
{
	int fd, n = 0;

	for (fd = 0; fd < FDS; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static struct proc *
add_proc(const char *comm, unsigned long anon)
{
	struct proc *p = &m.proc[m.n++];

	*p = (struct proc){ .comm = comm, .pid = 1000 + m.n, .pgid = 1000 + m.n,
	    .anon = anon };
	m.free -= anon;
	return p;
}

/* A process takes this much at once. */
static void
take(struct proc *p, unsigned long kib)
{
	p->anon += kib;
	m.free -= kib;
}

/* By how much the watermarks are raised: read while memory falls, with 10 % of
 * RAM to go. */
static void
test_boost(void)
{
	static const struct {
		const char *what;
		unsigned long free, boost;
		long rate;
		const char *missing;
		kib want;
	} t[] = {
		{ "raised", 100000, 4096, 9, NULL, 4096 },
		{ "not raised", 100000, 0, 9, NULL, 2048 },
		{ "there is room", 160000, 4096, 9, NULL, 2048 },
		{ "nobody eats", 100000, 4096, 0, NULL, 2048 },
		{ "not known", 100000, 4096, 9, "zoneinfo", 2048 },
	};
	char *buf = new_buf();
	int i;

	for (i = 0; i < LEN(t); i++) {
		struct proc *p;

		new_machine(1000000);
		p = add_proc("eater", 1000);
		m.free = t[i].free + 40000;
		m.boost = t[i].boost;
		missing = t[i].missing;
		boot(buf);
		look(buf);
		p->rate = t[i].rate * 100;
		for (; m.free > t[i].free; m.free -= p->rate ? 0 : 40000) {
			pass(10);
			look(buf);
		}
		ok(memory.kept_kib == t[i].want, "boost, %s: %lu", t[i].what,
		    memory.kept_kib);
		missing = NULL;
		halt();
	}
	free(buf);
}

static void
test_learn(void)
{
	char *buf = new_buf();
	int i;

	new_machine(100000);
	m.slab = 3000;
	m.active = 7000;
	m.inactive = 9000;
	m.free = 60000;
	m.cma_total = 5000;
	m.cma = 4000;
	boot(buf);
	ok(memory.reserve_kib == 1000 && memory.pinned_kib == 3000 &&
	    memory.cma_total_kib == 5000 && memory.cma_free_kib == 4000 &&
	    memory.memavailable_kib > 60000, "learnt: %lu %lu",
	    memory.reserve_kib, memory.pinned_kib);
	/* slab that was once less was never pinned */
	m.slab = 9000;
	learn(buf);
	m.slab = 2000;
	learn(buf);
	m.slab = 9000;
	learn(buf);
	ok(memory.pinned_kib == 2000, "pinned: %lu", memory.pinned_kib);
	/* a raised watermark isn't a larger reserve, or not at once */
	m.reserve = 5000;
	learn(buf);
	ok(memory.reserve_kib == 1000 + 100000 / 4096, "a rise: %lu",
	    memory.reserve_kib);
	for (i = 0; i < 6; i++)
		learn(buf);
	ok(memory.reserve_kib == 1000 + 7 * (100000 / 4096), "a rise that "
	    "stays: %lu", memory.reserve_kib);
	memory.min_free_kib--;
	learn(buf);
	ok(memory.reserve_kib == 5000, "vm.min_free_kbytes is another: %lu",
	    memory.reserve_kib);
	m.reserve = 3000;
	learn(buf);
	ok(memory.reserve_kib == 3000, "a fall: %lu", memory.reserve_kib);
	/* an available of 0 may have been less */
	m.free = m.active = m.inactive = 100;
	m.slab = 0;
	learn(buf);
	ok(memory.reserve_kib == 3000 && !memory.memavailable_kib,
	    "nothing available: %lu", memory.reserve_kib);
	m.free = 60000;
	memory.pinned_kib = 7;
	read_errno = EIO;
	learn(buf);
	ok(memory.reserve_kib == 3000 && memory.pinned_kib == 7,
	    "meminfo can't be read");
	read_errno = 0;
	halt();
	/* a kernel without KReclaimable, one without MemAvailable */
	for (i = 0; i < 2; i++) {
		new_machine(100000);
		m.is_old = 1;
		m.free = 50000;
		m.slab = 4000;
		if (i) {
			close(meminfo_fd);
			meminfo_fd = file_of("MemFree: 5 kB\n", 14);
			memory.reserve_kib = 77;
			learn(buf);
			ok(memory.reserve_kib == 77, "no MemAvailable");
		} else {
			boot(buf);
			ok(sense(buf) == 0 && memory.pinned_kib == 4000 &&
			    memory.reserve_kib == 1000, "SReclaimable: %lu "
			    "%lu", memory.pinned_kib, memory.reserve_kib);
			m.free = 10000;
			ok(sense(buf) == 0 && now.slab_kib == 4000,
			    "SReclaimable, a look");
		}
		halt();
	}
	free(buf);
}

/* /proc/swaps and zram's mm_stat. */
static void
test_swaps(void)
{
	static const struct {
		const char *what, *swaps, *mm_stat;
		kib free, data, used;
		int fd;			/* of which zram is open */
	} t[] = {
		{ "none", NULL, NULL, 0, 0, 0, -1 },
		{ "a partition", "Filename Type Size Used Priority\n"
		  "/dev/sda2  partition 500000 100 -2\n", NULL, 0, 0, 0, -1 },
		{ "zram", "Filename Type Size Used Priority\n"
		  "/dev/zram0  partition 500000\t100 100\n",
		  "409600 1000 204800 0 5 6 7\n", 499900, 400, 200,
		  0 },
		{ "zram and a file", "Filename Type Size Used Priority\n"
		  "/swap\\040file  file 700000 0 -2\n"
		  "/dev/zram3  partition 500000 100 100\n",
		  "409600 1000 204800 0\n", 499900, 400, 200, 3 },
		{ "two of zram, one has no number", "Filename Type Size\n"
		  "/dev/zram0 partition 500 100 1\n/dev/zramx partition\n"
		  "/dev/zram3 partition 700 100 1\n", "1024 1 2048 4", 1000,
		  2, 4, 0 },
		{ "a number too high", "Filename Type Size Used Priority\n"
		  "/dev/zram4  partition 500000 100 100\n", "1 2 3\n", 499900,
		  0, 0, -1 },
		{ "more used than there is", "Filename Type Size Used\n"
		  "/dev/zram0  partition 500 501 100\n", "x\n", 0, 0, 0, 0 },
		{ "no end of line", "Filename Type Size Used Priority\n"
		  "/dev/zram0  partition 500 100 100", NULL, 0, 0, 0, -1 },
		{ "a very long name", "Filename Type Size Used Priority\n"
		  "/mnt/0123456789012345678901234567890123456789012345678901234"
		  "5678901234567890123456789012345678901234567890123456789 "
		  "file 700000 0 -2\n/dev/zram0  partition 500 100 100\n",
		  "0 0 0\n", 400, 0, 0, 0 },
		{ "empty", "", NULL, 0, 0, 0, -1 },
	};
	char *buf = new_buf();
	size_t cut;
	int i;

	for (i = 0; i < LEN(t); i++) {
		const int fds = count_fds();

		new_machine(100000);
		swaps_text = t[i].swaps;
		mm_stat_text = t[i].mm_stat;
		boot(buf);
		learn_swaps(buf, &memory);
		read_zram(buf, &memory);
		ok(memory.zram_free_kib == t[i].free, "swaps, %s: %lu",
		    t[i].what, memory.zram_free_kib);
		ok((t[i].fd < 0 ? zram_fd[0] & zram_fd[3] : -zram_fd[t[i].fd])
		    < 0 && memory.zram_data_kib == t[i].data &&
		    memory.zram_used_kib == t[i].used,
		    "zram, %s: %lu %lu", t[i].what, memory.zram_data_kib,
		    memory.zram_used_kib);
		for (cut = 0; t[i].swaps && cut < strlen(t[i].swaps); cut++) {
			char *text = strndup(t[i].swaps, cut);

			swaps_text = text;
			learn_swaps(buf, &memory);
			ok(memory.zram_free_kib <= t[i].free,
			    "swaps, %s, cut at %zu", t[i].what, cut);
			free(text);
		}
		swaps_text = mm_stat_text = NULL;
		read_most = 7;
		learn_swaps(buf, &memory);
		read_most = SIZE_MAX;
		halt();
		ok(count_fds() == fds, "swaps, %s: descriptors", t[i].what);
	}
	free(buf);
}

/* A zram is removed, and another gets its number, as by a restart of the
 * service that sets it up.  What was open fails from then on. */
static void
test_zram_anew(void)
{
	static struct proc gone = { .state = GONE };
	const int fds = count_fds();
	char *buf = new_buf();

	new_machine(100000);
	swaps_text = "Filename Type Size Used Priority\n"
	    "/dev/zram0  partition 500000 100 100\n";
	mm_stat_text = "409600 1000 204800 0\n";
	boot(buf);
	learn_swaps(buf, &memory);
	read_zram(buf, &memory);
	ok(memory.zram_used_kib == 200, "zram: %lu", memory.zram_used_kib);
	file[zram_fd[0]].proc = &gone;
	read_zram(buf, &memory);
	ok(!memory.zram_used_kib, "removed: %lu", memory.zram_used_kib);
	learn_swaps(buf, &memory);
	read_zram(buf, &memory);
	ok(memory.zram_used_kib == 200 && memory.zram_data_kib == 400,
	    "another zram: %lu", memory.zram_used_kib);
	swaps_text = mm_stat_text = NULL;
	halt();
	ok(count_fds() == fds, "zram: descriptors");
	free(buf);
}

/* One look, with files that are missing, short or off. */
static void
test_sense(void)
{
	char *buf = new_buf();
	struct refaults r;
	unsigned long us;
	int fds = count_fds(), i;

	new_machine(100000);
	m.free = 20000;
	m.active = 300;
	m.inactive = 40;
	m.slab = 50;
	m.shmem = 60;
	m.mem_us = 700;
	m.io_us = 800;
	add_proc("p", 9000);
	boot(buf);
	for (i = 1; i < 200; i++) {
		read_most = (size_t)i;
		now = (struct look){ 0 };
		if (sense(buf) == 0)
			ok(now.total_kib == 100000 && now.free_kib == 11000 &&
			    now.file_kib == 340 && now.slab_kib == 50 &&
			    now.anon_kib == 9000 && now.shmem_kib == 60 &&
			    (!now.has_psi || (now.mem_us == 700 &&
			    (now.io_us == 800 || i < 60))) && is_guarding,
			    "a look of %d bytes at a time", i);
		else
			ok(i < 20, "blind at %d bytes at a time", i);
	}
	read_most = SIZE_MAX;
	ok(sense(buf) == 0 && now.has_psi, "a look with PSI");
	m.free = 90000;
	ok(sense(buf) == 0 && !is_guarding, "plenty is free");
	m.free = 20000;
	logged();
	/* blind: it says so once a minute, and goes on */
	pass(60000);
	for (i = 0; i < 2; i++) {
		fail_nr[0] = i ? 0 : SYS_sysinfo;
		read_errno = i ? EIO : 0;
		ok(look(buf) == 100 && !!strstr(logged(), "/proc/meminfo") ==
		    !i, "blind, %d", i);
		fail_nr[0] = read_errno = 0;
	}
	pass(60000);
	read_errno = EIO;
	look(buf);
	ok(!!strstr(logged(), "/proc/meminfo"), "blind, a minute later");
	read_errno = 0;
	/* refaults: pages of both kinds, in KiB */
	m.refault = 1001;
	m.pgpgin = 77;
	m.pgsteal = 500;
	m.pgpgout = 99;
	m.pswpout = 6;
	m.swap_total = m.swap_free = now.swap_total_kib = 1000;
	for (i = 0; i < 6; i++) {
		m.is_new = i % 2;
		/* swap on a disk; on zram, since 6.3; and before */
		memory.zram_kib = i < 2 ? 999 : 1000;
		is_zram_io = i < 4;
		read_refaults(buf, &r, 9);
		ok(r.ms == 9 && r.file_kib == pages_kib(501) &&
			r.anon_kib == pages_kib(500) &&
			r.read_kib == 77 - (i < 4 ? pages_kib(500) : 0) &&
			r.written_kib == 99 - (i < 4 ? pages_kib(6) : 0) &&
			r.thrown_kib == pages_kib(500),
		    "refaults, %d: %lu %lu %lu", i, r.file_kib, r.read_kib,
		    r.thrown_kib);
	}
	memory.zram_kib = 0;
	vmstat_at = 4000;		/* they moved */
	read_refaults(buf, &r, 9);
	ok(!r.ms && !vmstat_at, "refaults aren't where they were");
	read_refaults(buf, &r, 9);
	ok(r.ms == 9, "refaults are found again");
	ok(sense(buf) == 0 && meminfo_at, "meminfo's lines are found");
	meminfo_at += 6;		/* they move a little */
	ok(sense(buf) == 0, "meminfo's lines have moved a little");
	meminfo_at += 64;
	ok(sense(buf) < 0 && sense(buf) == 0,
	    "meminfo's lines are found anew");
	halt();
	ok(count_fds() == fds, "a look: %d descriptors", count_fds() - fds);
	/* before 5.9: one line, of files; without PSI: iowait */
	new_machine(100000);
	m.is_old = 1;
	m.swap_total = 1000;
	m.has_psi = 0;
	m.free = 20000;
	m.refault = 1001;
	m.pgpgin = 77;
	m.iowait_us = 123450000;
	boot(buf);
	read_refaults(buf, &r, 9);
	ok(r.ms == 9 && r.file_kib == pages_kib(501) && r.anon_kib ==
	    pages_kib(500) && r.read_kib == 77 - pages_kib(500) &&
	    r.thrown_kib == pages_kib(1001), "refaults before 5.9: %lu %lu %lu",
	    r.file_kib, r.anon_kib, r.read_kib);
	ok(sense(buf) == 0 && !now.has_psi && now.io_us == 123450000,
	    "a look without PSI: %lu", now.io_us);
	ok(read_psi(buf, -1, &us) < 0, "no PSI");
	halt();
	free(buf);
}

/* scan */

/* The comms of who is armed, the best victim first, as one letter each. */
static const char *
order(void)
{
	static char letters[ARMED + 1];
	int i;

	for (i = 0; i < (int)ARMED && census.armed[i].pid; i++)
		letters[i] = census.armed[i].comm[0];
	letters[i] = '\0';
	return letters;
}

static void
test_scan(void)
{
	enum { SELF = -1, WAS_STUCK = -2, MINE = 6 };
	/* 1,000,000 KiB of RAM, so 50,000 are enough of a victim */
	static const struct {
		const char *what, *want;
		struct proc p[MINE];
		long without;		/* a system call that isn't there */
		const char *preferred;
	} t[] = {
		{ "the worst first", "BCA", { { "A", .anon = 100000 },
		    { "B", .anon = 600000 }, { "C", .anon = 300000 } } },
		{ "a fixed handful, the worst of many", "ECF",
		    { { "A", .anon = 60000 }, { "B", .anon = 70000 },
		    { "C", .anon = 120000 }, { "D", .anon = 80000 },
		    { "E", .anon = 150000 }, { "F", .anon = 90000 } } },
		{ "swap and page tables count, too", "BCA",
		    { { "A", .anon = 100000 }, { "B", .anon = 60000,
		    .swap = 60000 }, { "C", .anon = 60000, .pte = 50000 } } },
		{ "PID 1 is spared", "A", { { "A", .anon = 90000 },
		    { "I", .anon = 500000, .pid = 1 } } },
		{ "bustd is spared", "A", { { "A", .anon = 90000 },
		    { "S", .anon = 500000, .pid = SELF } } },
		{ "oom_score_adj -1000 is spared", "A",
		    { { "A", .anon = 90000 }, { "P", .anon = 500000,
		    .adj = -1000 } } },
		{ "-300 is not", "PA", { { "A", .anon = 90000 },
		    { "P", .anon = 500000, .adj = -300 } } },
		{ "zombies aren't seen", "A", { { "A", .anon = 90000 },
		    { "Z", .anon = 500000, .state = ZOMBIE } } },
		{ "spared names come after", "Ad", { { "dropbear",
		    .anon = 300000 }, { "A", .anon = 90000 } } },
		{ "if they don't hold several times as much", "dA",
		    { { "dropbear", .anon = 400000 }, { "A",
		    .anon = 90000 } } },
		{ "before whose end doesn't help", "dA", { { "A",
		    .anon = 40000 }, { "dropbear", .anon = 60000 } } },
		{ "but not who has such a name in it", "sA",
		    { { "A", .anon = 90000 }, { "sh) Z 1", .anon = 300000 } } },
		{ "preferred ones come first", "xAB", { { "A", .anon = 300000 },
		    { "xcc1", .anon = 60000 }, { "B", .anon = 200000 } }, 0,
		    "cc1|x*1" },
		{ "if they hold enough", "ABx", { { "A", .anon = 300000 },
		    { "xcc1", .anon = 40000 }, { "B", .anon = 200000 } }, 0,
		    "cc1|x*1" },
		{ "preferred, and on the other list", "sA", { { "A",
		    .anon = 300000 }, { "sh", .anon = 60000 } }, 0, "sh" },
		{ "who may not be signalled is spared", "A",
		    { { "A", .anon = 90000 }, { "F", .anon = 300000,
		    .odd = FORBIDDEN } } },
		{ "who was stuck is spared", "A", { { "A", .anon = 90000 },
		    { "S", .anon = 300000, .pid = WAS_STUCK } } },
		{ "tiny with a high oom_score_adj comes last", "BAT",
		    { { "A", .anon = 200000 }, { "T", .anon = 100,
		    .adj = 1000 }, { "B", .anon = 400000 } } },
		{ "who holds nothing comes last", "AM",
		    { { "M" }, { "A", .anon = 90000 } } },
		{ "a zombie leader with live threads", "LA",
		    { { "A", .anon = 200000 }, { "L", .anon = 300000,
		    .odd = LEADER } } },
		{ "no RssAnon, before 4.5", "BA", { { "A", .anon = 90000,
		    .odd = NO_RSSANON }, { "B", .anon = 91500,
		    .odd = NO_RSSANON } } },
		{ "who exits meanwhile is skipped", "A", { { "G",
		    .anon = 300000, .state = GONE, .odd = VANISHED },
		    { "A", .anon = 90000 } } },
		{ "who can't be read is skipped", "A",
		    { { "1", .anon = 300000, .odd = NO_SCORE },
		    { "2", .anon = 300000, .odd = EMPTY_SCORE },
		    { "3", .anon = 300000, .odd = BAD_SCORE },
		    { "4", .anon = 300000, .odd = NO_ADJ },
		    { "A", .anon = 90000 },
		    { "5", .anon = 300000, .odd = EMPTY_ADJ } } },
		{ "nor whose name can't", "A",
		    { { "1", .anon = 300000, .odd = NO_COMM },
		    { "2", .anon = 300000, .odd = EMPTY_COMM },
		    { "3", .anon = 300000, .odd = BAD_ADJ },
		    { "4", .anon = 300000, .odd = NO_STATUS },
		    { "A", .anon = 90000 },
		    { "5", .anon = 300000, .odd = NO_PID } } },
		{ "an oom_score over 31 bits", "A", { { "A", .anon = 90000 },
		    { "H", .anon = 300000, .odd = HUGE_SCORE } } },
		{ "files without a newline", "AU", { { "A", .anon = 190000 },
		    { "Ux", .anon = 90000, .odd = UNENDED } } },
		{ "nobody", "", { { NULL } } },
		{ "no pidfd_open", "BA", { { "A", .anon = 90000 },
		    { "B", .anon = 190000 } }, SYS_pidfd_open },
		{ "no getdents64", "", { { "A", .anon = 90000 } },
		    SYS_getdents64 },
	};
	static const char *const name[] = { "evil) Z 1 1", "a\nb",
	    "\xff\xfe\x80", "123456789012345", "", "\n", "\n\n" };
	char *buf = new_buf();
	int i, k, fds = count_fds();

	for (i = 0; i < LEN(t); i++) {
		new_machine(1000000);
		opt.preferred = t[i].preferred ? t[i].preferred : PREFERRED;
		for (k = 0; k < MINE && t[i].p[k].comm; k++) {
			struct proc *p = add_proc("", t[i].p[k].anon);
			pid_t pid = t[i].p[k].pid;
			struct candidate c = { .pid = p->pid, .pidfd = -1 };

			*p = t[i].p[k];
			p->pid = pid == SELF ? getpid() : pid > 0 ? pid :
			    c.pid;
			if (pid != WAS_STUCK)
				continue;
			c.score_fd = open_proc(buf, p->pid, "oom_score",
			    O_RDONLY);
			remember_stuck(&c);
		}
		boot(buf);
		fail_nr[0] = t[i].without;
		m.free = 120000;
		sense(buf);
		k = scan(buf);
		ok(!strcmp(order(), t[i].want), "scan, %s: \"%s\", not \"%s\"",
		    t[i].what, order(), t[i].want);
		ok(k == (t[i].without == SYS_getdents64 ? -1 : 0) &&
		    census.is_stale == -k, "scan, %s: %d, stale %d", t[i].what,
		    k, census.is_stale);
		halt();
		ok(count_fds() == fds, "scan, %s: %d descriptors leaked",
		    t[i].what, count_fds() - fds);
	}
	opt.preferred = PREFERRED;
	for (i = 0; i < LEN(name); i++) {
		new_machine(1000000);
		add_proc(name[i], 90000);
		boot(buf);
		ok(census.armed[0].pid == 1001 && !strcmp(census.armed[0].comm,
		    name[i]), "comm row %d: \"%s\"", i, census.armed[0].comm);
		halt();
	}
	/* an open each for who is no contender */
	new_machine(1000000);
	for (i = 0; i < 3; i++)
		add_proc("A", 150000);
	boot(buf);
	sense(buf);
	opens = 0;
	scan(buf);
	k = opens;
	add_proc("B", 60000);
	add_proc("C", 70000);
	opens = 0;
	scan(buf);
	ok(opens == k + 4, "two who are no contenders: %d opens", opens - k);
	halt();
	free(buf);
}

/* The census: who has grown since the fall began. */
static void
test_census(void)
{
	char *buf = new_buf();
	struct proc *a, *b;
	const struct process *p;
	const struct group *g;
	int i, n;

	new_machine(1000000);
	a = add_proc("A", 100000);
	b = add_proc("B", 300000);
	b->pgid = a->pgid;
	boot(buf);
	ok(!census.has_base, "what the rehearsal saw isn't the beginning");
	m.free = 120000;
	sense(buf);
	scan(buf);
	ok(census.has_base && census.base.process_kib == 400000 &&
	    grown_kib(&machine, &census.armed[0]) == 0, "it is now");
	/* nobody fell: what is seen is the beginning of what comes */
	a->anon += 30000;
	m.free = 120000;
	sense(buf);
	scan(buf);
	ok(census.base.process_kib == 430000 && census.armed[1].base.score ==
	    census.armed[1].seen.score, "a new beginning");
	/* somebody fell: growth counts from there on, whoever comes */
	memory.high_kib = 200000;
	memory.low_kib = 150000;
	a->anon += 150000;
	m.proc[m.n] = (struct proc){ "C", .pid = 2000, .pgid = 2000,
	    .anon = 60000 };
	m.n++;
	sense(buf);
	scan(buf);
	ok(!strcmp(order(), "ACB") && census.base.process_kib == 430000 &&
	    census.armed[0].seen.score - census.armed[0].base.score == 100 &&
	    census.armed[1].seen.score - census.armed[1].base.score == 40 &&
	    census.armed[2].seen.score == census.armed[2].base.score,
	    "growth in a fall: %s, %u %u", order(), census.armed[0].seen.score -
	    census.armed[0].base.score, census.armed[1].seen.score -
	    census.armed[1].base.score);
	for (g = census.group; g->pgid != a->pgid; g++)
		;
	ok(g->members == 2 && g->own_kib - g->base_kib == 150000,
	    "a group: %u %u %u", g->members, g->own_kib, g->base_kib);
	/* who has ended is forgotten, and its pid is another's */
	a->state = GONE;
	scan(buf);
	for (n = 0, p = census.process; p < census.process + CENSUS; p++)
		n += p->pid == a->pid;
	ok(!n, "who has ended is in the census");
	a->state = RUNS;
	scan(buf);
	ok(census.armed[0].base.score == 666 && census.armed[0].comm[0] ==
	    'A', "a pid that is used again: then %u",
	    census.armed[0].base.score);
	halt();

	/* the largest 64 are known, and of the others that they had no more */
	new_machine(1000000);
	for (i = 0; i < 100; i++)
		m.proc[m.n++] = (struct proc){ "P", .pid = 5000 + i,
		    .pgid = 300 + i / 2 * (i < 20), .score = 700 +
		    (unsigned)(i * 37 % 100) };
	boot(buf);
	sense(buf);
	scan(buf);
	for (n = 0, i = 0; i < CENSUS; i++)
		n += census.process[i].seen.score >= 736;
	ok(n == CENSUS && census.missed_score == 735, "the largest: %d, "
	    "missed %u", n, census.missed_score);
	for (n = 0, i = 0; i < (int)GROUPS; i++)
		n += census.group[i].pgid == 300 && census.group[i].members ==
		    82;
	ok(n == 1, "a group of many");
	memory.high_kib = 500000;
	memory.low_kib = 400000;
	m.proc[0].score = 900;		/* had 700, unknown */
	m.proc[27].score = 901;		/* had 799 */
	sense(buf);
	scan(buf);
	ok(census.armed[0].pid == 5000 && census.armed[0].base.score == 735 &&
	    census.armed[1].pid == 5027 && census.armed[1].base.score == 799,
	    "who was left out: then %u, and %u", census.armed[0].base.score,
	    census.armed[1].base.score);
	halt();

	/* more groups than are remembered: singles make room, groups stay */
	new_machine(1000000);
	for (i = 0; i < 60; i++)
		m.proc[m.n++] = (struct proc){ "P", .pid = 5000 + i,
		    .pgid = i < 26 ? 300 + i / 2 : 9000 + i, .score = 670 +
		    (unsigned)i };
	boot(buf);
	for (n = 0, i = 0; i < (int)GROUPS; i++)
		n += census.group[i].members == 2;
	ok(n == 13, "groups beside singles: %d", n);
	halt();
	free(buf);
}

/* More processes and groups than are remembered, none of which grows: none may
 * seem to, from one scan to the next. */
static void
test_crowded_census(void)
{
	char *buf = new_buf();
	struct group *g;
	int i, n, k;

	for (k = 0; k < 3; k++) {
		new_machine(1000000);
		for (i = 0; i < 90; i++)
			m.proc[m.n++] = (struct proc){ "P", .pid = 5000 + i,
			    .pgid = k == 1 ? 9000 + i / 2 : i > 80 ? 300 :
			    9000 + i, .score = 720 + (unsigned)(i % 5) };
		m.free = 200000;
		boot(buf);
		sense(buf);
		scan(buf);
		ok(census.missed_score == 721, "left out: %u",
		    census.missed_score);
		if (k == 2)
			m.proc[9].state = GONE;	/* it was one of the largest */
		scan(buf);
		make_baseline(census.scan);
		memory.high_kib = 500000;
		memory.low_kib = 100000;
		sense(buf);
		scan(buf);
		for (n = 0, g = census.group; g < census.group + GROUPS; g++) {
			n += g->members == 9;
			ok(!g->pgid || g->members == 1 ||
			    !group_growth_kib(&machine, g),
			    "a group of %u seems to have grown by %lu KiB",
			    g->members, group_growth_kib(&machine, g));
		}
		ok(n == (k != 1), "the workers' group");
		for (i = 0; i < (int)ARMED; i++)
			ok(!grown_kib(&machine, &census.armed[i]),
			    "a process seems to have grown by %lu KiB",
			    grown_kib(&machine, &census.armed[i]));
		halt();
	}
	free(buf);
}

/* the kill */

/* Looks and sleeps as guard() does, until something is logged or so many ms
 * have passed.  Returns what was logged. */
static char *
run(char *buf, unsigned long ms)
{
	const unsigned long start = clock_is_ms;
	struct stat st;

	for (;;) {
		ms -= ms > clock_is_ms - start ? 0 : ms;
		if (!ms || (fstat(kmsg_fd, &st) == 0 && st.st_size))
			break;
		pass(look(buf));
	}
	return logged();
}

/* One eater, each way that its end can go. */
static void
test_kill(void)
{
	enum { DRY = 1, NO_GRACE = 2, EPERMS = 4, HUNG = 8, GROUP = 16,
	    NO_TIME = 32 };
	static const struct {
		const char *what;
		struct proc p;
		int how;
		long without;
		const char *sent;	/* signals, pid left out */
		const char *log;	/* the line's first words, ... */
		const char *tail;	/* ... and its end */
		int is_stuck, releases;
	} t[] = {
		{ "SIGTERM is enough", { .rate = 100 }, 0, 0, "TERM",
		    "killed", "signal=TERM back=yes", 0, 0 },
		{ "it takes a while", { .rate = 2, .term_ms = 400 }, 0, 0,
		    "TERM", "killed", "signal=TERM back=yes", 0, 0 },
		{ "it takes too long", { .rate = 2, .term_ms = 600 }, 0, 0,
		    "TERM KILL", "killed", "signal=TERM+KILL back=yes", 0, 0 },
		{ "it ignores SIGTERM", { .rate = 2, .term_ms = NEVER }, 0, 0,
		    "TERM KILL", "killed", "signal=TERM+KILL back=yes", 0, 0 },
		{ "it eats on", { .rate = 300, .term_ms = NEVER }, 0, 0,
		    "TERM KILL", "killed", "signal=TERM+KILL back=yes", 0, 0 },
		{ "no time for SIGTERM", { .rate = 100 }, NO_TIME, 0, "KILL",
		    "killed", "signal=KILL back=yes", 0, 0 },
		{ "no grace", { .rate = 100 }, NO_GRACE, 0, "KILL", "killed",
		    "signal=KILL back=yes", 0, 0 },
		{ "dry run", { .rate = 100 }, DRY, 0, "", "would kill",
		    "signal=none back=no ms=0\n", 0, 0 },
		{ "memory doesn't come back", { .rate = 100, .keeps = 1 }, 0,
		    0, "TERM", "killed", "signal=TERM back=no", 0, 0 },
		{ "no pidfd_open", { .rate = 100 }, 0, SYS_pidfd_open, "TERM",
		    "killed", "signal=TERM back=yes", 0, 0 },
		{ "no pidfd_open, it ignores SIGTERM", { .rate = 2,
		    .term_ms = NEVER }, 0, SYS_pidfd_open, "TERM KILL",
		    "killed", "signal=TERM+KILL back=yes", 0, 0 },
		{ "no pidfd_send_signal", { .rate = 100 }, 0,
		    SYS_pidfd_send_signal, "TERM", "killed",
		    "signal=TERM back=yes", 0, 0 },
		{ "it goes slowly, but its memory is reaped", { .rate = 100,
		    .kill_ms = 9000 }, NO_GRACE, 0, "KILL", "killed",
		    "signal=KILL back=yes", 1, 1 },
		{ "or can't be", { .rate = 100, .kill_ms = NEVER },
		    NO_GRACE, SYS_process_mrelease, "KILL", "stuck",
		    "signal=KILL back=no", 1, 0 },
		{ "or whoever reaps it hangs", { .rate = 100,
		    .kill_ms = NEVER }, NO_GRACE | HUNG, 0, "KILL", "stuck",
		    "signal=KILL back=no", 1, 0 },
		{ "it doesn't go, nor does its memory", { .rate = 100,
		    .kill_ms = NEVER, .keeps = 1 }, NO_GRACE, 0, "KILL",
		    "stuck", "signal=KILL back=no", 1, 1 },
		{ "it may not be signalled", { .rate = 100 }, EPERMS,
		    SYS_pidfd_send_signal, "TERM", "kill: not permitted", "",
		    0, 0 },
		{ "its group", { .rate = 100, .pgid = 500 }, GROUP, 0,
		    "TERM", "killed", "signal=TERM back=yes", 0, 0 },
	};
	char *buf = new_buf(), want[256], *got;
	int i, fds = count_fds(), k;

	for (i = 0; i < LEN(t); i++) {
		struct proc *p, *other;
		unsigned before;

		new_machine(1000000);
		other = add_proc("other", 200000);
		p = add_proc("an eater", 10000);
		k = p->pid;
		m.free -= 490000;
		m.leak = 0;
		*p = t[i].p;
		p->comm = "an eater";
		p->pid = k;
		p->pgid = p->pgid ? p->pgid : k;
		p->anon = 10000;
		other->pgid = 400;
		boot(buf);
		fail_nr[0] = t[i].without;
		fail_errno = t[i].how & EPERMS ? EPERM : ENOSYS;
		kill_errno = t[i].how & EPERMS ? EPERM : 0;
		release_hangs = !!(t[i].how & HUNG);
		releases = 0;
		opt.dry_run = !!(t[i].how & DRY);
		opt.grace_ms = t[i].how & NO_GRACE ? 0 : 500;
		opt.kill_centi = t[i].how & NO_TIME ? 100 : 0;
		opt.kill_group = !!(t[i].how & GROUP);
		before = killed;
		got = run(buf, 600000);

		for (want[0] = '\0', k = 0; t[i].sent[k]; k += 4 +
		    (t[i].sent[k + 4] == ' '))
			snprintf(want + strlen(want), 64, "%d/%.4s ",
			    t[i].how & GROUP ? -500 : p->pid, t[i].sent + k);
		ok(!strcmp(sent, want), "kill, %s: sent \"%s\", not \"%s\"",
		    t[i].what, sent, want);
		if (t[i].how & EPERMS)
			snprintf(want, sizeof(want), "<4>bustd: %s",
			    t[i].log);
		else
			snprintf(want, sizeof(want), "<4>bustd: %s pid=%d "
			    "comm=an\\x20eater oom_score=", t[i].log, p->pid);
		ok(!strncmp(got, want, strlen(want)) &&
		    strstr(got, t[i].tail) &&
		    strchr(got, '\n') == got + strlen(got) - 1 &&
		    (t[i].how & EPERMS ||
		    (strstr(got, " reason=exhausted why=\"") &&
		    strstr(got, " choice=grows "))),
		    "kill, %s: %s", t[i].what, got);
		ok(releases >= t[i].releases && (!releases) ==
		    !t[i].releases, "kill, %s: reaped %d times", t[i].what,
		    releases);
		ok(killed - before == (t[i].how & (DRY | EPERMS) ||
		    *t[i].log == 's' ? 0u : 1u), "kill, %s: %u more", t[i].what,
		    killed - before);
		fail_nr[0] = 0;
		ok(is_stuck(buf, p->pid) == t[i].is_stuck, "kill, %s: stuck "
		    "%d", t[i].what, !t[i].is_stuck);
		ok(census.is_stale == !(t[i].how & DRY) && census.is_spent ==
		    census.is_stale, "kill, %s: armed %d "
		    "still", t[i].what, census.armed[0].pid);
		if (t[i].is_stuck) {
			m.free = 120000;
			sense(buf);
			scan(buf);
			ok(census.armed[0].pid == other->pid, "kill, %s: armed "
			    "again", t[i].what);
			p->state = GONE;
			ok(!is_stuck(buf, p->pid), "kill, %s: stuck though it "
			    "is gone", t[i].what);
		}
		kill_errno = 0;
		halt();
		ok(count_fds() == fds, "kill, %s: %d descriptors leaked",
		    t[i].what, count_fds() - fds);
	}
	opt.dry_run = DRY_RUN;
	opt.grace_ms = GRACE_MS;
	opt.kill_centi = KILL_FLOOR * 100;
	opt.kill_group = KILL_PROCESS_GROUP;
	free(buf);
}

/* A kill that helps a little, in a fall that goes on: the others' growth from
 * before it still counts. */
static void
test_kept_baseline(void)
{
	char *buf = new_buf(), *got;
	struct proc *p[3];
	kib base;
	int i;

	new_machine(1000000);
	add_proc("database", 200000);
	for (i = 0; i < 3; i++) {
		p[i] = add_proc("worker", 10000);
		p[i]->rate = 40;
	}
	m.free -= 490000;
	m.leak = 0;
	boot(buf);
	scan(buf);
	base = census.base.process_kib;
	got = run(buf, 600000);
	ok(strstr(got, " comm=worker ") && strstr(got, " choice=grows ") &&
	    census.has_base && census.base.process_kib + 10500 > base &&
	    census.base.process_kib <= base - 10000,
	    "a kept baseline: %lu of %lu: %s", census.base.process_kib, base,
	    got);
	ok(fall_kib(&machine) > 100000, "the fall goes on: %lu",
	    fall_kib(&machine));
	scan(buf);
	ok(!census.makes_base && census.armed[0].base.score <
	    census.armed[0].seen.score - 10 && !strcmp(census.armed[0].comm,
	    "worker"), "another one goes next: %s, %u of %u",
	    census.armed[0].comm, census.armed[0].base.score,
	    census.armed[0].seen.score);
	halt();
	free(buf);
}

/* A leak of 5 MB/s is one fall, however large the machine; the small steps of
 * daily business are none. */
static void
test_slow_fall(void)
{
	static const struct {
		const char *what;
		kib total, rate;
		int goes_on;
	} t[] = {
		{ "a leak on 64 GB", 64000000, 5, 1 },
		{ "a leak on 1 TB", 1000000000, 5, 1 },
		{ "daily business on 64 GB", 64000000, 3, 0 },
		{ "a leak of 1 MB/s on 200 MB", 200000, 1, 1 },
	};
	int i, k;

	for (i = 0; i < LEN(t); i++) {
		struct memory y = { 0 };
		struct look l = { .total_kib = t[i].total };

		for (k = 0; k < 60; k++, l.now_ms += 1000)
			remember_room(OF(NULL, &l, &y, NULL), &y,
			    t[i].total / 2 - (kib)k * t[i].rate * 1000);
		ok((fall_kib(OF(NULL, NULL, &y, NULL)) == 59000 * t[i].rate) ==
			t[i].goes_on,
		    "a slow fall, %s: %lu", t[i].what,
		    fall_kib(OF(NULL, NULL, &y, NULL)));
	}
}

/* A pool leaks on after one of it was ended.  What that gave back lasts for
 * longer than a fall may pause, but it is one fall, up to the floor. */
static void
test_fall_after_a_kill(void)
{
	static const struct {
		const char *what;
		int is_killed;
		kib back, rate, want;
	} t[] = {
		{ "a pool", 1, 30000, 4, 97000 },
		{ "a slow one", 1, 30000, 3, 97000 },
		{ "what came back by itself", 0, 30000, 4, 8000 },
		{ "nothing came back", 1, 0, 0, 99000 },
		{ "half came back", 1, 49000, 7, 97000 },
	};
	int i;

	for (i = 0; i < LEN(t); i++) {
		struct memory y = { 0 };
		struct look l = { .total_kib = 100000 };
		kib room = 100000;

		for (; room > 1000; room -= 100, l.now_ms += 10)
			remember_room(OF(NULL, &l, &y, NULL), &y, room);
		room += t[i].back;
		if (t[i].is_killed)
			go_on_falling(OF(NULL, &l, &y, NULL), &y, room);
		do {
			l.now_ms += 100;
			room -= t[i].rate * 100;
			remember_room(OF(NULL, &l, &y, NULL), &y, room);
		} while (t[i].rate && room > 3000);
		ok(fall_kib(OF(NULL, NULL, &y, NULL)) + 700 > t[i].want &&
			fall_kib(OF(NULL, NULL, &y, NULL)) < t[i].want + 700,
		    "a fall after a kill, %s: %lu", t[i].what,
		    fall_kib(OF(NULL, NULL, &y, NULL)));
	}
}

/* A database has filled up and rests; then, between two looks, its fall is over
 * and the next has begun.  What the database took is no part of that. */
static void
test_kept_fall(void)
{
	char *buf = new_buf();
	struct proc *database, *eater;
	int i;

	for (i = 0; i < 2; i++) {
		new_machine(1000000);
		database = add_proc("database", 100000);
		eater = add_proc("eater", 1000);
		m.free = 230000;
		boot(buf);
		look(buf);
		take(database, 100000);
		pass(3000);
		look(buf);
		ok(is_falling(&machine) && census.base.process_kib ==
		    101000, "the database's fall, from %lu on",
		    census.base.process_kib);
		if (!i)
			scan(buf);	/* else none has seen its end */
		pass(1000);
		look(buf);
		take(eater, 40000);
		pass(PAUSE_MS + 100);
		look(buf);
		ok(!strcmp(order(), i ? "de" : "ed") &&
		    census.base.process_kib == (i ? 241000UL : 201000UL),
		    "the eater's, from %lu on: %s", census.base.process_kib,
		    order());
		halt();
	}
	free(buf);
}

/* Of a line on a machine with 1 GiB no number is lost, whatever the name. */
static void
test_kill_line(void)
{
	static const char *const comm[] = { "eater",
	    "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", "a\nb\nc\nd\ne\nf\ng\nh" };
	char *buf = new_buf(), *got, *p;
	int i, lost;

	for (i = 0; i < LEN(comm); i++) {
		struct proc *eater;

		new_machine(1048576);
		m.swap_total = m.swap_free = 1048576;
		add_proc("other", 100000)->pid = 31001;
		eater = add_proc(comm[i], 100000);
		eater->pid = 32001;
		eater->pte = 10000;
		eater->swap = 1000000;
		eater->adj = -100;
		m.swap_free = 1000;
		boot(buf);
		eater->rate = 5;
		got = run(buf, 600000);
		for (lost = 0, p = got; (p = strchr(p, '=')); p++)
			lost += p[1] == ' ' || p[1] == '\n';
		ok(strstr(got, "killed pid=32001 comm=") && !lost,
		    "%d values are lost: %s", lost, got);
		halt();
	}
	free(buf);
}

/* What is sent by pid goes to who is that still; and groups are theirs. */
static void
test_signal(void)
{
	static const struct {
		pid_t pgid, own;
		int group;
	} t[] = {
		{ 1234, 77, 1 }, { 0, 77, 0 }, { 1, 77, 0 }, { -1, 77, 0 },
		{ 77, 77, 0 }, { 2, 1, 1 },
	};
	char *buf = new_buf(), want[64];
	struct proc *p;
	int i, again = 0;

	new_machine(1000000);
	p = add_proc("A", 100000);
	p->term_ms = NEVER;
	boot(buf);
	for (i = 0; i < 2 * LEN(t); i++) {
		opt.kill_group = i < LEN(t);
		p->pgid = t[i % LEN(t)].pgid;
		own_pgid = t[i % LEN(t)].own;
		sent[0] = '\0';
		send_signal(buf, &census.armed[0], SIGTERM);
		snprintf(want, sizeof(want), "%d/TERM ", opt.kill_group &&
		    t[i % LEN(t)].group ? -p->pgid : p->pid);
		ok(!strcmp(sent, want), "group %d, ours %d, -g %d: %s",
		    p->pgid, own_pgid, opt.kill_group, sent);
	}
	own_pgid = 77;
	for (again = 0; again < 2; again++) {
		fail_nr[0] = again ? SYS_pidfd_send_signal : 0;
		p->state = GONE;
		add_proc("B", 100)->pid = p->pid;
		opt.kill_group = again;
		sent[0] = '\0';
		ok(send_signal(buf, &census.armed[0], SIGTERM) < 0 &&
		    errno == ESRCH && !*sent, "a signal to who is gone: %s",
		    sent);
	}
	opt.kill_group = KILL_PROCESS_GROUP;
	halt();
	free(buf);
}

/* Who shares the victim's memory goes with it, and nobody else. */
static void
test_sharers(void)
{
	char *buf = new_buf(), *got;
	struct proc *p;
	int i;

	new_machine(1000000);
	for (i = 0; i < 4; i++) {
		p = add_proc(i < 2 ? "shares" : "alike", 100000);
		p->mm = i < 2 ? 5 : i;
		p->pgid = 900 + i;
	}
	m.free = 300000;
	m.proc[1].rate = 2;
	boot(buf);
	sense(buf);
	scan(buf);
	m.proc[0].anon = m.proc[1].anon;
	m.proc[0].keeps = 1;
	for (i = 0; i < 400 && !*sent; i++) {
		pass(1000);
		m.proc[0].anon = m.proc[1].anon;
		look(buf);
	}
	got = logged();
	ok((!strcmp(sent, "1001/TERM 1002/TERM ") || !strcmp(sent,
	    "1002/TERM 1001/TERM ")) && strstr(got, "killed pid=100"),
	    "sharers: %s %s", sent, got);
	halt();
	free(buf);
}

/* Many small processes that grow in number: their group goes, or nobody. */
static void
test_storm_kill(void)
{
	static const struct {
		const char *what, *comm, *others;
		int adj;
		pid_t own;
		int dry;
		const char *sent, *log;
	} t[] = {
		{ "a storm", "storm", "storm", 0, 77, 0, "-500/KILL ",
		  "killed pgid=500 processes=" },
		{ "dry run", "storm", "storm", 0, 77, 1, "",
		  "would kill pgid=500 processes=" },
		{ "one is spared", "dropbear", "storm", 0, 77, 0, NULL,
		  "killed pgid=500 processes=" },
		{ "of a spared name", "sh", "sh", 0, 77, 0, "-500/KILL ",
		  "killed pgid=500 processes=" },
		{ "one is protected", "storm", "storm", -1000, 77, 0, NULL,
		  "killed pgid=500 processes=" },
		{ "of a spared name, and one is protected", "sh", "sh", -1000,
		  77, 0, NULL, "killed pgid=500 processes=" },
		{ "our own", "storm", "storm", 0, 500, 0, "", "hopeless" },
	};
	char *buf = new_buf(), *got = NULL;
	char spared[16];
	pid_t p_pid;
	struct proc *p;
	int i, k;

	for (i = 0; i < LEN(t); i++) {
		new_machine(1000000);
		add_proc("other", 200000);
		p = add_proc(t[i].comm, 1000);
		p->adj = t[i].adj;
		p->pgid = 500;
		p_pid = p->pid;
		m.free = 250000;
		own_pgid = t[i].own;
		opt.dry_run = t[i].dry;
		boot(buf);
		for (k = 0; k < 100; k++) {
			p = add_proc(t[i].others, 8000);
			p->pgid = 500;
			if (m.free > 250000)
				m.free = 0;
			pass(look(buf));
			if (*sent || m.free < 20000)
				break;
		}
		got = run(buf, 2000);
		/* of one that has a spared member, the others, one by one */
		snprintf(spared, sizeof(spared), "%d/", p_pid);
		ok(t[i].sent ? !strcmp(sent, t[i].sent) : strstr(sent, "/KILL ")
		    && *sent != '-' && !strstr(sent, spared),
		    "storm, %s: sent %s", t[i].what, sent);
		ok(!strncmp(got + 10, t[i].log, strlen(t[i].log)) &&
		    (*t[i].log == 'h' || strstr(got, " choice=group next=")),
		    "storm, %s: %s", t[i].what, got);
		/* and nobody brings a reboot about by a name */
		if (!t[i].dry && !t[i].adj && t[i].own == 77) {
			opt.last_resort = REBOOT;
			run(buf, 4000);
			run(buf, 4000);
			ok(!strstr(sent, "reboot"), "storm, %s: %s", t[i].what,
			    sent);
			opt.last_resort = LAST_RESORT;
		}
		halt();
	}
	opt.dry_run = DRY_RUN;
	own_pgid = 77;
	free(buf);
}

/* Memory goes that no process holds: nobody is ended, it is said what holds it,
 * and after five seconds comes the last resort, once. */
static void
test_hopeless(void)
{
	static const struct {
		int resort, dry;
		const char *sent, *log;
	} t[] = {
		{ NONE, 0, "", "; waiting\n" },
		{ OOM, 0, "sysrq f ", "; asking the kernel\n" },
		{ REBOOT, 0, "reboot ", "; rebooting\n" },
		{ OOM, 1, "", "; waiting\n" },
	};
	char *buf = new_buf(), *got, *room, want[64];
	unsigned long since;
	int i;

	for (i = 0; i < LEN(t); i++) {
		new_machine(1000000);
		add_proc("big", 300000);
		m.free = 250000;
		opt.last_resort = t[i].resort;
		opt.dry_run = t[i].dry;
		boot(buf);
		m.leak = 5;
		got = run(buf, 600000);
		since = clock_is_ms;
		room = strstr(got, " room_kib=");
		/* what is left, 10,000 of reserve, 800 of the kernel */
		snprintf(want, sizeof(want), " unexplained_kib=%lu;", room ?
		    689200 - strtoul(room + 10, NULL, 10) : 0);
		ok(strstr(got, "hopeless: ") && strstr(got, " processes_kib="
		    "300000 ") && strstr(got, " slab_kib=400 ") &&
		    strstr(got, " page_tables_kib=300 ") && strstr(got,
		    " tmpfs_kib=0 ") && strstr(got, want) &&
		    strstr(got, "; waiting\n") && !*sent, "hopeless: %s%s",
		    got, sent);
		/* however far apart the looks are */
		while (clock_is_ms - since < 4900) {
			pass(700);
			look(buf);
		}
		got = run(buf, 1500);
		ok(!strcmp(sent, t[i].sent) && (t[i].sent[0] ? !!strstr(got,
		    t[i].log) : !*got), "hopeless for 5 s, last resort %d: "
		    "%s%s", t[i].resort, sent, got);
		got = run(buf, 50000);
		ok(!strcmp(sent, t[i].sent) && !*got, "hopeless on, last "
		    "resort %d: %s%s", t[i].resort, sent, got);
		/* it gives all back, and begins again */
		m.free = 900000;
		m.leak = 0;
		look(buf);
		ok(!memory.hopeless_ms, "no longer hopeless");
		m.leak = 5;
		sent[0] = '\0';
		got = run(buf, 600000);
		run(buf, 7000);
		ok(!strcmp(sent, t[i].sent), "hopeless again, last resort %d: "
		    "%s%s", t[i].resort, sent, got);
		halt();
	}
	opt.last_resort = LAST_RESORT;
	opt.dry_run = DRY_RUN;
	free(buf);
}

/* Situations in which nobody, or nobody more, is to be ended. */

/* Looks and sleeps as guard() does for so many ms, whatever is logged. */
static void
look_for(char *buf, unsigned long ms)
{
	const unsigned long start = clock_is_ms;

	while (clock_is_ms - start < ms)
		pass(look(buf));
}

/* What is read fills free RAM, by up to kib. */
static void
fill(unsigned long kib)
{
	kib = min_of(kib, minus(m.free, m.reserve * 3 / 2));
	m.free -= kib;
	m.inactive += kib;
}

/* The same, while tasks wait for what was read before. */
static void
stall_for(char *buf, unsigned long ms)
{
	fill(m.total);
	m.stall = m.io = m.back = 90;
	m.read = 100;
	look_for(buf, ms);
}

/* A machine with a service, on which a ramfs or a driver leaks until it is
 * hopeless.  Then the leak stops. */
static struct proc *
hopeless_machine(char *buf, kib total, int resort)
{
	struct proc *service;

	new_machine(total);
	service = add_proc("service", total / 16);
	add_proc("other", total / 6);
	m.free = total / 2;
	opt.last_resort = resort;
	boot(buf);
	run(buf, 65000);
	m.leak = 10;
	ok(!!strstr(run(buf, 600000), "hopeless"), "it is hopeless");
	m.leak = 0;
	look_for(buf, 700);
	return service;
}

/* Something else holds the memory, and a service or cron takes a little. */
static void
test_small_bursts(void)
{
	static const struct {
		const char *what;
		kib more, cron;
		int crons;
		const char *want;
	} t[] = {
		{ "a service takes less than is left", 600, 0, 0, "" },
		{ "or more", 2000, 0, 0, "/" },
		{ "cron starts", 0, 300, 4, "" },
		{ "cron starts more", 0, 200, 11, "" },
	};
	char *buf = new_buf();
	int i, k;

	for (i = 0; i < LEN(t); i++) {
		struct proc *p = hopeless_machine(buf, 131072, NONE);

		p->anon += t[i].more;
		m.free -= t[i].more + (kib)t[i].crons * t[i].cron;
		for (k = 0; k < t[i].crons; k++)
			add_proc("cron", (long)t[i].cron)->pgid = 4321;
		run(buf, 3000);
		ok(*t[i].want ? !!strstr(sent, t[i].want) : !*sent,
		    "a small burst, %s: %s", t[i].what, sent);
		halt();
	}
	free(buf);
}

/* It was hopeless, and some memory came back: no reboot then. */
static void
test_no_reboot(void)
{
	char *buf = new_buf();

	hopeless_machine(buf, 131072, REBOOT);
	m.free += 5000;
	run(buf, 9000);
	ok(!*sent, "memory came back, but: %s", sent);
	halt();
	opt.last_resort = LAST_RESORT;
	free(buf);
}

/* Some memory came back, and seconds later a job takes it for a moment: that
 * hasn't been hopeless for five seconds. */
static void
test_late_moment(void)
{
	char *buf = new_buf();
	struct proc *job;
	unsigned long ms;

	for (ms = 1000; ms < 12000; ms += 1000) {
		hopeless_machine(buf, 131072, REBOOT);
		m.free += 4500;
		look_for(buf, ms);
		job = add_proc("job", 0);
		take(job, minus(m.free, m.reserve + 3200));
		look_for(buf, 200);
		ended(job);
		job->state = GONE;
		look_for(buf, 9000);
		ok(!*sent, "a moment after %lu ms: %s", ms, sent);
		halt();
	}
	opt.last_resort = LAST_RESORT;
	free(buf);
}

/* A stall that no kill helps is hopeless as long as it lasts. */
static void
test_hopeless_stall(void)
{
	char *buf = new_buf();

	new_machine(1000000);
	add_proc("small", 20000);
	add_proc("hog", 500000)->adj = -1000;
	m.free = 100000;
	opt.last_resort = OOM;
	boot(buf);
	run(buf, 65000);
	stall_for(buf, 9000);
	ok(!strcmp(sent, "sysrq f "), "a hopeless stall: %s", sent);
	halt();
	opt.last_resort = LAST_RESORT;
	free(buf);
}

/* A file in a tmpfs has made the machine hang.  While that grows no kill helps.
 * Once it has stopped, the end of the largest frees the machine. */
static void
test_stall_by_tmpfs(void)
{
	char *buf = new_buf();

	new_machine(1000000);
	add_proc("database", 400000);
	add_proc("java", 300000);
	m.free = 160000;
	boot(buf);
	run(buf, 65000);
	m.leak = 60;
	look_for(buf, 1000);
	m.leak = 0;
	stall_for(buf, 3500);
	ok(!*sent && memory.hopeless_ms, "a tmpfs, stalled: %s", sent);
	look_for(buf, 5000);
	ok(!strcmp(sent, "1001/TERM "), "a tmpfs that grows no more: %s",
	    sent);
	halt();
	free(buf);
}

/* An armed process ends by itself in a stall, which is over then. */
static void
test_ended_in_a_stall(void)
{
	char *buf = new_buf();
	struct proc *p;

	new_machine(1000000);
	add_proc("service", 300000);
	p = add_proc("eater", 60000);
	m.free = 90000;
	boot(buf);
	run(buf, 65000);
	stall_for(buf, 900);
	ok(!*sent, "it stalls: %s", sent);
	ended(p);
	p->state = GONE;
	m.stall = m.io = m.back = 0;
	run(buf, 3000);
	ok(!*sent, "it has ended, and so has the stall: %s", sent);
	halt();
	free(buf);
}

/* Before Linux 5.9 an armed process that gives up a little has an oom_score of
 * 0.  That isn't its end, for which to wait while another eats what is left. */
static void
test_score_of_little(void)
{
	char *buf = new_buf();
	struct proc *p, *eater;
	unsigned long left = 0;
	int i;

	new_machine(1000000);
	m.is_old = 1;
	census.nothing_score = census.is_point_scaled = 0;
	add_proc("database", 300000);
	p = add_proc("daemon", 1900);
	eater = add_proc("eater", 2000);
	m.free = 200000;
	boot(buf);
	run(buf, 65000);
	eater->rate = 300;
	for (i = 0; i < 1000 && !*sent; i++) {
		if (m.free < 50000)
			p->anon = 900;
		left = m.free;
		pass(look(buf));
	}
	ok(!strncmp(sent, "1003/", 5) && left > m.reserve, "a score of "
	    "little: %s with %lu KiB free", sent, left);
	logged();
	halt();
	free(buf);
}

/* A compiler takes all memory, and ends by itself, slowly: others of its group
 * needn't go for what it had.  Whether a scan has just seen them or not. */
static void
test_ended_in_a_group(void)
{
	char *buf = new_buf();
	struct proc *p;
	int i;

	for (i = 0; i < 2; i++) {
		new_machine(1000000);
		add_proc("database", 300000);
		add_proc("make", 3000)->pgid = 500;
		p = add_proc("cc1", 60000);
		p->pgid = 500;
		m.free = 350000;
		boot(buf);
		run(buf, 65000);
		p->rate = 20;
		while (m.free > 31000)
			pass(look(buf));
		if (i)
			scan(buf);
		p->keeps = 1;
		ended(p);
		m.free = 5000;
		look_for(buf, 300);
		m.free += p->anon;
		p->anon = 0;
		run(buf, 3000);
		ok(!*sent, "ended in a group, %d: %s", i, sent);
		halt();
	}
	free(buf);
}

/* A kill gave nothing back.  Once memory isn't short any more, the next may
 * be tried. */
static void
test_futile(void)
{
	struct memory y = { .futile = 1 };
	struct look l = { .total_kib = 100000, .free_kib = 10000,
	    .file_kib = 5000 };
	struct options o = opt;

	remember(OF(&o, &l, &y, NULL), &y);
	ok(y.futile == 1, "memory is short yet");
	l.file_kib++;
	remember(OF(&o, &l, &y, NULL), &y);
	ok(!y.futile, "memory isn't short any more");
}

/* A kill gave nothing back, and a day later the machine, which always lives
 * with 10 % of RAM, hangs: that is another matter.  Within a minute it
 * isn't. */
static void
test_futile_long_ago(void)
{
	static const struct { unsigned long ms; const char *want; } t[] = {
		{ 50000, "1003/TERM " }, { 86400000, "1003/TERM 1001/TERM " },
	};
	char *buf = new_buf();
	struct proc *p;
	int i;

	for (i = 0; i < LEN(t); i++) {
		new_machine(1000000);
		add_proc("database", 400000);
		add_proc("service", 60000);
		p = add_proc("eater", 1000);
		m.free = 130000;
		boot(buf);
		run(buf, 65000);
		p->rate = 20;
		p->keeps = 1;
		run(buf, 60000);
		ok(memory.futile == 1, "it was futile: %u", memory.futile);
		m.free += 90000;
		look_for(buf, t[i].ms);
		stall_for(buf, 5000);
		ok(!strcmp(sent, t[i].want), "a kill in vain %lu ms before: "
		    "%s", t[i].ms, sent);
		halt();
	}
	free(buf);
}

/* What all have grown by is no more than what processes took, whatever
 * oom_score_adj new ones have.  What they lost in RAM may be in swap. */
static void
test_all_growth(void)
{
	struct census c = { .is_point_scaled = 1, .base.process_kib = 30000,
	    .base.swap_kib = 1000 };
	struct look l = { .total_kib = 100000, .anon_kib = 31000,
	    .swap_total_kib = 20000, .swap_free_kib = 20000 };

	c.process[3] = (struct process){ 9, 1, { 1066, 3000, 0 },
	    { 1000, 2000, 0 } };
	ok(all_growth_kib(OF(NULL, &l, NULL, &c)) == 1000, "growth by adj: %lu",
	    all_growth_kib(OF(NULL, &l, NULL, &c)));
	c.process[3].seen.score = 1001;
	l.swap_free_kib = 10000;
	ok(all_growth_kib(OF(NULL, &l, NULL, &c)) == 1000,
	    "growth in swap, of others: %lu",
	    all_growth_kib(OF(NULL, &l, NULL, &c)));
	c.process[4] = (struct process){ 8, 1, { 1000, 0, 0 },
	    { 1000, 4000, 0 } };
	ok(all_growth_kib(OF(NULL, &l, NULL, &c)) == 1000,
	    "growth, beside one that went to swap: %lu",
	    all_growth_kib(OF(NULL, &l, NULL, &c)));
	c.process[5] = (struct process){ 7, 1, { 1000, 13000, 0 },
	    { 1000, 0, 0 } };
	ok(all_growth_kib(OF(NULL, &l, NULL, &c)) == 11000,
	    "growth, no more than all took: %lu",
	    all_growth_kib(OF(NULL, &l, NULL, &c)));
	l.swap_free_kib = 20000;
	l.anon_kib = 44000;
	ok(all_growth_kib(OF(NULL, &l, NULL, &c)) == 10000,
	    "growth, less what one gave back: %lu",
	    all_growth_kib(OF(NULL, &l, NULL, &c)));
	/* 2,000 KiB were shared, and 500 are, beside 1,000 in swap */
	c = (struct census){ .is_point_scaled = 1, .base.process_kib = 4000,
	    .base.swap_kib = 1000, .scan.process_kib = 5500,
	    .scan.swap_kib = 1000, .process = { { 9, 1, { 1000, 5000, 0, 0 },
	    { 1000, 5000, 0, 0 } } } };
	l = (struct look){ .total_kib = 100000, .anon_kib = 5000,
	    .swap_total_kib = 20000, .swap_free_kib = 19000 };
	ok(all_growth_kib(OF(NULL, &l, NULL, &c)) == 1500,
	    "growth, by what was copied: %lu",
	    all_growth_kib(OF(NULL, &l, NULL, &c)));
	/* many have no place in the census */
	c.process[0].pid = 0;
	c.base.counted_kib = 4000;
	c.scan.counted_kib = 5700;
	ok(all_growth_kib(OF(NULL, &l, NULL, &c)) == 1700,
	    "growth, of many small ones: %lu",
	    all_growth_kib(OF(NULL, &l, NULL, &c)));
}

/* More sessions than the census has places grow until the machine hangs.  The
 * largest is ended. */
static void
test_many_sessions(void)
{
	char *buf = new_buf();
	int i, k;

	new_machine(1000000);
	add_proc("database", 200000);
	for (i = 0; i < 200; i++)
		add_proc("session", 1000);
	m.free = 300000;
	boot(buf);
	run(buf, 65000);
	for (k = 0; k < 10; k++) {
		for (i = 1; i < m.n; i++)
			take(&m.proc[i], 100);
		look_for(buf, 500);
	}
	stall_for(buf, 2000);
	ok(!strcmp(sent, "1001/TERM "), "many sessions: %s", sent);
	halt();
	free(buf);
}

/* The program of -e: started when memory is back, or it is hopeless, one at a
 * time, and what becomes of it is said. */
static void
test_hook(void)
{
	char *buf = new_buf(), *got;
	struct proc *p;
	int i;

	for (i = 0; i < 4; i++) {
		new_machine(1000000);
		p = add_proc("eater", 1000);
		p->pgid = 500;
		add_proc("other", 90000)->pgid = 501;
		m.free = 400000;
		opt.exec = i == 1 ? "" : "/hook";
		opt.dry_run = i == 2;
		fail_nr[0] = i == 3 ? SYS_fork : 0;
		fail_errno = ENOMEM;
		boot(buf);
		p->rate = 50;
		got = run(buf, 60000);
		ok(!strcmp(sent, i == 0 ? "1001/TERM fork " : i == 2 ? "" :
		    "1001/TERM "), "hook %d: sent %s", i, sent);
		ok(!strstr(got, "/hook: out of memory (can't fork)\n") ==
		    (i != 3) && hook_pid == (i ? 0 : 4712), "hook %d: %s", i,
		    got);
		if (i) {
			halt();
			continue;
		}
		/* a second one, while it runs; it is over by itself */
		p = add_proc("second", 1000);
		p->rate = 50;
		sent[0] = '\0';
		got = run(buf, 60000);
		ok(!strcmp(sent, "1003/TERM ") && strstr(got,
		    "/hook: still runs\n"), "hook, it runs: %s%s", sent, got);
		hook_status = 0;
		await_children(buf);
		ok(!hook_pid && !*logged(), "hook, it ends");
		hook_pid = 4712;
		hook_status = 127 << 8;
		await_children(buf);
		got = logged();
		ok(!strcmp(got, "<4>bustd: /hook: ended with status 127\n"),
		    "hook, it can't be started: %s", got);
		hook_pid = 4712;
		hook_status = SIGSEGV;
		await_children(buf);
		got = logged();
		ok(!!strstr(got, " status 139\n"), "hook, it dies: %s", got);
		/* another child of ours is reaped, and that is all */
		hook_pid = 4711;
		hook_status = 1;
		await_children(buf);
		ok(hook_pid == 4711 && !*logged(), "another child ends");
		/* reaped by the kernel: SIGCHLD was ignored when we started */
		has_child = 0;
		await_children(buf);
		has_child = 1;
		ok(!hook_pid, "no child");
		halt();
	}
	fail_nr[0] = 0;
	opt.dry_run = DRY_RUN;
	/* hopeless: once in all, however long it lasts */
	new_machine(1000000);
	add_proc("big", 300000);
	m.free = 250000;
	opt.exec = "/hook";
	boot(buf);
	m.leak = 5;
	run(buf, 600000);
	for (i = 0; i < 3; i++) {
		hook_status = 0;
		await_children(buf);
		pass(70000);
		look(buf);
	}
	ok(!strcmp(sent, "fork "), "hook, hopeless: %s", sent);
	hook_pid = 0;
	opt.exec = EXEC;
	halt();
	free(buf);
}

/* The eater can't be ended and keeps all: that is hopeless, too. */
static void
test_stuck_resort(void)
{
	char *buf = new_buf(), *got;
	struct proc *p;

	new_machine(1000000);
	add_proc("large", 300000);
	p = add_proc("eater", 1000);
	p->kill_ms = p->term_ms = NEVER;
	p->keeps = 1;
	m.free = 400000;
	opt.last_resort = OOM;
	boot(buf);
	p->rate = 50;
	got = run(buf, 60000);
	ok(!strcmp(sent, "1002/TERM 1002/KILL ") && strstr(got, ": stuck pid="),
	    "an eater that is stuck: %s%s", sent, got);
	sent[0] = '\0';
	got = run(buf, 2000);
	ok(strstr(got, "hopeless: ") && !*sent, "it is stuck: %s%s", sent, got);
	run(buf, 9000);
	ok(!strcmp(sent, "sysrq f "), "it is stuck, last resort: %s", sent);
	opt.last_resort = LAST_RESORT;
	halt();
	free(buf);
}

/* An eater is stuck, and so what it took can't be had: others of its group
 * needn't go for that. */
static void
test_stuck_in_a_group(void)
{
	char *buf = new_buf(), *got;
	struct proc *p;

	new_machine(1000000);
	add_proc("large", 300000);
	add_proc("make", 3000)->pgid = 500;
	p = add_proc("eater", 1000);
	p->pgid = 500;
	p->kill_ms = p->term_ms = NEVER;
	p->keeps = 1;
	m.free = 400000;
	boot(buf);
	run(buf, 65000);
	p->rate = 50;
	run(buf, 60000);
	got = run(buf, 9000);
	ok(!strcmp(sent, "1003/TERM 1003/KILL ") && strstr(got, "hopeless: "),
	    "stuck in a group: %s%s", sent, got);
	halt();
	free(buf);
}

/* A working set that no longer fits: the largest goes, soon, with PSI and
 * without; and what only looks like it harms nobody. */
static void
test_thrash(void)
{
	static const struct {
		const char *what;
		int psi;
		unsigned stall, io, iowait, back, read;	/* each ms */
		unsigned long free;
		int keeps;
		unsigned least, most;	/* ms until the kill, 0: none */
		const char *sent;
		unsigned long slab;	/* taken as it begins */
	} t[] = {
		{ "a thrash beside a little slab", 1, 60, 90, 90, 90, 100,
		  100000, 0, 900, 1500, "1001/TERM ", 9000 },
		{ "a thrash", 1, 60, 90, 90, 90, 100, 100000, 0, 900, 1500,
		  "1001/TERM " },
		{ "without PSI", 0, 60, 90, 90, 90, 100, 100000, 0, 0, 0, "" },
		{ "its memory stays: one is enough", 1, 60, 90, 90, 90, 100,
		  100000, 1, 900, 1500, "1001/TERM " },
		{ "some stall is enough", 1, 30, 90, 90, 90, 100, 100000, 0,
		  900, 1500, "1001/TERM " },
		{ "less isn't", 1, 20, 90, 90, 90, 100, 100000, 0, 0, 0, "" },
		{ "a large file is read", 1, 60, 90, 90, 0, 100, 100000, 0, 0,
		  0, "" },
		{ "a throttled cgroup", 1, 90, 10, 0, 90, 100, 100000, 0, 0, 0,
		  "" },
		{ "with room", 1, 60, 90, 90, 90, 100, 161000, 0, 0, 0, "" },
		{ "without PSI, a file is read", 0, 60, 90, 99, 0, 100, 100000,
		  0, 0, 0, "" },
	};
	char *buf = new_buf(), *got = NULL;
	int i;

	for (i = 0; i < LEN(t); i++) {
		unsigned long since;

		new_machine(1000000);
		add_proc("large", 400000)->keeps = t[i].keeps;
		add_proc("dropbear", 90000);
		add_proc("small", 80000);
		m.free = t[i].free;
		m.has_psi = t[i].psi;
		boot(buf);
		run(buf, 40000);
		m.stall = t[i].stall;
		m.io = t[i].io;
		m.iowait = t[i].iowait;
		m.back = t[i].back;
		m.read = t[i].read;
		m.free -= t[i].slab;
		fill(m.total);
		since = clock_is_ms;
		got = run(buf, 60000);
		since = clock_is_ms - since;
		ok(!strcmp(sent, t[i].sent) && (!t[i].most || (since >=
		    t[i].least && since <= t[i].most &&
		    strstr(got, " reason=stalled why=\"") &&
		    strstr(got, " choice=largest "))), "%s: sent \"%s\", %lu "
		    "ms, %s", t[i].what, sent, since, got);
		if (t[i].keeps)
			run(buf, 30000);
		ok(!strcmp(sent, t[i].sent), "%s, and later: %s", t[i].what,
		    sent);
		halt();
	}
	free(buf);
}

/* The eater takes half of RAM between two looks of a machine that had plenty:
 * what all held a minute before tells that it isn't the largest who took it. */
static void
test_sudden(void)
{
	char *buf = new_buf(), *got;
	struct proc *p, *grows;

	new_machine(1000000);
	add_proc("database", 450000);
	p = add_proc("eater", 1000);
	m.free = 550000;
	boot(buf);
	run(buf, 100000);
	p->rate = 2200;
	pass(200);
	p->rate = 0;
	fill(m.total);
	m.stall = m.io = m.back = 90;
	m.read = 100;
	got = run(buf, 20000);
	ok(!strcmp(sent, "1002/TERM ") && strstr(got, " choice=grows "),
	    "a sudden eater: %s%s", sent, got);
	halt();
	/* a database that loads its data within this minute isn't the eater */
	new_machine(1000000);
	grows = add_proc("database", 10000);
	p = add_proc("eater", 1000);
	boot(buf);
	run(buf, 70000);
	grows->rate = 100;
	run(buf, 4500);
	grows->rate = 0;
	run(buf, 10000);
	p->rate = 100;
	got = run(buf, 20000);
	ok(!strncmp(sent, "1002/", 5) && strstr(got, " choice=grows "),
	    "an eater after a database: %s%s", sent, got);
	halt();
	free(buf);
}

/* Who lives with little left, grows and ends, or is one of many: nobody goes
 * who needn't. */
static void
test_innocents(void)
{
	char *buf = new_buf(), *got;
	struct proc *p, *grows;
	unsigned long since;
	int i;

	/* an innocent that is larger, an eater with a spared name */
	new_machine(1000000);
	add_proc("large", 400000);
	p = add_proc("dropbear", 1000);
	m.free = 400000;
	boot(buf);
	p->rate = 20;
	got = run(buf, 60000);
	ok(!strcmp(sent, "1002/TERM ") && strstr(got, " choice=grows "),
	    "a spared eater: %s%s", sent, got);
	halt();
	/* an eater that may not be ended: nobody goes for it */
	new_machine(1000000);
	add_proc("large", 400000);
	p = add_proc("protected", 1000);
	p->adj = -1000;
	m.free = 400000;
	boot(buf);
	p->rate = 20;
	got = run(buf, 60000);
	ok(!*sent && strstr(got, "hopeless: "), "a protected eater: %s%s",
	    sent, got);
	halt();
	/* eight grow together; pages of their mapped files are given back, so
	 * their scores hardly rise */
	new_machine(1000000);
	add_proc("database", 120000);
	for (i = 0; i < 8; i++)
		add_proc("worker", 10000)->file = 160000;
	m.free = 500000;
	boot(buf);
	since = clock_is_ms;
	for (got = ""; clock_is_ms - since < 60000 && !*got; ) {
		for (i = 1; i < m.n; i++) {
			m.proc[i].rate = 4;
			m.proc[i].file = 170000 - m.proc[i].anon;
		}
		got = run(buf, 20);
	}
	ok(!strncmp(sent, "100", 3) && strncmp(sent, "1001/", 5) &&
	    strstr(got, " comm=worker ") && strstr(got, " choice=grows "),
	    "eight workers whose files are given back: %s%s", sent, got);
	halt();
	/* one maps files, so its oom_score rises, while tmpfs takes memory */
	new_machine(1000000);
	add_proc("large", 400000);
	p = add_proc("maps", 1000);
	m.free = 400000;
	boot(buf);
	m.leak = 20;
	since = clock_is_ms;
	for (got = ""; clock_is_ms - since < 60000 && !*got; ) {
		p->score = 667 + (unsigned)(clock_is_ms - since) / 50;
		got = run(buf, 20);
	}
	ok(!*sent && strstr(got, "hopeless: "), "one that maps files: %s%s",
	    sent, got);
	halt();
	/* a job that stops with 2 % left */
	new_machine(1000000);
	add_proc("large", 400000);
	p = add_proc("job", 1000);
	m.free = 400000;
	boot(buf);
	p->rate = 20;
	for (i = 0; i < 100000 && m.free > 40000; i++)
		pass(look(buf));
	p->rate = 0;
	got = run(buf, 300000);
	ok(!*sent && !*got, "a job that fits: %s%s", sent, got);
	i = scans;
	run(buf, 60000);
	ok(scans - i <= 3, "a box at rest: %d scans in a minute", scans - i);
	halt();
	/* several that grow together, and are large: the one that took most */
	new_machine(1000000);
	add_proc("large", 300000);
	for (i = 0; i < 3; i++)
		add_proc("grower", 60000)->rate = 8 + i;
	m.free = 350000;
	boot(buf);
	got = run(buf, 120000);
	ok(!strcmp(sent, "1004/TERM ") && strstr(got, " choice=grows "),
	    "three that grow: %s%s", sent, got);
	halt();
	/* one that ends by itself as it is about to be ended */
	new_machine(1000000);
	add_proc("large", 300000);
	grows = add_proc("ends", 60000);
	m.free = 350000;
	boot(buf);
	grows->rate = 20;
	for (i = 0; i < 100000 && m.free > 31000; i++)
		pass(look(buf));
	grows->keeps = 1;
	ended(grows);
	m.free = 5000;
	look(buf);
	got = logged();
	ok(!*sent && !*got, "one that ends by itself: %s%s", sent, got);
	m.free = 500000;
	run(buf, 5000);
	ok(!*sent, "and its memory is back: %s", sent);
	halt();
	free(buf);
}

/* A tmpfs fills, and a process of a service eats nearly as much, while others
 * of its group map files.  What one took is no reason to end them all. */
static void
test_eater_in_a_group(void)
{
	char *buf = new_buf(), *got = "";
	struct proc *service, *eater;
	unsigned long since;

	new_machine(1000000);
	add_proc("database", 200000);
	add_proc("job", 1000)->rate = 1;
	service = add_proc("service", 20000);
	eater = add_proc("helper", 1000);
	service->pgid = eater->pgid = 500;
	m.free = 500000;
	boot(buf);
	run(buf, 65000);
	m.leak = 10;
	eater->rate = 9;
	since = clock_is_ms;
	while (!*got && clock_is_ms - since < 60000) {
		service->file = (clock_is_ms - since) * 3;
		got = run(buf, 20);
	}
	ok(!strstr(sent, "500/") && !strstr(sent, "1003/"),
	    "an eater in a group: %s%s", sent, got);
	halt();
	free(buf);
}

/* A pool of workers doesn't change while something else takes the memory, on a
 * machine with more groups than are remembered. */
static void
test_pool(void)
{
	static const struct {
		const char *what;
		int singles, pairs, ends;	/* groups of one and of two */
		long rate, leak;
		const char *want;
	} t[] = {
		{ "other workers grow", 40, 0, 0, 3, 0, "1061/TERM " },
		{ "a tmpfs fills", 40, 0, 0, 0, 20, "" },
		{ "it wasn't counted", 0, 32, 0, 0, 20, "" },
		{ "nor was it at first", 0, 32, 1, 0, 20, "" },
	};
	char *buf = new_buf();
	struct proc *p;
	int i, k;

	for (i = 0; i < LEN(t); i++) {
		new_machine(1000000);
		for (k = 0; k < t[i].singles; k++)
			add_proc("daemon", 5000);
		for (k = 0; k < 2 * t[i].pairs; k++) {
			p = add_proc("pair", 3000);
			p->pgid = 900 + k / 2;
		}
		for (k = 0; k < 20; k++)
			add_proc("httpd", 20000)->pgid = 500;
		m.free = 400000;
		boot(buf);
		run(buf, 65000);
		for (k = 0; k < 8 && t[i].rate; k++)
			add_proc("new", 1000)->rate = t[i].rate;
		for (k = 0; k < 2 && t[i].ends; k++)
			m.proc[k].state = GONE;
		m.leak = (unsigned long)t[i].leak;
		run(buf, 120000);
		ok(!strcmp(sent, t[i].want), "a pool, %s: sent %s", t[i].what,
		    sent);
		halt();
	}
	free(buf);
}

/* What a leak touched long ago is in swap, and others are larger. */
static void
test_cold_leak(void)
{
	char *buf = new_buf(), *got = "";
	const unsigned long since = clock_is_ms;
	struct proc *p;
	int k;

	new_machine(1000000);
	m.swap_total = m.swap_free = 150000;
	for (k = 0; k < 3; k++)
		add_proc("service", 270000);
	p = add_proc("leak", 1000);
	m.free = 60000;
	boot(buf);
	run(buf, 65000);
	while (!*got && clock_is_ms - since < 600000) {
		if (p->anon > 30000 && m.swap_free) {
			p->swap += 1000;
			m.swap_free -= 1000;
			p->anon -= 1000;
			m.free += 1000;
		}
		take(p, 500);
		got = run(buf, 500);
	}
	ok(!strcmp(sent, "1004/TERM ") && strstr(got, " choice=grows "),
	    "a leak that is swapped out: %s%s", sent, got);
	halt();
	free(buf);
}

/* A fast job fills zram with data that don't compress, then a part of the swap
 * on a disk, and that is enough for it. */
static void
test_zram_then_disk(void)
{
	char *buf = new_buf(), swaps[256], mm_stat[64], *got = "";
	unsigned long zram, disk, all;
	struct proc *p;

	new_machine(1000000);
	m.swap_total = m.swap_free = 600000;
	add_proc("database", 200000);
	p = add_proc("job", 1000);
	m.free = 500000;
	swaps_text = swaps;
	mm_stat_text = mm_stat;
	for (all = 0; all <= 570000 && !*got; all += 2500) {
		zram = min_of(all, 500000);
		disk = all - zram;
		snprintf(swaps, sizeof(swaps), "Filename Type Size Used\n"
		    "/dev/zram0 partition 500000 %lu 100\n"
		    "/swapfile file 100000 %lu -2\n", zram, disk);
		snprintf(mm_stat, sizeof(mm_stat), "%lu 0 %lu 0\n",
		    zram * 1024, zram * 1024);
		if (!all)
			boot(buf);
		for (; !all && m.free > 22000; take(p, 2500))
			run(buf, 10);
		got = run(buf, 10);
		p->swap += 2500;
		p->anon -= disk ? 0 : 2500;
		m.other += disk ? 0 : 2500;
		m.swap_free -= 2500;
	}
	ok(!*sent && !*got, "zram, then a disk: %s%s", sent, got);
	swaps_text = mm_stat_text = NULL;
	halt();
	free(buf);
}

/* A database comes back from swap, while another process eats less than that.
 * It holds as much as before. */
static void
test_swapped_in(void)
{
	char *buf = new_buf(), *got = "";
	const unsigned long since = clock_is_ms;
	struct proc *database, *eater, *idle;

	new_machine(1000000);
	m.swap_total = 300000;
	m.swap_free = 0;
	database = add_proc("database", 100000);
	database->swap = 300000;
	eater = add_proc("eater", 1000);
	idle = add_proc("idle", 400000);
	m.free = 230000;
	boot(buf);
	run(buf, 65000);
	while (!*got && clock_is_ms - since < 600000) {
		take(eater, 1000);
		/* for each page that comes in, another one of others goes */
		if (database->swap && m.free < 200000) {
			database->swap -= 2000;
			database->anon += 2000;
			idle->swap += 2000;
			idle->anon -= 2000;
		}
		got = run(buf, 400);
	}
	ok(!strncmp(sent, "1002/", 5) && strstr(got, " choice=grows "),
	    "a database that is swapped in: %s%s", sent, got);
	halt();
	free(buf);
}

/* Tasks waited for a while, for what was read before, and that was harmless.
 * Hours later they wait for a large file: what was read again in between says
 * nothing about that. */
static void
test_earlier_pressure(void)
{
	char *buf = new_buf(), *got;

	new_machine(1000000);
	add_proc("database", 400000);
	m.free = 100000;
	boot(buf);
	run(buf, 65000);
	fill(m.total);
	m.stall = 15;
	m.io = m.back = 90;
	m.read = 100;
	look_for(buf, 20000);
	m.stall = 2;
	m.io = 20;
	look_for(buf, 3600000);
	m.stall = 60;
	m.io = 90;
	m.back = 0;
	got = run(buf, 30000);
	ok(!*sent && !*got, "an earlier pressure: %s%s", sent, got);
	halt();
	free(buf);
}

/* Nothing is thrown out for what is read: a container has reached its own
 * limit, whether RAM is free or full of page cache; or programs read back what
 * an eater, which has been ended, had taken from them. */
static void
test_nothing_thrown_out(void)
{
	char *buf = new_buf();
	struct proc *eater;
	unsigned long since;
	int i;

	for (i = 0; i < 3; i++) {
		new_machine(1000000);
		add_proc("database", 400000);
		add_proc("container", 50000);
		m.free = i ? 20000 : 120000;
		m.inactive = i ? 100000 : 0;
		boot(buf);
		run(buf, 65000);
		m.stall = m.io = m.back = 90;
		m.read = 100;
		m.is_calm = i == 1;	/* 7.2 doesn't tell it */
		look_for(buf, 30000);
		ok(!*sent == (i < 2), "a container at its limit, %d: %s", i,
		    sent);
		halt();
	}

	/* beside a backup, for which some of the container's pages go, too */
	for (i = 0; i <= 80; i += 20) {
		new_machine(1000000);
		add_proc("database", 400000);
		add_proc("container", 50000);
		m.free = 20000;
		m.inactive = 100000;
		boot(buf);
		run(buf, 65000);
		m.stall = m.io = 90;
		m.back = 70;
		m.read = 100;
		m.limited = (unsigned)i;
		look_for(buf, 30000);
		ok((i >= 40) == !*sent, "a container throws out %d %% of what "
		    "is read again: %s", i, sent);
		halt();
	}

	new_machine(1000000);
	add_proc("database", 400000);
	eater = add_proc("eater", 1000);
	m.free = 130000;
	boot(buf);
	run(buf, 65000);
	take(eater, 80000);
	stall_for(buf, 1);
	run(buf, 5000);
	ok(!strcmp(sent, "1002/TERM "), "an eater in a stall: %s", sent);
	m.is_calm = 1;
	for (since = clock_is_ms; clock_is_ms - since < 4000; fill(200))
		look_for(buf, 10);
	m.stall = m.io = m.back = 0;
	run(buf, 9000);
	ok(!strcmp(sent, "1002/TERM "), "read back: %s", sent);
	halt();
	free(buf);
}

/* A program of a desktop or a container starts with an oom_score_adj above 0,
 * and eats more than a database does meanwhile. */
static void
test_new_adj(void)
{
	char *buf = new_buf(), *got;
	struct proc *database, *eater;
	int adj;

	for (adj = 0; adj <= 1000; adj += 200) {
		new_machine(1000000);
		database = add_proc("database", 300000);
		add_proc("other", 350000);
		m.free = 200000;
		boot(buf);
		run(buf, 65000);
		database->rate = 8;
		eater = add_proc("eater", 1000);
		eater->adj = adj;
		eater->rate = 16;
		got = run(buf, 120000);
		ok(!strcmp(sent, "1003/TERM ") && strstr(got, adj == 1000 ?
		    " choice=preferred " : " choice=grows "), "new, with an "
		    "oom_score_adj of %d: %s%s", adj, sent, got);
		halt();
	}
	free(buf);
}

/* The machine gets smaller: its host takes RAM back, or swap is switched off.
 * Who took a little meanwhile, as a database does, isn't who took it all. */
static void
test_smaller(void)
{
	char *buf = new_buf(), *got;
	struct proc *p;
	int i, k;

	for (i = 0; i < 2; i++) {
		got = "";
		new_machine(1000000);
		p = add_proc("database", 300000);
		add_proc("other", 100000);
		m.swap_total = m.swap_free = i ? 400000 : 0;
		m.free = i ? 25000 : 500000;
		boot(buf);
		run(buf, 65000);
		for (k = 0; k < 475 && !*got; k++) {
			if (i) {
				m.swap_total -= k < 400 ? 1000 : 0;
				m.swap_free = m.swap_total;
			} else {
				m.total -= 1000;
				m.free -= 1000;
			}
			got = run(buf, 20);
		}
		for (k = 0; k < 8 && !*got; k++) {
			take(p, 1000);
			got = run(buf, 1000);
		}
		ok(!*sent && !*got, "a smaller machine, %d: %s%s", i, sent,
		    got);
		halt();
	}
	free(buf);
}

/* Swap on a slow disk is switched off, and all that was in it fits into RAM.
 * Its pages were in memory before, page cache is thrown out for them, and
 * swapoff(8) waits for each. */
static void
test_swapoff(void)
{
	char *buf = new_buf(), *got = "";
	struct proc *p;

	new_machine(1000000);
	m.swap_total = 500000;
	m.swap_free = 300000;
	swaps_text = "Filename Type Size Used Priority\n"
	    "/dev/sda2 partition 500000 200000 100\n";
	p = add_proc("database", 400000);
	p->swap = 200000;
	m.free = 20000;
	m.inactive = 300000;
	boot(buf);
	run(buf, 65000);
	m.swap_total = 200000;
	m.swap_free = 0;
	m.stall = 60;
	m.io = 90;
	m.back = 10;
	m.read = 10;
	for (; p->swap && !*got; got = run(buf, 10)) {
		m.swap_total -= 100;
		p->swap -= 100;
		p->anon += 100;
		m.inactive -= 100;
	}
	ok(!*sent && !*got, "swapoff, %lu KiB to go: %s%s", p->swap, sent, got);
	swaps_text = NULL;
	halt();
	free(buf);
}

/* A balloon is moved a little now and then, while a process eats. */
static void
test_small_balloon(void)
{
	static const struct { kib step; unsigned long every_ms; } t[] = {
		{ 4, 10 }, { 4, 1000 }, { 1024, 4000 },
	};
	char *buf = new_buf(), *got;
	unsigned long since;
	struct proc *p;
	int i;

	for (i = 0; i < LEN(t); i++) {
		new_machine(1000000);
		add_proc("database", 200000);
		p = add_proc("eater", 1000);
		m.free = 400000;
		boot(buf);
		run(buf, 65000);
		p->rate = 10;
		since = clock_is_ms;
		for (got = ""; clock_is_ms - since < 60000 && !*got; ) {
			m.total -= t[i].step;
			m.free -= min_of(t[i].step, m.free);
			got = run(buf, t[i].every_ms);
		}
		ok(!strcmp(sent, "1002/TERM ") && strstr(got, " choice=grows "),
		    "a balloon that takes %lu KiB each %lu ms: %s%s",
		    t[i].step, t[i].every_ms, sent, got);
		halt();
	}
	free(buf);
}

/* The servers of a database fill the memory that they share, while another
 * process eats.  The end of one server brings nothing back. */
static void
test_shared_memory(void)
{
	char *buf = new_buf();
	struct proc *eater;
	int i, k;

	new_machine(1000000);
	for (i = 0; i < 10; i++)
		add_proc("postgres", 5000);
	eater = add_proc("eater", 100000);
	m.free = 500000;
	boot(buf);
	run(buf, 65000);
	for (k = 0; k < 300 && !strstr(sent, "1011/"); k++) {
		if (m.shmem < 250000) {
			m.shmem += 2500;
			m.free -= 2500;
			for (i = 0; i < 10; i++)
				m.proc[i].shmem = m.shmem;
		}
		take(eater, 1500);
		run(buf, 200);
	}
	ok(!strcmp(sent, "1011/TERM "), "shared memory: %s", sent);
	halt();
	free(buf);
}

/* An eater of shared memory had half of it when bustd first looked at who holds
 * what, since RAM wasn't short before. */
static void
test_shared_memory_at_start(void)
{
	char *buf = new_buf(), *got = "";
	struct proc *eater;
	int k;

	new_machine(100000);
	add_proc("httpd", 8000);
	eater = add_proc("eater", 200);
	m.free = 72000;
	boot(buf);
	for (k = 0; k < 2000 && !*got; k++) {
		const unsigned long more = min_of(m.free, 260);

		eater->shmem += more;
		m.shmem += more;
		m.free -= more;
		got = run(buf, 10);
	}
	ok(!strcmp(sent, "1002/TERM ") && strstr(got, " choice=grows "),
	    "shared memory from before the start: %s%s", sent, got);
	halt();
	free(buf);
}

/* A server of a database reads through the shared memory, which others filled
 * long ago: its RSS rises, and nothing is taken.  The eater takes as much, or
 * more. */
static void
test_old_shared_memory(void)
{
	char *buf = new_buf(), *got;
	unsigned long filled, since;
	struct proc *server;

	for (filled = 150000; filled <= 300000; filled += 50000) {
		new_machine(1000000);
		add_proc("postgres", 8000);
		server = add_proc("postgres", 6000);
		server->shmem = 5000;
		add_proc("eater", 20000);
		m.shmem = filled;
		m.free = 290000;
		boot(buf);
		run(buf, 65000);
		m.proc[2].rate = 5;
		since = clock_is_ms;
		for (got = ""; !*got && clock_is_ms - since < 90000; ) {
			server->shmem = min_of(server->shmem + 2000, filled);
			got = run(buf, 10);
		}
		ok(!strcmp(sent, "1003/TERM ") && strstr(got, " choice=grows "),
		    "old shared memory, %lu KiB: %s%s", filled, sent, got);
		halt();
	}
	free(buf);
}

/* On a large machine a server has many workers with less than 5 % of RAM each.
 * The end of one brings back more than is left, so the others may stay. */
static void
test_large_pool(void)
{
	char *buf = new_buf();
	int i;

	new_machine(64000000);
	add_proc("database", 10000000);
	add_proc("server", 100000)->pgid = 500;
	for (i = 0; i < 24; i++) {
		struct proc *p = add_proc("worker", 1000000);

		p->pgid = 500;
		p->rate = 20;
	}
	boot(buf);
	run(buf, 120000);
	ok(sent[0] == '1' && strlen(sent) == 10 && atoi(sent) >= 1003 &&
	    atoi(sent) <= 1026, "a large pool, one worker: %s", sent);
	halt();
	free(buf);
}

/* A tmpfs fills, and a pipeline is started: in a desktop's session its
 * processes have an oom_score_adj above 0, or they are large programs, whose
 * files they map. */
static void
test_pipeline(void)
{
	static const struct {
		int adj;
		unsigned long file;
	} t[] = { { 0, 0 }, { 100, 0 }, { 200, 0 }, { 300, 0 }, { 0, 150000 } };
	char *buf = new_buf(), *got;
	int i, k;

	for (i = 0; i < LEN(t); i++) {
		new_machine(1000000);
		add_proc("database", 200000);
		m.free = 500000;
		boot(buf);
		run(buf, 65000);
		m.leak = 20;
		run(buf, 15000);
		for (k = 0; k < 3; k++) {
			struct proc *p = add_proc("less", 1000);

			p->pgid = 500;
			p->adj = t[i].adj;
			p->file = t[i].file;
		}
		got = run(buf, 60000);
		ok(!*sent && strstr(got, "hopeless: "), "a pipeline, adj %d, "
		    "files of %lu KiB: %s%s", t[i].adj, t[i].file, sent, got);
		halt();
	}
	free(buf);
}

/* A browser opens many tabs on a large machine.  It was started from a menu, so
 * the whole session is in its group, and most of that hasn't grown.  Where the
 * new ones have an oom_score_adj, the others lose their places in the census.
 */
static void
test_tabs(void)
{
	char *buf = new_buf();
	int adj, k;

	for (adj = 0; adj <= 167; adj += 167) {
		new_machine(16000000);
		add_proc("vm", 3000000);
		add_proc("session", 300000)->pgid = 500;
		add_proc("editor", 200000)->pgid = 500;
		for (k = 0; k < 30; k++)
			add_proc("tab", 120000)->pgid = 500;
		m.free = 6000000;
		boot(buf);
		run(buf, 65000);
		for (k = 0; k < 55; k++) {
			struct proc *p = add_proc("tab", 10000);

			p->pgid = 500;
			p->adj = adj;
			p->rate = 10;
		}
		run(buf, 60000);
		ok(strlen(sent) > 5 && strlen(sent) < 11 && atoi(sent) >= 1034,
		    "tabs, adj %d: sent %s", adj, sent);
		halt();
	}
	free(buf);
}

/* A desktop has more small tabs with an oom_score_adj than the census has
 * places.  A program without one starts, and eats.
 */
static void
test_many_adj(void)
{
	char *buf = new_buf(), *got;
	int k;

	new_machine(1000000);
	add_proc("database", 200000);
	for (k = 0; k < 70; k++)
		add_proc("tab", 3000)->adj = 300;
	m.free = 250000;
	boot(buf);
	run(buf, 65000);
	add_proc("eater", 1000)->rate = 10;
	got = run(buf, 60000);
	ok(!strcmp(sent, "1072/TERM ") && strstr(got, " choice=grows "),
	    "an eater beside many tabs: %s%s", sent, got);
	halt();
	free(buf);
}

/* A server forks its workers, and they share the pages of their parent, as
 * their oom_scores don't tell; or most of what they have is libraries.
 * Meanwhile one that may not be ended eats, or many small ones do, or a tmpfs:
 * the server hasn't taken that. */
static void
test_prefork(void)
{
	static const struct {
		kib file, forked;	/* of each worker */
		int sessions;
		long rate;		/* of the one that may not be ended */
		unsigned long leak;
		const char *want;
	} t[] = {
		{ 50000, 0, 0, 10, 0, "" },
		{ 50000, 0, 50, 0, 0, "1004/TERM " },
		{ 8000, 0, 0, 10, 0, "" },
		{ 8000, 0, 50, 0, 0, "1004/TERM " },
		{ 0, 8000, 0, 0, 10, "" },
	};
	char *buf = new_buf();
	int i, k;

	for (i = 0; i < LEN(t); i++) {
		struct proc *p;

		new_machine(1000000);
		add_proc("database", 200000);
		add_proc("apache", t[i].file + t[i].forked)->pgid = 500;
		m.free = 500000;
		boot(buf);
		run(buf, 65000);
		p = add_proc("protected", 1000);
		p->adj = -1000;
		p->rate = t[i].rate;
		m.leak = t[i].leak;
		for (k = 0; k < t[i].sessions; k++)
			add_proc("session", 1000)->rate = 1;
		run(buf, 3000);
		for (k = 0; k < 30; k++) {
			p = add_proc("apache", 200);
			p->pgid = 500;
			p->parent = 1002;
			p->file = t[i].file;
			p->anon += t[i].forked;
			m.forked += t[i].forked;
		}
		run(buf, 60000);
		ok(!strncmp(sent, t[i].want, *t[i].want ? 10 : 1), "prefork, "
		    "%d: sent %s", i, sent);
		halt();
	}
	free(buf);
}

/* A fork storm of shells, whose own pages go to swap, and the files that they
 * map stay: only their oom_scores tell what they took. */
static void
test_swapped_storm(void)
{
	char *buf = new_buf();
	struct proc *p;
	kib more;
	int i;

	new_machine(206000);
	m.swap_total = m.swap_free = 103000;
	add_proc("database", 60000);
	m.free = 120000;
	boot(buf);
	run(buf, 65000);
	for (i = 0; i < 4000 && !*sent; i++) {
		if (i < 200) {
			p = add_proc("sh", 60);
			p->pgid = 500;
			p->file = 1000;
		}
		p = &m.proc[1 + i % 200];
		more = min_of(500, m.swap_free);
		p->swap += more;
		m.swap_free -= more;
		m.free -= min_of(m.free, 160);
		run(buf, 5);
	}
	ok(!strcmp(sent, "-500/KILL "), "a storm in swap: %s", sent);
	halt();
	free(buf);
}

/* A machine thrashes, and some small programs have just started: less than an
 * eater takes, but each has grown, and the large ones haven't.  Only the end of
 * a large one helps. */
static void
test_small_ones_in_a_stall(void)
{
	char *buf = new_buf();
	int i, k;

	for (i = 2; i <= 6; i += 2) {
		new_machine(1000000);
		add_proc("database", 400000);
		add_proc("java", 300000);
		m.free = 120000;
		boot(buf);
		run(buf, 65000);
		for (k = 0; k < i; k++)
			add_proc("php", 6500);
		stall_for(buf, 3000);
		ok(!strncmp(sent, "1001/TERM ", 10), "%d small ones in a "
		    "stall: sent %s", i, sent);
		halt();
	}
	free(buf);
}

/* Many small programs eat, each in a group of its own, and a pipeline is
 * started, or a browser opens two tabs. */
static void
test_many_small(void)
{
	char *buf = new_buf(), *got;
	int adj, k;

	for (adj = 0; adj <= 300; adj += 100) {
		new_machine(1000000);
		add_proc("database", 200000);
		add_proc("browser", 100000)->pgid = 500;
		m.free = 400000;
		boot(buf);
		run(buf, 65000);
		for (k = 0; k < 50; k++)
			add_proc("session", 1000)->rate = 1;
		run(buf, 3000);
		for (k = 0; k < 2; k++) {
			struct proc *p = add_proc("tab", 3000);

			p->pgid = 500;
			p->adj = adj;
		}
		got = run(buf, 60000);
		ok(!strstr(sent, "500/") && strstr(got, " comm=session "),
		    "many small ones, adj %d: %s%s", adj, sent, got);
		halt();
	}
	free(buf);
}

/* A large process starts an eater.  Only one that runs the same program may
 * share its pages, as one that was forked does. */
static void
test_child(void)
{
	static const struct {
		const char *what;
		unsigned long exe;
		const char *sent;
	} t[] = {
		{ "of another program", 300, "1002/" },
		{ "of the same", 4, "1002/" },
		{ "of nobody knows which", 0, "1002/" },
	};
	char *buf = new_buf(), *got;
	struct proc *p;
	int i;

	for (i = 0; i < LEN(t); i++) {
		new_machine(1000000);
		add_proc("java", 300000)->exe = t[i].exe ? 4 : 0;
		m.free = 600000;
		boot(buf);
		run(buf, 65000);
		p = add_proc("ffmpeg", 1000);
		p->parent = 1001;
		p->exe = t[i].exe;
		p->rate = 200;
		got = run(buf, 60000);
		ok(!strncmp(sent, t[i].sent, 5) && !*sent == !*t[i].sent,
		    "a child %s: %s%s", t[i].what, sent, got);
		halt();
	}
	free(buf);
}

/* A tab goes to the background, so its oom_score_adj is raised (Firefox has 100
 * and 167), while another process eats less than it holds: before the fall, in
 * it, or shortly before its end. */
static void
test_raised_adj(void)
{
	static const struct { int adj, raised; unsigned long ms; } t[] = {
		{ 100, 167, 1000 }, { 100, 167, 5000 }, { 100, 167, 12000 },
		{ 0, 300, 1000 }, { 0, 300, 5000 }, { 0, 300, 12000 },
		{ 0, 999, 12000 },
	};
	char *buf = new_buf(), *got;
	struct proc *tab;
	int i;

	for (i = 0; i < LEN(t); i++) {
		new_machine(1000000);
		add_proc("database", 200000);
		tab = add_proc("tab", 250000);
		tab->adj = t[i].adj;
		add_proc("eater", 1000);
		m.free = 150000;
		boot(buf);
		run(buf, 65000);
		m.proc[2].rate = 10;
		run(buf, t[i].ms);
		ok(!*sent, "too early: %s", sent);
		tab->adj = t[i].raised;
		got = run(buf, 60000);
		ok(!strcmp(sent, "1003/TERM ") && strstr(got, " choice=grows "),
		    "a tab, from %d to %d after %lu ms: %s%s", t[i].adj,
		    t[i].raised, t[i].ms, sent, got);
		halt();
	}
	free(buf);
}

/* An oom_score_adj of 1000 asks to go first: with the kernel alone the batch
 * job does, and the other one fits.  But it has to hold enough. */
static void
test_highest_adj(void)
{
	static const struct { int adj; kib kib; const char *want; } t[] = {
		{ 1000, 200000, "1002/TERM " }, { 999, 200000, "1003/TERM " },
		{ 1000, 49000, "1003/TERM " },
	};
	char *buf = new_buf(), *got;
	int i;

	for (i = 0; i < LEN(t); i++) {
		new_machine(1000000);
		add_proc("database", 250000);
		add_proc("batch", t[i].kib)->adj = t[i].adj;
		add_proc("job", 20000);
		m.free = 300000;
		boot(buf);
		run(buf, 65000);
		m.proc[2].rate = 20;
		got = run(buf, 60000);
		ok(!strcmp(sent, t[i].want) && strstr(got, i ?
		    " choice=grows " : " choice=preferred "), "the highest adj "
		    "of %d, %lu KiB: %s%s", t[i].adj, t[i].kib, sent, got);
		halt();
	}
	free(buf);
}

/* Not as root: what another user's process takes is no reason to end one's
 * own. */
static void
test_another_users(void)
{
	char *buf = new_buf(), *got;
	struct proc *eater;

	new_machine(1000000);
	add_proc("own", 100000);
	add_proc("too", 90000);
	eater = add_proc("eater", 20000);
	eater->odd = FORBIDDEN;
	m.free = 500000;
	boot(buf);
	run(buf, 65000);
	eater->rate = 20;
	got = run(buf, 60000);
	ok(!*sent && strstr(got, "hopeless: "), "another user's eater: %s%s",
	    sent, got);
	halt();
	free(buf);
}

/* A service is started again while another process eats.  It has taken what its
 * former self gave back, so it seems to have taken most, at first more than the
 * eater.  That one takes twice as much in the end. */
static void
test_restart(void)
{
	char *buf = new_buf(), *got;
	struct proc *service;
	unsigned long ms;

	for (ms = 2000; ms <= 11000; ms += 3000) {
		new_machine(1000000);
		service = add_proc("mysqld", 250000);
		add_proc("eater", 20000);
		m.free = 500000;
		boot(buf);
		run(buf, 65000);
		m.proc[1].rate = 20;
		run(buf, ms);
		ended(service);
		service->state = GONE;
		add_proc("mysqld", 250000);
		got = run(buf, 60000);
		ok(!strcmp(sent, "1002/TERM ") && strstr(got, " next=1003 "),
		    "a service, started again after %lu ms: %s%s", ms, sent,
		    got);
		halt();
	}
	free(buf);
}

/* A browser reads its mapped files again, while another process eats.  Whether
 * it has taken that is found out while there is memory, and not before the
 * signal. */
static void
test_early_scan(void)
{
	char *buf = new_buf();
	struct proc *browser, *eater;
	int last = 0;

	new_machine(1000000);
	add_proc("database", 200000);
	browser = add_proc("browser", 200000);
	eater = add_proc("eater", 1000);
	m.free = 150000;
	boot(buf);
	run(buf, 65000);
	eater->rate = 10;
	while (!*sent) {
		browser->file = m.free < 100000 ? 40000 : 0;
		last = scans;
		pass(look(buf));
	}
	ok(!strcmp(sent, "1003/TERM ") && scans == last, "mapped again: %s, "
	    "after %d scans", sent, scans - last);
	logged();
	halt();
	free(buf);
}

/* bustd is started anew while RAM is full of dentries, as after a backup.  A
 * job has the kernel give them back, with file pages in proportion, and fits.
 */
static void
test_late_start(void)
{
	/* left: of 1000 */
	static const struct { kib total, left; } t[] = {
		{ 1000000, 50 }, { 64000, 175 }, { 32000, 175 },
	};
	char *buf = new_buf(), *got;
	struct proc *job;
	kib give, part;
	int i;

	for (i = 0; i < LEN(t); i++) {
		new_machine(t[i].total);
		part = m.total / 1000;
		add_proc("database", 200 * part);
		job = add_proc("job", part);
		m.slab = 400 * part;
		m.inactive = 60 * part;
		m.free = 330 * part;
		boot(buf);
		run(buf, 65000);
		for (got = ""; !*got && m.slab + m.inactive >
		    t[i].left * part; got = run(buf, 10)) {
			for (; m.free < 17 * part; m.free += give) {
				give = m.inactive / 100;
				m.inactive -= give;
				m.free += give;
				give = m.slab / 100;
				m.slab -= give;
			}
			take(job, 2 * part);
		}
		ok(!*sent && !*got, "a late start, %lu of %lu KiB of slab: "
		    "%s%s", m.slab, m.total, sent, got);
		halt();
	}
	free(buf);
}

/* A job on a board with a large CMA area, half of what is free: its pages go
 * there, too, so free CMA sinks as fast as the rest, and the job fits. */
static void
test_cma(void)
{
	char *buf = new_buf(), *got;
	struct proc *job;

	new_machine(1000000);
	add_proc("database", 200000);
	job = add_proc("job", 1000);
	m.cma_total = m.cma = 256000;
	m.free = 600000;
	boot(buf);
	run(buf, 65000);
	job->rate = 350;
	while (m.free > 90000 && !*sent) {
		m.cma = min_of(m.cma, m.free / 2);
		pass(look(buf));
	}
	job->rate = 0;
	got = run(buf, 10000);
	ok(!*sent && !*got, "a CMA area, with %lu KiB free, %lu of it CMA: "
	    "%s%s", m.free, m.cma, sent, got);
	halt();
	free(buf);
}

/* Free pages on the lists of single CPUs: a job that leaves next to nothing but
 * them fits, and an eater whose pages go there has given them back. */
static void
test_listed(void)
{
	char *buf = new_buf(), *got;
	struct proc *job;
	int i;

	for (i = 0; i < 3; i++) {
		release_text = i < 2 ? "6.7.0" : "6.6.9";
		new_machine(200000);
		add_proc("database", 100000);
		job = add_proc("job", 1000);
		m.free = 90000;
		m.listed = i ? 8000 : 0;
		boot(buf);
		run(buf, 65000);
		job->rate = 10;
		while (m.free > m.reserve + 3500 && !*sent)
			pass(look(buf));
		job->rate = 0;
		got = run(buf, 10000);
		ok((i == 1) == !*sent && (i == 1) == !*got,
		    "lists of CPUs, %d: %s%s", i, sent, got);
		halt();
	}
	/* but not if the kernel itself takes the memory */
	release_text = "6.12.117+deb13-amd64";
	new_machine(200000);
	add_proc("database", 100000);
	m.free = 90000;
	m.listed = 8000;
	boot(buf);
	run(buf, 65000);
	m.leak = 10;
	for (got = ""; !*got && m.free > m.reserve + 3500; )
		got = run(buf, 10);
	ok(!*sent && strstr(got, "hopeless: "), "lists of CPUs, and the kernel "
	    "takes memory: %s%s", sent, got);
	halt();
	new_machine(200000);
	add_proc("database", 20000);
	job = add_proc("eater", 1000);
	m.free = 170000;
	m.lists_freed = 1;
	boot(buf);
	run(buf, 65000);
	job->rate = 100;
	got = run(buf, 10000);
	ok(!strcmp(sent, "1002/TERM ") && strstr(got, " back=yes "),
	    "what is freed goes to the lists of CPUs: %s%s", sent, got);
	halt();
	release_text = "6.1.0-1-amd64";
	free(buf);
}

/* A machine rests at the floor, where nothing is left that could make a fall:
 * it needn't be looked at a hundred times a second. */
static void
test_rest_at_floor(void)
{
	char *buf = new_buf();
	unsigned long since;
	int looks = 0;

	new_machine(32000);
	add_proc("daemon", 9000);
	m.free = m.reserve + 600;
	m.inactive = 400;
	boot(buf);
	look_for(buf, 65000);
	since = clock_is_ms;
	for (; clock_is_ms - since < 10000; looks++)
		pass(look(buf));
	ok(looks <= 50, "at rest at the floor: %d looks in 10 s", looks);
	halt();
	free(buf);
}

/* A service whose oom_score_adj hides it leaks into swap, and another grew a
 * little meanwhile: that isn't the eater, and the leak isn't its growth. */
static void
test_hidden_in_swap(void)
{
	struct proc *hidden, *other;
	char *buf = new_buf(), *got = "";
	unsigned long since;

	new_machine(1000000);
	m.swap_total = m.swap_free = 500000;
	add_proc("database", 400000);
	other = add_proc("node", 100000);
	hidden = add_proc("dockerd", 50000);
	hidden->adj = -500;
	m.free = 200000;
	boot(buf);
	run(buf, 65000);
	since = clock_is_ms;
	while (!*got && clock_is_ms - since < 900000) {
		if (m.free < 40000 && m.swap_free >= 1000) {
			hidden->swap += 1000;
			m.swap_free -= 1000;
			hidden->anon -= 1000;
			m.free += 1000;
		}
		take(hidden, min_of(1000, m.free));
		if (clock_is_ms / 40 % 50 == 0)
			take(other, min_of(1000, m.free));
		got = run(buf, 40);
	}
	ok(!*sent && strstr(got, "hopeless"), "a hidden leak in swap, node has "
	    "%lu: %s%s", other->anon, sent, got);
	halt();
	free(buf);
}

/* redis saves its data: a forked process writes them out, and shares all pages
 * of its parent until that writes to them.  Neither grows then, but memory
 * goes.  What all have, less AnonPages, tells that processes took it. */
static void
test_copy_on_write(void)
{
	struct proc *redis, *save;
	char *buf = new_buf(), *got = "";
	unsigned long since;
	int early;

	for (early = 0; early < 2; early++) {
		new_machine(1000000);
		redis = add_proc("redis", 400000);
		add_proc("database", 150000);
		m.free = 330000;
		boot(buf);
		run(buf, 65000);
		save = add_proc("redis", 0);
		save->parent = redis->pid;
		save->anon = m.forked = 400000;
		run(buf, early ? 65000 : 100);
		got = "";
		while (!*sent && m.free > 3000) {
			since = clock_is_ms;
			got = run(buf, 10);
			since = min_of((clock_is_ms - since) * 20, m.free);
			m.free -= since;	/* 20 MB/s */
			m.forked -= since;
		}
		ok(!strncmp(sent, "1001/", 5) || !strncmp(sent, "1003/", 5),
		    "copy on write, %d: sent %s %s", early, sent, got);
		halt();
	}
	free(buf);
}

/* Somebody raises vm.min_free_kbytes, and a database takes a little more.  The
 * kernel gives all of that back once memory is needed, and ends nobody. */
static void
test_min_free(void)
{
	char *buf = new_buf(), *got = "";
	struct proc *database;
	int i;

	new_machine(1000000);
	database = add_proc("database", 400000);
	m.free = 170000;
	boot(buf);
	run(buf, 65000);
	m.low += 100000;		/* high is half as much on top */
	m.reserve += 150000;
	for (i = 0; i < 7 && !*got; i++) {
		got = run(buf, 700);
		take(database, 1000);
	}
	ok(!*sent && !*got, "vm.min_free_kbytes is raised, %lu KiB free: %s%s",
	    m.free, sent, got);
	halt();
	free(buf);
}

/* vm.watermark_scale_factor is 125, as is recommended with zram: kswapd begins
 * early, but the kernel's OOM killer still comes at the min watermarks.  A job
 * that leaves 3.2 % free and 2.5 % of file pages fits. */
static void
test_watermark_scale(void)
{
	char *buf = new_buf(), *got;
	struct proc *job;

	new_machine(1000000);
	m.spread = 12500;
	m.low += m.spread - 1000;
	m.reserve += 2 * (m.spread - 1000);
	add_proc("database", 300000);
	job = add_proc("job", 1000);
	m.slab = 25000;
	m.inactive = 25000;
	m.free = 400000;
	boot(buf);
	run(buf, 65000);
	ok(memory.reserve_kib == 10000, "a watermark_scale_factor: %lu",
	    memory.reserve_kib);
	job->rate = 20;
	while (m.free > 32000 && !*sent)
		pass(look(buf));
	job->rate = 0;
	got = run(buf, 10000);
	ok(!*sent && !*got, "a watermark_scale_factor, %lu KiB free: %s%s",
	    m.free, sent, got);
	halt();
	free(buf);
}

/* ZFS's cache has half of RAM, and gives it back when memory is needed, as for
 * a virtual machine that starts.  meminfo has it in no line. */
static void
test_zfs(void)
{
	char *buf = new_buf(), *got = "";
	struct proc *job;

	new_machine(1000000);
	add_proc("database", 200000);
	job = add_proc("job", 1000);
	m.arc = 500000;
	m.inactive = 5000;
	m.free = 250000;
	boot(buf);
	run(buf, 65000);
	while (m.arc > 100000 && !*got) {
		take(job, 2000);
		if (m.free < 15000) {
			m.arc -= 2000;
			m.free += 2000;
		}
		got = run(buf, 10);
	}
	ok(!*sent && !*got, "ZFS with %lu KiB of cache: %s%s", m.arc, sent,
	    got);
	/* the lines before may get shorter or longer */
	for (m.arc_c = 1000000; m.arc_c; m.arc_c /= 10) {
		sense(buf);
		ok(now.file_kib == m.inactive + m.arc - 31250, "ZFS, it aims "
		    "at %lu: %lu", m.arc_c, now.file_kib);
	}
	halt();
	free(buf);
}

/* iowait gets smaller, since a task that waited is woken up on another CPU.  A
 * job has just taken memory and fits, and its program is read again. */
static void
test_iowait_falls(void)
{
	char *buf = new_buf(), *got;
	struct proc *job;

	new_machine(1000000);
	m.has_psi = 0;
	m.iowait_us = 90000000;
	add_proc("database", 400000);
	job = add_proc("job", 1000);
	m.free = 190000;
	boot(buf);
	run(buf, 65000);
	take(job, 80000);
	fill(m.total);
	m.back = m.read = 4;
	m.iowait = 30;
	run(buf, 2500);
	m.iowait_us -= 3000000;
	got = run(buf, 2000);
	ok(!*sent && !*got, "iowait falls: %s%s", sent, got);
	halt();
	free(buf);
}

/* All is well, but tasks wait for a slow card, as always.  Packages are
 * installed: each is read again, and far more is written; or programs move to
 * zram, or to zswap, and back, and something is saved. */
static void
test_slow_writes(void)
{
	static const struct {
		const char *what;
		unsigned read, written, stall;
		const char *swaps;
		int want;
	} t[] = {
		{ "packages are installed", 3, 10, 10, NULL, 1 },
		{ "they are only read again", 3, 0, 10, NULL, 0 },
		{ "zram", 4, 0, 60, "Filename Type Size Used Priority\n"
		  "/dev/zram0 partition 500000 100000 100\n", 1 },
		{ "swap on a disk", 4, 0, 60, "Filename Type Size Used\n"
		  "/dev/sda2 partition 500000 100000 100\n", 0 },
		{ "zswap before it", 4, 0, 60, "Filename Type Size Used\n"
		  "/dev/sda2 partition 500000 100000 100\n", 1 },
	};
	char *buf = new_buf(), *got;
	struct proc *job;
	int i;

	for (i = 0; i < LEN(t); i++) {
		new_machine(500000);
		swaps_text = t[i].swaps;
		m.swap_total = swaps_text ? 500000 : 0;
		m.swap_free = swaps_text ? 400000 : 0;
		add_proc("database", 200000);
		job = add_proc("apt", 1000);
		m.free = 90000;
		m.is_pooled = !strcmp(t[i].what, "zswap before it");
		boot(buf);
		run(buf, 65000);
		take(job, 40000);
		fill(m.total);
		m.io = 90;
		m.stall = t[i].stall;
		m.back = 4;		/* half of it anonymous */
		m.read = t[i].read + !!swaps_text;
		m.written = t[i].written;
		got = run(buf, 20000);
		ok((*sent == '\0') == t[i].want, "slow writes, %s: %s%s",
		    t[i].what, sent, got);
		swaps_text = NULL;
		halt();
	}
	free(buf);
}

/* A server of 256 GB keeps 230 in huge pages, for virtual machines.  A job that
 * leaves 2 of the other 26 GB fits, and one that leaves nothing doesn't.  Pools
 * that are made larger make a smaller machine. */
static void
test_huge_pages(void)
{
	char *buf = new_buf(), *got;
	struct proc *job;
	int i;

	for (i = 0; i < 3; i++) {
		new_machine(256000000);
		m.reserve = 300000;
		m.low = 400000;
		m.huge = 230000000;
		add_proc("database", 6000000);
		job = add_proc("job", 1000);
		m.free = 18000000;
		boot(buf);
		run(buf, 65000);
		if (i == 2) {
			m.free -= 8000000;
			m.huge += 8000000;
			run(buf, 12000);
			ok(!fall_kib(&machine), "a larger pool: %lu",
			    fall_kib(&machine));
		}
		job->rate = 4000;
		while (m.free > (i ? 400000 : 2000000) && !*sent)
			pass(look(buf));
		job->rate = 0;
		got = run(buf, 10000);
		ok(i ? !strncmp(sent, "1002/TERM ", 10) : !*sent && !*got,
		    "huge pages, %lu KiB are free: %s%s", m.free, sent, got);
		m.free += m.huge;
		m.huge = 0;
		m.total = m.free;	/* the rest was unplugged */
		sense(buf);
		ok(now.total_kib == m.free, "no huge pages any more: %lu",
		    now.total_kib);
		halt();
	}
	free(buf);
}

/* Without MemAvailable the reserve is what the watermarks say, and slab and
 * zram are learnt as ever.  A job that leaves slab which can be given back
 * fits. */
static void
test_ancient(void)
{
	char *buf = new_buf(), *got;
	struct proc *job;

	new_machine(60000);
	m.is_old = m.is_ancient = 1;
	m.low = 960;			/* min is 900, so it's 1125 in truth */
	swaps_text = "Filename Type Size Used Priority\n"
	    "/dev/zram0 partition 500 100 100\n";
	add_proc("daemon", 20000);
	job = add_proc("job", 1000);
	m.slab = 2000;
	m.free = 30000;
	boot(buf);
	ok(memory.reserve_kib == 1350 && memory.pinned_kib == 2000 &&
	    memory.zram_free_kib == 400, "without MemAvailable: %lu %lu %lu",
	    memory.reserve_kib, memory.pinned_kib, memory.zram_free_kib);
	run(buf, 65000);
	m.free -= 6000;
	m.slab += 6000;
	job->rate = 10;
	while (m.free > 1800 && !*sent)
		pass(look(buf));
	job->rate = 0;
	got = run(buf, 5000);
	ok(!*sent && !*got, "without MemAvailable, %lu KiB free, %lu KiB of "
	    "slab: %s%s", m.free, m.slab, sent, got);
	swaps_text = NULL;
	halt();
	free(buf);
}

/* Cold pages of a database move into zswap, whose pool takes RAM for them, and
 * an eater takes most of what processes take.  Then the machine hangs. */
static void
test_zswap(void)
{
	struct proc *database, *eater;
	char *buf = new_buf(), *got;
	int i;

	new_machine(1000000);
	m.swap_total = m.swap_free = 1000000;
	database = add_proc("database", 500000);
	eater = add_proc("eater", 1000);
	m.free = 60000;
	m.zswap = 1000;
	boot(buf);
	run(buf, 65000);
	for (i = 0; i < 30; i++) {
		database->anon -= 10000;
		database->swap += 10000;
		m.swap_free -= 10000;
		m.zswap += 4000;
		m.free += 6000;
		take(eater, 3700);
		look_for(buf, 50);
	}
	stall_for(buf, 1);
	got = run(buf, 9000);
	ok(!strcmp(sent, "1002/TERM ") && strstr(got, " choice=grows "),
	    "zswap, %lu KiB are free: %s%s", m.free, sent, got);
	halt();
	free(buf);
}

/* start-up, and the rest of the loop */

/* A procfs is only taken where self is who we are. */
static void
test_root(void)
{
	static const struct {
		const char *what;
		int self, want;
	} t[] = {
		{ "no self", -1, -1 },
		{ "another pid namespace's", 1, -1 },
		{ "ours", 0, 0 },
	};
	char *buf = new_buf(), dir[] = "/tmp/bustd-root.XXXXXX", self[16];
	char path[64], stat[64];
	int i, fds, r, fd;

	if (!mkdtemp(dir))
		abort();
	snprintf(path, sizeof(path), "%s/self", dir);
	snprintf(stat, sizeof(stat), "%s/self/stat", dir);
	for (i = 0; i < LEN(t); i++) {
		r = snprintf(self, sizeof(self), "%d (", getpid() + t[i].self);
		if (t[i].self >= 0) {
			fd = mkdir(path, 0700) < 0 ? -1 : open(stat, O_WRONLY |
			    O_CREAT, 0600);
			if (write(fd, self, (size_t)r) != r)
				abort();
			close(fd);
		}
		fds = count_fds();
		r = open_root(buf, AT_FDCWD, dir);
		ok(r == t[i].want && (proc_fd >= 0) == !r, "a procfs, %s: %d",
		    t[i].what, r);
		if (!r)
			close(proc_fd);
		ok(count_fds() == fds, "a procfs, %s: descriptors", t[i].what);
		unlink(stat);
		rmdir(path);
	}
	rmdir(dir);
	ok(open_root(buf, AT_FDCWD, dir) < 0, "no directory");
	free(buf);
}

/* oom_score_adj goes to -1000, or stays as it was; what a process that holds
 * nothing has is learnt. */
static void
test_protect(void)
{
	static const struct {
		const char *what, *score;
		int denied, scaled;
		unsigned nothing;
	} t[] = {
		{ "Linux 5.9 on", "666\n", 0, 1, 666 },
		{ "and little RAM", "669\n", 0, 1, 669 },
		{ "before", "0\n", 0, 0, 0 },
		{ "before, and little RAM", "64\n", 0, 0, 0 },
		{ "denied, at -500", "333\n", 1, 1, 333 },
		{ "denied, at 100", "733\n", 1, 1, 733 },
		{ "unreadable", "", 0, 0, 0 },
	};
	char *buf = new_buf();
	int i, fds;

	new_machine(100000);
	fds = count_fds();
	for (i = 0; i < LEN(t); i++) {
		logged();
		sent[0] = '\0';
		adj_denied = t[i].denied;
		self_score = t[i].score;
		protect_score(buf);
		ok(census.nothing_score == t[i].nothing &&
		    census.is_point_scaled == t[i].scaled, "score of nothing, "
		    "%s: %u", t[i].what, census.nothing_score);
		ok(!strcmp(sent, t[i].denied ? "" : "adj -1000 adj 0 adj "
		    "-1000 "), "oom_score_adj, %s: %s", t[i].what, sent);
		ok(!!strstr(logged(), "oom_score_adj: permission denied") ==
		    t[i].denied, "oom_score_adj, %s: a warning", t[i].what);
		ok(count_fds() == fds, "oom_score_adj, %s: descriptors",
		    t[i].what);
	}
	adj_denied = 0;
	self_score = "666\n";
	halt();
	free(buf);
}

/* From which version on pgpgin counts what comes from zram. */
static void
test_release(void)
{
	static const struct { const char *text; int want; } t[] = {
		{ "6.3", 1 }, { "6.12.117+deb13-amd64", 1 }, { "7.0.1", 1 },
		{ "6.2.9", 0 }, { "5.15.0-30", 0 }, { "4.19", 0 }, { "", 0 },
	};
	char *buf = new_buf();
	int i;

	new_machine(100000);
	boot(buf);
	for (i = 0; i < LEN(t); i++) {
		release_text = t[i].text;
		ok(is_since(buf, 6, 3) == t[i].want, "Linux %s", t[i].text);
	}
	release_text = "6.1.0-1-amd64";
	halt();
	free(buf);
}

/* What is kept of the rights; nobody gets one that he hasn't. */
static void
test_rights(void)
{
	enum { KILL = 1 << 5, PTRACE = 1 << 19, BOOT = 1 << 22 };
	static const struct {
		const char *exec;
		int resort;
		uint32_t has, kept, high;
		long fails;
	} t[] = {
		{ "", NONE, UINT32_MAX, KILL | PTRACE, 0, 0 },
		{ "", OOM, UINT32_MAX, KILL | PTRACE, 0, 0 },
		{ "", REBOOT, UINT32_MAX, KILL | PTRACE | BOOT, 0, 0 },
		{ "", REBOOT, ~(uint32_t)KILL, PTRACE | BOOT, 0, 0 },
		{ "", REBOOT, 0, 0, 0, 0 },
		{ "/hook", NONE, UINT32_MAX, UINT32_MAX, 511, 0 },
		{ "", NONE, UINT32_MAX, UINT32_MAX, 511, SYS_capset },
	};
	char *buf = new_buf(), *got;
	int i;

	for (i = 0; i < LEN(t); i++) {
		caps[0] = caps[1] = caps[2] = t[i].has;
		caps[3] = caps[4] = caps[5] = 511;
		no_new_privs = 0;
		opt.exec = t[i].exec;
		opt.last_resort = t[i].resort;
		fail_nr[0] = t[i].fails;
		fail_errno = EPERM;
		logged();
		drop_rights(buf);
		got = logged();
		ok(caps[0] == t[i].kept && caps[1] == t[i].kept && caps[2] ==
		    (t[i].high ? t[i].has : 0) && caps[3] == t[i].high &&
		    caps[4] == t[i].high && caps[5] == t[i].high, "rights %d: "
		    "%x %x", i, (unsigned)caps[0], (unsigned)caps[1]);
		ok(no_new_privs == !t[i].high, "rights %d: no_new_privs", i);
		ok(!strcmp(got, t[i].fails ? "<4>bustd: capset: not permitted "
		    "(keeps all its rights)\n" : t[i].resort == REBOOT &&
		    !(t[i].has & BOOT) ? "<4>bustd: reboot: not permitted (no "
		    "CAP_SYS_BOOT?)\n" : ""), "rights %d: %s", i, got);
	}
	fail_nr[0] = 0;
	opt.exec = EXEC;
	opt.last_resort = LAST_RESORT;
	free(buf);
}

/* What is missing is said at the start, with its cure, and nothing else. */
static void
test_rehearse(void)
{
	static const struct {
		const char *what;
		int psi;
		long without;
		const char *missing, *log, *mode;
	} t[] = {
		{ "nothing is missing", 1, 0, NULL, "", "yes" },
		{ "no PSI", 0, 0, NULL, "/proc/pressure/memory: ", "none" },
		{ "half of PSI", 1, 0, "pressure/io",
		  "/proc/pressure/memory: ", "none" },
		{ "no pidfd", 1, SYS_pidfd_open, NULL, "pidfd: ", "yes" },
		{ "no process_mrelease", 1, SYS_process_mrelease, NULL,
		  "process_mrelease: not in this kernel", "yes" },
		{ "hidepid", 1, SYS_faccessat, NULL, "/proc/1: ", "yes" },
		{ "no meminfo", 1, 0, "meminfo", "/proc/meminfo: ", "yes" },
		{ "no getdents64", 1, SYS_getdents64, NULL, "rehearsal: ",
		  "yes" },
		{ "no sysrq", 1, 0, "sysrq-trigger", "/proc/sysrq-trigger: ",
		  "yes" },
	};
	char *buf = new_buf(), *got;
	int i, fds = count_fds();

	for (i = 0; i < LEN(t); i++) {
		new_machine(100000);
		m.has_psi = t[i].psi;
		m.free = 10000;
		add_proc("init", 100)->pid = 1;
		missing = t[i].missing;
		fail_nr[0] = t[i].without;
		pass(60000);
		opt.last_resort = OOM;
		logged();
		open_files(buf);
		check_meminfo(buf);
		check_pressure(buf);
		rehearse(buf);
		got = logged();
		ok(!!*got == !!*t[i].log && strstr(got, t[i].log),
		    "rehearsal, %s: %s", t[i].what, got);
		ok(!strcmp(psi_mode(), t[i].mode), "rehearsal, %s: PSI %s",
		    t[i].what, psi_mode());
		ok(!census.has_base && memory.reserve_kib < 100000,
		    "rehearsal, %s: what is learnt", t[i].what);
		missing = NULL;
		opt.last_resort = LAST_RESORT;
		halt();
		ok(count_fds() == fds, "rehearsal, %s: descriptors", t[i].what);
	}
	free(buf);
}

/* In lxcfs's container meminfo is another machine's: it says so and ends. */
static void
test_lxcfs(void)
{
	static const struct {
		unsigned long total;
		int status;
	} t[] = { { 100000, 0 }, { 106250, 0 }, { 106251, 1 }, { 93750, 0 },
	    { 93749, 1 }, { 1000, 1 } };
	char *buf = new_buf();
	int i, status;

	for (i = 0; i < LEN(t); i++) {
		pid_t pid;

		new_machine(t[i].total);
		si_is = &(struct sysinfo){ .totalram = 100000,
		    .mem_unit = 1024 };
		logged();
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			open_files(buf);
			check_meminfo(buf);
			_exit(0);
		}
		waitpid(pid, &status, 0);
		ok(WIFEXITED(status) && WEXITSTATUS(status) == t[i].status &&
		    !strstr(logged(), "lxcfs") == !t[i].status,
		    "MemTotal %lu of 100,000: status %x", t[i].total,
		    (unsigned)status);
		si_is = NULL;
		halt();
	}
	free(buf);
}

/* Signals, ends of armed processes, and waits that fail. */
static void
test_guard(void)
{
	char *buf = new_buf(), *got;
	unsigned long since;
	struct proc *p;
	int i;

	new_machine(1000000);
	p = add_proc("A", 100000);
	add_proc("B", 90000);
	m.free = 150000;
	boot(buf);
	signal_next[0] = SIGUSR1;
	signal_next[1] = SIGTERM;
	ok(guard(buf) == SIGTERM, "SIGTERM ends the loop");
	got = logged();
	ok(!strncmp(got, "<6>bustd: status room_kib=", 26) && strstr(got,
	    " available_kib=140000 memavailable_kib=140000 "
	    "free_kib=150000 ") && strstr(got,
	    " psi=yes ") && strstr(got, " armed=2 killed="), "status: %s",
	    got);
	/* an armed process that ends wakes it up, once */
	p->end_ms = clock_is_ms + 50;
	since = clock_is_ms;
	ok(wait_for_signal_or_end(1000) == 0 && clock_is_ms - since == 50 &&
	    !strcmp(order(), "B") && census.is_stale, "an armed one ended");
	since = clock_is_ms;
	ok(wait_for_signal_or_end(1000) == 0 && clock_is_ms - since == 1000,
	    "and isn't waited for again: %lu ms", clock_is_ms - since);
	/* an error doesn't make it spin */
	fail_nr[0] = SYS_ppoll;
	for (i = 0; i < 2; i++) {
		since = clock_is_ms;
		wait_for_signal_or_end(1000);
		ok(clock_is_ms - since == 1000, "a wait that fails, %d: %lu "
		    "ms", i, clock_is_ms - since);
		disarm();
	}
	fail_nr[0] = 0;
	halt();
	/* with plenty of memory nobody is armed */
	new_machine(1000000);
	add_proc("A", 100000);
	boot(buf);
	ok(census.armed[0].pid, "armed in the rehearsal");
	since = look(buf);
	ok(!census.armed[0].pid && since > 500 && since <= 1000,
	    "plenty: a sleep of %lu ms", since);
	halt();
	free(buf);
}

/* flags, in a child each: an error ends it */

static void
test_flags(void)
{
	static const struct {
		const char *argv[5];
		int status;
	} t[] = {
		{ { "-p", "25" }, 0 }, { { "-p25" }, 0 }, { { "--psi=25" }, 0 },
		{ { "--psi", "0x19" }, 100 }, { { "-p", "" }, 100 },
		{ { "-p", "18446744073709551716" }, 100 },
		{ { "-t", "4294967296" }, 100 }, { { "-t", "5.5" }, 100 },
		{ { "-nVgd" }, 0 }, { { "-nVx" }, 100 }, { { "-np" }, 100 },
		{ { "-nVp", "7" }, 0 }, { { "-u", "" }, 0 },
		{ { "-u", "a|b*|*c" }, 0 }, { { "-u" }, 100 },
		{ { "-u", "sixteen-bytes-ab" }, 100 },
		{ { "-u", "a|sixteen-bytes-ab" }, 100 },
		{ { "-u", "sixteen-bytes-a*" }, 0 },
		{ { "--" }, 100 }, { { "-" }, 100 }, { { "" }, 100 },
		{ { "--=5" }, 100 }, { { "--psi=" }, 100 },
		{ { "--verbose=1" }, 100 }, { { "--verb" }, 100 },
		{ { "-\xff" }, 100 }, { { "x" }, 100 },
		{ { "-a", "5", "-k", "5" }, 0 },
		{ { "-k", "5.01", "-a", "5" }, 100 },
		{ { "-l", "kmsg" }, 0 }, { { "-l", "kms" }, 100 },
		{ { "-l", "kmsg|both" }, 100 }, { { "-l", "" }, 100 },
		{ { "-n", "-l", "stderr" }, 0 }, { { "-l", "stderr" },
		    DAEMONIZE ? 100 : 0 },
		{ { "-r", "oom" }, 0 }, { { "-r", "OOM" }, 100 },
		{ { "-e", "/bin/sh" }, 0 }, { { "-e", "" }, 0 },
		{ { "-e", "sh" }, 100 }, { { "-e", "/no/such" }, 100 },
		{ { "-e", "/etc/passwd" }, 100 }, { { "-e" }, 100 },
	};
	int i, status, null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	for (i = 0; i < LEN(t); i++) {
		char *argv[7] = { strdup("bustd") };
		pid_t pid;
		int k;

		for (k = 0; k < 5 && t[i].argv[k]; k++)
			argv[1 + k] = strdup(t[i].argv[k]);
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			char *buf = new_buf();

			dup2(null, STDERR_FILENO);
			parse_flags(buf, argv);
			_exit(0);
		}
		waitpid(pid, &status, 0);
		ok(WIFEXITED(status) && WEXITSTATUS(status) == t[i].status,
		    "flags %s %s: status %x", t[i].argv[0], t[i].argv[1] ?
		    t[i].argv[1] : "", (unsigned)status);
		for (k = 0; k < 7; k++)
			free(argv[k]);
	}
	close(null);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	kmsg_fd = memfd_create("log", MFD_CLOEXEC);
	opt.log = LOG_KMSG;

	test_long();
	test_centi();
	test_nth();
	test_psi();
	test_glob();
	test_keys();
	test_key_lines();
	test_batch();
	test_log();
	test_log_sinks();
	test_sysinfo();
	test_percent();
	test_room();
	test_plenty();
	test_fall();
	test_ahead();
	test_exhausted();
	test_stalled();
	test_samples();
	test_sleep();
	test_still_hopeless();
	test_loss();
	test_held();
	test_better();
	test_choose();
	test_storm_by_last_scan();
	test_late_census();
	test_isolated_pages();
	test_hopeless_choice();
	test_mapped_again();
	test_inherit();
	test_may_scan();
	test_storm();
	test_worth();
	test_surely();
	test_wants_scan();
	test_back();
	test_boost();
	test_learn();
	test_swaps();
	test_zram_anew();
	test_sense();
	test_scan();
	test_census();
	test_crowded_census();
	test_kill();
	test_kept_baseline();
	test_slow_fall();
	test_fall_after_a_kill();
	test_kept_fall();
	test_small_bursts();
	test_no_reboot();
	test_late_moment();
	test_hopeless_stall();
	test_stall_by_tmpfs();
	test_ended_in_a_stall();
	test_score_of_little();
	test_ended_in_a_group();
	test_futile();
	test_futile_long_ago();
	test_all_growth();
	test_many_sessions();
	test_kill_line();
	test_signal();
	test_sharers();
	test_storm_kill();
	test_hopeless();
	test_hook();
	test_stuck_resort();
	test_stuck_in_a_group();
	test_thrash();
	test_sudden();
	test_innocents();
	test_eater_in_a_group();
	test_pool();
	test_cold_leak();
	test_zram_then_disk();
	test_swapped_in();
	test_earlier_pressure();
	test_nothing_thrown_out();
	test_new_adj();
	test_smaller();
	test_swapoff();
	test_small_balloon();
	test_shared_memory();
	test_shared_memory_at_start();
	test_old_shared_memory();
	test_large_pool();
	test_pipeline();
	test_small_ones_in_a_stall();
	test_many_small();
	test_tabs();
	test_prefork();
	test_swapped_storm();
	test_many_adj();
	test_child();
	test_raised_adj();
	test_restart();
	test_another_users();
	test_highest_adj();
	test_early_scan();
	test_late_start();
	test_cma();
	test_listed();
	test_rest_at_floor();
	test_min_free();
	test_hidden_in_swap();
	test_copy_on_write();
	test_watermark_scale();
	test_zfs();
	test_iowait_falls();
	test_slow_writes();
	test_zswap();
	test_ancient();
	test_huge_pages();
	test_root();
	test_protect();
	test_release();
	test_rights();
	test_rehearse();
	test_lxcfs();
	test_guard();
	test_flags();
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
