/* SPDX-License-Identifier: MIT */
/*
 * record - starts a load and writes down what becomes of the machine, for
 * qemu/bench.  For tests only; one static binary, called as
 *
 *	record [KEY=VALUE...] [-- PROGRAM ARG...]
 *
 * before=MS	watch for so long first: what is usual (2000)
 * ms=MS	end after so long (20000), or
 * after=MS	so long after the program's death (2000)
 * every=MS	between samples (10)
 * daemon=PID	whose CPU time to take
 * pages=FILE	counters that the readers advance, the first four of them
 * beat=FILE	the heartbeat's worst delay in us, the first counter
 * series=MS	print the samples too, one for each MS
 * vmstat=1	and with each a line of the kernel's counters of reclaim and
 *		refaults, and of the time that CPUs spent waiting for a disk
 *		(iowait, ms); off unless asked for, since reading them takes
 *		0.1 ms
 *
 * Prints "RUN key=value..."; -1 is never:
 *	died_ms		the program's death, from its start
 *	oom_kills	by the kernel, of anybody; at its death and at the end
 *	left_kib	the least MemAvailable up to its death, and the least
 *	swap_left_kib	free swap
 *	short_ms	when MemAvailable was last under a tenth
 *	usual		the readers' pages per second before the start
 *	worst, mean	the same since, in hundredths of a percent of that: the
 *			worst WINDOW, and all of the time
 *	low_ms		when their rate first fell under a tenth
 *	back_ms		after the death, until it was half of usual again
 *	beat_us		the heartbeat's worst delay since the start
 *	cpu_us		what the daemon used of the CPU since the start
 *	stall		the greatest share of a second lost to memory, hundredths
 *	kill_kib	MemAvailable when it was ended: the least of its last
 *			50 ms
 *
 * It allocates nothing once the program runs, is locked, and preempts all.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include "common.h"

enum { READERS = 4, SAMPLES = 12000, WINDOW_MS = 200 };

struct sample {
	int64_t us;		/* since the program's start */
	uint32_t free_kib, available_kib, swap_free_kib;
	uint32_t pages;		/* that the readers got through */
	uint64_t stall_us;
};

/* of /proc/vmstat, each as text finds it; allocstall is one per zone */
static const char *const counter[] = {
	"\nworkingset_refault_file ", "\nworkingset_activate_file ",
	"\nworkingset_restore_file ", "\nworkingset_refault_anon ",
	"\npgmajfault ", "\npgscan_kswapd ", "\npgscan_direct ",
	"\npgsteal_kswapd ", "\npgsteal_direct ", "\nallocstall_dma ",
	"\nallocstall_dma32 ", "\nallocstall_normal ",
	"\nallocstall_movable ", "\npgpgin ", "\npswpin ",
	"\nnr_active_file ", "\nnr_inactive_file ", "\nnr_mapped ",
};
enum { COUNTERS = sizeof(counter) / sizeof(*counter), IOWAIT = COUNTERS };

static struct sample s[SAMPLES];
static uint64_t c[SAMPLES][COUNTERS + 1];
static int n;
static long before = 2000, ms = 20000, after = 2000, every = 10, series, pid;
static long vmstat;
static const char *pages_path, *beat_path;
static volatile uint64_t *pages, *beat;
static int meminfo_fd, vmstat_fd, stat_fd, psi_fd, cpu_fd = -1;
static uint32_t total_kib;

static char *
reread(int fd)
{
	static char buf[16384];
	ssize_t len = fd < 0 ? -1 : pread(fd, buf, sizeof(buf) - 1, 0);

	buf[len > 0 ? len : 0] = '\0';
	return buf;
}

static uint64_t
field(const char *text, const char *key)
{
	const char *p = strstr(text, key);

	return p ? strtoull(p + strlen(key), NULL, 10) : 0;
}

static long
oom_kills(void)
{
	return (long)field(reread(vmstat_fd), "\noom_kill ");
}

/* ns on the CPU: the first number of schedstat */
static uint64_t
cpu_us(void)
{
	return strtoull(reread(cpu_fd), NULL, 10) / 1000;
}

static void
take(int64_t start)
{
	struct sample *p = &s[n < SAMPLES ? n++ : SAMPLES - 1];
	const char *text = reread(meminfo_fd);
	int i;

	p->us = (int64_t)now_us() - start;
	total_kib = (uint32_t)field(text, "MemTotal:");
	p->free_kib = (uint32_t)field(text, "MemFree:");
	p->available_kib = (uint32_t)field(text, "MemAvailable:");
	p->swap_free_kib = (uint32_t)field(text, "SwapFree:");
	p->stall_us = field(reread(psi_fd), "total=");
	p->pages = 0;
	for (i = 0; pages && i < READERS; i++)
		p->pages += (uint32_t)pages[i];
	if (!vmstat)
		return;
	text = reread(vmstat_fd);
	for (i = 0; i < COUNTERS; i++)
		c[p - s][i] = field(text, counter[i]);
	/* "cpu  user nice system idle iowait ...", in 10 ms */
	text = reread(stat_fd);
	for (i = 0; i < 4 && text; i++)
		text = strpbrk(text + strspn(text, "cpu "), " ");
	c[p - s][IOWAIT] = text ? strtoull(text, NULL, 10) * 10 : 0;
}

static volatile uint64_t *
counters(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *p;

	if (fd < 0 || ftruncate(fd, PAGE) < 0)
		fail(path);
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		fail(path);
	close(fd);
	return p;
}

/* Pages per second over the window that ends with sample i, in hundredths of
 * a percent of usual; -1 where the window isn't full yet. */
static long
rate(int i, int first, double usual)
{
	int j = i;

	while (j > first && s[i].us - s[j].us < WINDOW_MS * 1000)
		j--;
	if (s[i].us - s[j].us < WINDOW_MS * 1000 || usual <= 0)
		return -1;
	return (long)((double)(s[i].pages - s[j].pages) * 1e10 /
	    (double)(s[i].us - s[j].us) / usual);
}

static void
report(int first, int64_t died_us, long kills_then, long kills_before,
    uint64_t cpu)
{
	double usual = first > 1 ? (double)(s[first - 1].pages - s[0].pages) *
	    1e6 / (double)(s[first - 1].us - s[0].us) : 0;
	uint32_t left = UINT32_MAX, swap_left = UINT32_MAX;
	uint32_t at_kill = UINT32_MAX;
	long low_ms = -1, back_ms = -1, short_ms = -1, worst = -1, r;
	double stall = 0;
	int i, j = first;

	for (i = first; i < n; i++) {
		if (died_us < 0 || s[i].us <= died_us) {
			if (s[i].available_kib < left)
				left = s[i].available_kib;
			if (s[i].swap_free_kib < swap_left)
				swap_left = s[i].swap_free_kib;
		}
		if (s[i].us <= died_us && s[i].us >= died_us - 50000 &&
		    s[i].available_kib < at_kill)
			at_kill = s[i].available_kib;
		if (s[i].available_kib < total_kib / 10)
			short_ms = s[i].us / 1000;
		while (s[i].us - s[j].us > 1000000)
			j++;
		if (s[i].us - s[j].us > 900000 &&
		    (double)(s[i].stall_us - s[j].stall_us) > stall *
		    (double)(s[i].us - s[j].us))
			stall = (double)(s[i].stall_us - s[j].stall_us) /
			    (double)(s[i].us - s[j].us);
		r = rate(i, first, usual);
		if (r < 0)
			continue;
		if (worst < 0 || r < worst)
			worst = r;
		if (low_ms < 0 && r < 1000)
			low_ms = s[i].us / 1000;
		if (died_us >= 0 && back_ms < 0 &&
		    s[i].us > died_us + WINDOW_MS * 1000 && r >= 5000)
			back_ms = (s[i].us - died_us) / 1000 - WINDOW_MS;
	}
	printf("RUN total_kib=%u died_ms=%ld oom_then=%ld oom_kills=%ld "
	    "left_kib=%u swap_left_kib=%u short_ms=%ld usual=%ld worst=%ld "
	    "mean=%ld low_ms=%ld back_ms=%ld beat_us=%ld cpu_us=%ld "
	    "stall=%ld kill_kib=%ld\n", total_kib,
	    died_us < 0 ? -1 : (long)(died_us / 1000),
	    kills_then - kills_before, oom_kills() - kills_before, left,
	    swap_left, short_ms, (long)usual, worst, usual <= 0 ? -1 :
	    (long)((double)(s[n - 1].pages - s[first].pages) * 1e10 /
	    (double)(s[n - 1].us - s[first].us) / usual), low_ms, back_ms,
	    beat ? (long)*beat : -1, cpu_fd < 0 ? -1 : (long)(cpu_us() - cpu),
	    (long)(stall * 10000), at_kill == UINT32_MAX ? -1 : (long)at_kill);
}

static void
print_series(void)
{
	int64_t due = INT64_MIN;
	int i, k;

	if (vmstat) {
		printf("COUNTERS");
		for (k = 0; k < COUNTERS; k++)
			printf(" %s", counter[k] + 1);
		puts(" iowait");
	}
	for (i = 0; i < n; i++) {
		if (s[i].us < due)
			continue;
		due = s[i].us + series * 1000;
		printf("SAMPLE %.3f %.2f %.2f %.2f %llu %u\n",
		    (double)s[i].us / 1e6,
		    s[i].free_kib * 100. / total_kib,
		    s[i].available_kib * 100. / total_kib,
		    s[i].swap_free_kib * 100. / total_kib,
		    (unsigned long long)s[i].stall_us, s[i].pages);
		if (!vmstat)
			continue;
		printf("VMSTAT %.3f", (double)s[i].us / 1e6);
		for (k = 0; k <= IOWAIT; k++)
			printf(" %llu", (unsigned long long)c[i][k]);
		puts("");
	}
}

static void
set_flag(char *arg)
{
	static const struct number_flag number[] = {
		{ "before", &before }, { "ms", &ms }, { "after", &after },
		{ "every", &every }, { "daemon", &pid }, { "series", &series },
		{ "vmstat", &vmstat },
	};
	char *value = strchr(arg, '=');

	if (value)
		*value++ = '\0';
	if (value && set_number(number, sizeof(number) / sizeof(*number), arg,
	    value))
		return;
	if (value && strcmp(arg, "pages") == 0)
		pages_path = value;
	else if (value && strcmp(arg, "beat") == 0)
		beat_path = value;
	else
		no_such_flag(arg);
}

static void
nap(int64_t until_us, struct pollfd *p)
{
	int64_t us = until_us - (int64_t)now_us();
	struct timespec ts = { us / 1000000, us % 1000000 * 1000 };

	if (us > 0)
		ppoll(p, 1, &ts, NULL);
}

int
main(int argc, char **argv)
{
	struct sched_param sp = { .sched_priority = 2 };
	struct pollfd p = { -1, POLLIN, 0 };
	int64_t start, died_us = -1, next;
	long kills_before, kills_then;
	char path[64];
	uint64_t cpu;
	int first;
	pid_t child = -1;

	for (argv += argc > 0; *argv && strcmp(*argv, "--") != 0; argv++)
		set_flag(*argv);
	argv += *argv != NULL;
	meminfo_fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	vmstat_fd = open("/proc/vmstat", O_RDONLY | O_CLOEXEC);
	stat_fd = open("/proc/stat", O_RDONLY | O_CLOEXEC);
	psi_fd = open("/proc/pressure/memory", O_RDONLY | O_CLOEXEC);
	if (pid) {
		snprintf(path, sizeof(path), "/proc/%ld/schedstat", pid);
		cpu_fd = open(path, O_RDONLY | O_CLOEXEC);
		if (cpu_fd < 0)
			fail(path);
	}
	if (pages_path)
		pages = counters(pages_path);
	if (beat_path)
		beat = counters(beat_path);
	if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0 ||
	    syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &sp) < 0)
		fail("privileges");

	start = next = (int64_t)now_us() + before * 1000;
	for (next -= before * 1000; next < start; next += every * 1000) {
		nap(next, &p);
		take(start);
	}
	first = n;
	kills_before = kills_then = oom_kills();
	cpu = cpu_us();
	if (beat)
		*beat = 0;
	start = (int64_t)now_us();
	if (*argv && (child = fork()) == 0) {
		sp.sched_priority = 0;
		syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &sp);
		execv(*argv, argv);
		_exit(127);
	}
	if (child > 0)
		p.fd = (int)syscall(SYS_pidfd_open, child, 0);
	for (next = start; (int64_t)now_us() - start < ms * 1000;
	    next += every * 1000) {
		nap(next, &p);
		if (died_us < 0 && p.revents) {
			died_us = (int64_t)now_us() - start;
			kills_then = oom_kills();
			ms = died_us / 1000 + after;
			p.fd = -1;
		}
		take(start);
	}
	report(first, died_us, kills_then, kills_before, cpu);
	if (series)
		print_series();
	return 0;
}
