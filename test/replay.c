/* SPDX-License-Identifier: MIT */
/*
 * Feeds traces of tools/record.c, look by look, through the functions with
 * which bustd decides (bustd.c is included whole), and prints what it would do
 * first, when and why, and to whom, where the trace has processes.
 *
 *	replay [-e EXPECT] [-k KNOWN] [-p] [-v] [-s] TRACE...
 *
 * -e: a table that says what is expected of each trace (test/traces/expect);
 * -k: what is known to fail (test/known-failures), "replay NAME: REASON";
 * -p: as on a kernel without PSI; -v: print each look that bustd takes; -s:
 * only say what is in the trace.  It sleeps as bustd would: only looks at which
 * bustd would have been awake are taken.  Between two lines of the trace numbers
 * are taken to change evenly; on the way to a line after which the kernel's OOM
 * killer has acted, memory is taken to go on falling as it did before that.
 *
 * Closes with "N passed, N failed": a trace that the table doesn't know passes
 * when it can be read.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The machine is replaced at its edges: /proc is a temporary directory, the
 * clock is the trace's, no signal goes anywhere. */
struct sysinfo;
struct timespec;
struct iovec;
struct pollfd;
static int fake_sysinfo(struct sysinfo *);
static long fake_syscall(long nr, ...);
static int fake_openat(int dir, const char *path, int flags);
static int fake_kill(int pid, int sig);
static int fake_getpgid(int pid);
static int fake_ppoll(struct pollfd *, unsigned long n,
    const struct timespec *);
static int fake_sleep(const struct timespec *);
static int fake_wait(const struct timespec *);
static ssize_t fake_writev(const struct iovec *, int n);

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

/* above any pid of a recording */
enum { OUR_PID = 4194305 };
#define main bustd_main
#define getpid() OUR_PID
#define sysinfo(info) fake_sysinfo(info)
#define syscall(...) fake_syscall(__VA_ARGS__)
#define openat(dir, path, flags) fake_openat(dir, path, flags)
#define kill(pid, sig) fake_kill(pid, sig)
#define getpgid(pid) fake_getpgid(pid)
#define ppoll(p, n, ts, set) fake_ppoll(p, n, ts)
#define sigtimedwait(set, info, ts) fake_wait(ts)
#define writev(fd, piece, n) fake_writev(piece, n)
#define reboot(how) (errno = EPERM, -1)
#include "../bustd.c"
#undef main
#undef sysinfo
#undef syscall
#undef openat
#undef kill
#undef getpgid
#undef ppoll
#undef sigtimedwait
#undef writev
#undef reboot

#define LEN(a) ((int)(sizeof(a) / sizeof((a)[0])))

/* the trace */

enum {
	T_MS, MEM_TOTAL, MEM_FREE, MEM_AVAILABLE, ACTIVE_FILE, INACTIVE_FILE,
	ANON_PAGES, SHMEM, K_RECLAIMABLE, S_RECLAIMABLE, S_UNRECLAIM,
	KERNEL_STACK, PAGE_TABLES, CMA_TOTAL, CMA_FREE, SWAP_TOTAL, SWAP_FREE,
	FREE_RAM, PSI_MEMORY_SOME, PSI_MEMORY_FULL, PSI_IO_SOME, PSI_IO_FULL,
	IOWAIT, IDLE, REFAULT, REFAULT_FILE, REFAULT_ANON, PGPGIN, PGPGOUT,
	PSWPIN, PSWPOUT, OOM_KILL, ZRAM_SIZE, ZRAM_USED, ZRAM_ORIGINAL,
	ZRAM_MEMORY, COLUMNS
};

static const char *const column_name[COLUMNS] = {
	"t_ms", "MemTotal", "MemFree", "MemAvailable", "Active(file)",
	"Inactive(file)", "AnonPages", "Shmem", "KReclaimable", "SReclaimable",
	"SUnreclaim", "KernelStack", "PageTables", "CmaTotal", "CmaFree",
	"SwapTotal", "SwapFree", "freeram", "psi_memory_some",
	"psi_memory_full", "psi_io_some", "psi_io_full", "iowait", "idle",
	"workingset_refault", "workingset_refault_file",
	"workingset_refault_anon", "pgpgin", "pgpgout", "pswpin", "pswpout",
	"oom_kill",
	"zram_size", "zram_used", "zram_orig_data_size", "zram_mem_used_total",
};

struct row { int64_t value[COLUMNS]; };

/* What is known of a process from a moment on; gone: that it isn't there. */
struct traced {
	int64_t t_ms;
	int pid, score, score_adj, pgid, ppid, gone;
	int64_t rss_kib, file_kib, shmem_kib, swap_kib, pte_kib;
	char state, comm[64];
	int next;			/* the next line about it; 0: none */
	const struct traced *last;	/* the line before about it, or NULL */
};

static struct trace {
	char name[128];
	int has[COLUMNS];		/* the kernel had this column */
	int64_t min_free_kib, page_kib;
	int has_zram;
	char release[64];		/* of the kernel */
	struct row *row;
	struct traced *process;	/* in the order of t_ms */
	int rows, processes, unknown_columns;
} trace;

struct expectation {
	char name[128], what[16], victim[32], why[256];
	int64_t earliest_ms, latest_ms, latest_without_psi_ms; /* -1: none */
};

static int without_psi, verbose, summary;
static int passed, failed;

static void *
more(void *p, int n, size_t size)
{
	/* by powers of two */
	if (n & (n - 1))
		return p;
	p = realloc(p, (size_t)(n ? n * 2 : 1) * size);
	if (!p) {
		perror("replay");
		exit(1);
	}
	return p;
}

static int64_t
number_or(const char *s, int64_t otherwise)
{
	return *s == '-' || !*s ? otherwise : strtoll(s, NULL, 10);
}

/* The next field of a line that commas separate. */
static char *
field(char **line)
{
	char *s = *line, *end = s + strcspn(s, ",");

	*line = *end ? end + 1 : end;
	*end = '\0';
	return s;
}

static void
read_process(char *line)
{
	struct traced *p;
	char tag = *field(&line);

	if (tag == 's')
		return;
	trace.process = more(trace.process, trace.processes,
	    sizeof(*trace.process));
	p = &trace.process[trace.processes++];
	memset(p, 0, sizeof(*p));
	p->t_ms = strtoll(field(&line), NULL, 10);
	p->pid = atoi(field(&line));
	if ((p->gone = tag == 'x'))
		return;
	snprintf(p->comm, sizeof(p->comm), "%s", field(&line));
	p->score = atoi(field(&line));
	p->score_adj = atoi(field(&line));
	p->rss_kib = number_or(field(&line), 0);
	p->file_kib = number_or(field(&line), 0);
	p->shmem_kib = number_or(field(&line), 0);
	p->swap_kib = number_or(field(&line), 0);
	p->pte_kib = number_or(field(&line), 0);
	p->pgid = atoi(field(&line));
	p->state = *field(&line);
	p->ppid = atoi(field(&line));
}

/* "# KEY VALUES": what of it is needed here. */
static int
read_header(char *line, int *order, int *orders)
{
	char *key = line + 1 + (line[1] == ' '), *value = strchr(key, ' ');
	int i;

	if (!value)
		return 1;
	*value++ = '\0';
	if (strcmp(key, "min_free_kib") == 0)
		trace.min_free_kib = strtoll(value, NULL, 10);
	else if (strcmp(key, "page_kib") == 0)
		trace.page_kib = strtoll(value, NULL, 10);
	else if (strcmp(key, "kernel") == 0)
		snprintf(trace.release, sizeof(trace.release), "%.*s",
		    (int)strcspn(value, " "), value);
	else if (strcmp(key, "swap") == 0)
		trace.has_zram |= strncmp(value, "zram", 4) == 0;
	else if (strcmp(key, "columns") == 0)
		while (*value) {
			const char *name = field(&value);

			for (i = 0; i < COLUMNS; i++)
				if (strcmp(name, column_name[i]) == 0)
					break;
			if (i < COLUMNS)
				trace.has[i] = 1;
			else
				trace.unknown_columns++;
			if (*orders == 2 * COLUMNS)
				return 0;
			order[(*orders)++] = i;
		}
	return 1;
}

static int
read_trace(const char *path)
{
	static char line[4096];
	int order[2 * COLUMNS] = { 0 }, orders = 0, i;
	const char *base = strrchr(path, '/');
	FILE *f = fopen(path, "r");
	size_t n;

	free(trace.row);
	free(trace.process);
	memset(&trace, 0, sizeof(trace));
	snprintf(trace.name, sizeof(trace.name), "%s", base ? base + 1 : path);
	n = strlen(trace.name);
	if (n > 6 && strcmp(trace.name + n - 6, ".trace") == 0)
		trace.name[n - 6] = '\0';
	if (!f) {
		printf("%s: %s\n", path, strerror(errno));
		return 0;
	}
	while (fgets(line, sizeof(line), f)) {
		char *at = line;
		struct row *r;

		line[strcspn(line, "\r\n")] = '\0';
		if (*line == '#') {
			if (!read_header(line, order, &orders))
				break;
			continue;
		}
		if (*line >= 'a' && *line <= 'z') {
			read_process(line);
			continue;
		}
		/* a field that is empty or missing is as before */
		trace.row = more(trace.row, trace.rows, sizeof(*trace.row));
		r = &trace.row[trace.rows];
		if (trace.rows)
			*r = r[-1];
		else
			memset(r, 0, sizeof(*r));
		trace.rows++;
		for (i = 0; i < orders && *at; i++) {
			const char *s = field(&at);

			if (*s && order[i] < COLUMNS)
				r->value[order[i]] = strtoll(s, NULL, 10);
		}
	}
	fclose(f);
	if (!trace.has[T_MS] || !trace.has[MEM_TOTAL] || !trace.rows) {
		printf("%s: not a trace of tools/record\n", path);
		return 0;
	}
	if (without_psi)
		for (i = PSI_MEMORY_SOME; i <= PSI_IO_FULL; i++)
			trace.has[i] = 0;
	return 1;
}

static double
percent(int64_t kib)
{
	return 100. * (double)kib / (double)trace.row[0].value[MEM_TOTAL];
}

static void
summarize(void)
{
	const int64_t *least = trace.row[0].value;
	int64_t gate_ms = -1, kill_ms = -1;
	int i;

	for (i = 0; i < trace.rows; i++) {
		const int64_t *v = trace.row[i].value;

		if (v[MEM_AVAILABLE] < least[MEM_AVAILABLE])
			least = v;
		if (gate_ms < 0 && percent(v[MEM_AVAILABLE]) <= 15)
			gate_ms = v[T_MS];
		if (kill_ms < 0 && i &&
		    v[OOM_KILL] > trace.row[i - 1].value[OOM_KILL])
			kill_ms = v[T_MS];
	}
	printf("%s: %d looks, %lld to %lld ms, %lld MiB, %d lines of "
	    "processes; at 15 %% available from %lld ms on, least %.1f %% at "
	    "%lld ms; the kernel kills at %lld ms\n", trace.name, trace.rows,
	    (long long)trace.row[0].value[T_MS],
	    (long long)trace.row[trace.rows - 1].value[T_MS],
	    (long long)least[MEM_TOTAL] / 1024, trace.processes,
	    (long long)gate_ms, percent(least[MEM_AVAILABLE]),
	    (long long)least[T_MS], (long long)kill_ms);
}

/* the machine as the trace has it */

enum { START_MS = 1000000 };		/* the clock at the first look */

static char root[64];			/* of our /proc */
static int root_fd = -1;
static int64_t clock_now_ms;		/* the trace's */
static struct row row_now;		/* what the machine is like then */
static char said[1024];			/* the newest line of bustd's log */
static struct {
	int pid, pgid, is_alive;
	int64_t score, kib;		/* as its files have it */
} living[4096];
static int livings;
static int pid_of_fd[1024];

static int64_t
trace_ms(void)
{
	return clock_now_ms - START_MS + trace.row[0].value[T_MS];
}

/* A file of our /proc, in place: who has it open sees the new text. */
__attribute__((format(printf, 2, 3)))
static void
put_file(const char *path, const char *fmt, ...)
{
	static struct { char path[40], text[2048]; int fd; } file[24];
	static int files;
	char text[sizeof(file->text)];
	va_list ap;
	int n, i, fd;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (i = 0; i < files && strcmp(file[i].path, path) != 0; i++)
		;
	if (i < files && strcmp(file[i].text, text) == 0)
		return;
	fd = i < files ? file[i].fd :
	    openat(root_fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || n < 0 || (size_t)n >= sizeof(text) ||
	    pwrite(fd, text, (size_t)n, 0) != n || ftruncate(fd, n) < 0) {
		perror(path);
		exit(1);
	}
	/* those of processes come and go */
	if (path[0] >= '0' && path[0] <= '9') {
		close(fd);
		return;
	}
	if (i == files && files < LEN(file)) {
		snprintf(file[i].path, sizeof(file->path), "%s", path);
		file[i].fd = fd;
		files++;
	} else if (i == files) {
		close(fd);
		return;
	}
	memcpy(file[i].text, text, (size_t)n + 1);
}

static int
find_living(int pid)
{
	int i;

	for (i = 0; i < livings; i++)
		if (living[i].pid == pid)
			return i;
	return -1;
}

/* Its oom_score reads nothing from now on, as of a process that is reaped. */
static void
end_process(int pid)
{
	static const char *const file[] = {
		"oom_score", "oom_score_adj", "comm", "status", "statm"
	};
	char path[64];
	int i = find_living(pid);

	if (i < 0 || !living[i].is_alive)
		return;
	living[i].is_alive = 0;
	snprintf(path, sizeof(path), "%d/oom_score", pid);
	put_file(path, "%s", "");
	for (i = 0; i < LEN(file); i++) {
		snprintf(path, sizeof(path), "%d/%s", pid, file[i]);
		unlinkat(root_fd, path, 0);
	}
	snprintf(path, sizeof(path), "%d", pid);
	unlinkat(root_fd, path, AT_REMOVEDIR);
}

/* What the kernel has escaped, or tools/record, back to bytes. */
static void
unescape(const char *s, char comm[16])
{
	unsigned c;
	int n;

	for (n = 0; *s && n < 15; n++) {
		if (sscanf(s, "\\x%2x", &c) == 1) {
			comm[n] = (char)c;
			s += 4;
		} else if (*s == '\\' && s[1]) {
			comm[n] = s[1] == 'n' ? '\n' : s[1];
			s += 2;
		} else {
			comm[n] = *s++;
		}
	}
	comm[n] = '\0';
}

static int64_t
between(int64_t from, int64_t to, int64_t part, int64_t whole)
{
	return from + (to - from) * part / whole;
}

/* A process as it was at t_ms: between two lines about it in between. */
static void
put_process(const struct traced *p, const struct traced *next, int64_t t_ms)
{
	char path[64], comm[16];
	int i = find_living(p->pid);
	int64_t part = t_ms - p->t_ms, whole = 1, score = p->score;
	int64_t rss = p->rss_kib, swap = p->swap_kib, file = p->file_kib;
	int is_there;

	if (i < 0) {
		if (livings == LEN(living))
			return;
		i = livings++;
		living[i].pid = p->pid;
		living[i].is_alive = 0;
	}
	is_there = living[i].is_alive;
	if (!is_there) {
		snprintf(path, sizeof(path), "%d", p->pid);
		mkdirat(root_fd, path, 0700);
		snprintf(path, sizeof(path), "%d/oom_score_adj", p->pid);
		put_file(path, "%d\n", p->score_adj);
		snprintf(path, sizeof(path), "%d/comm", p->pid);
		unescape(p->comm, comm);
		put_file(path, "%s\n", comm);
	}
	living[i].is_alive = 1;
	living[i].pgid = p->pgid;
	if (next && next->t_ms > p->t_ms && next->score_adj == p->score_adj) {
		whole = next->t_ms - p->t_ms;
		score = between(score, next->score, part, whole);
		rss = between(rss, next->rss_kib, part, whole);
		file = between(file, next->file_kib, part, whole);
		swap = between(swap, next->swap_kib, part, whole);
	} else if (!next && p->last && p->last->t_ms < p->t_ms &&
	    p->last->score_adj == p->score_adj && p->last->score < p->score) {
		/* who grew up to its last line goes on for as long again */
		whole = p->t_ms - p->last->t_ms;
		part = whole + (part < whole ? part : whole);
		score = between(p->last->score, score, part, whole);
		rss = between(p->last->rss_kib, rss, part, whole);
		swap = between(p->last->swap_kib, swap, part, whole);
	}
	if (file > rss - p->shmem_kib)
		file = rss > p->shmem_kib ? rss - p->shmem_kib : 0;
	if (is_there && living[i].score == score && living[i].kib == rss + swap)
		return;
	living[i].score = score;
	living[i].kib = rss + swap;
	snprintf(path, sizeof(path), "%d/oom_score", p->pid);
	put_file(path, "%lld\n", (long long)score);
	snprintf(path, sizeof(path), "%d/status", p->pid);
	put_file(path, "Name:\t%s\nState:\t%c\nPid:\t%d\nPPid:\t%d\n"
	    "Uid:\t0\t0\t0\t0\nVmRSS:\t%8lld kB\nRssAnon:\t%8lld kB\n"
	    "RssFile:\t%8lld kB\nRssShmem:\t%8lld kB\nVmPTE:\t%8lld kB\n"
	    "VmSwap:\t%8lld kB\n", p->comm, p->state ? p->state : 'S', p->pid,
	    p->ppid, (long long)rss,
	    (long long)(rss - file - p->shmem_kib),
	    (long long)file, (long long)p->shmem_kib,
	    (long long)p->pte_kib, (long long)swap);
	snprintf(path, sizeof(path), "%d/statm", p->pid);
	put_file(path, "%lld %lld %lld 0 0 0 0\n", (long long)(rss + swap) / 4,
	    (long long)rss / 4, (long long)(file + p->shmem_kib) / 4);
}

static void
link_processes(void)
{
	int i, j;

	for (i = 0; i < trace.processes; i++) {
		for (j = i + 1; j < trace.processes &&
		    trace.process[j].pid != trace.process[i].pid; j++)
			;
		trace.process[i].next = j < trace.processes ? j : 0;
		if (j < trace.processes)
			trace.process[j].last = &trace.process[i];
	}
}

/* All processes as they were at t_ms. */
static void
put_processes(int64_t t_ms)
{
	struct traced *p = trace.process, *end = p + trace.processes;

	for (; p < end && p->t_ms <= t_ms; p++) {
		const struct traced *next = p->next ?
		    &trace.process[p->next] : NULL;

		if (next && next->t_ms <= t_ms)
			continue;		/* a newer line says it */
		if (p->gone)
			end_process(p->pid);
		else
			put_process(p, next && !next->gone ? next : NULL, t_ms);
	}
}

static void
put_meminfo(const int64_t *v)
{
	static const struct { const char *name; int column, always; } line[] = {
		{ "MemTotal", MEM_TOTAL, 1 },
		{ "MemFree", MEM_FREE, 1 },
		{ "MemAvailable", MEM_AVAILABLE, 0 },
		{ "Active(file)", ACTIVE_FILE, 1 },
		{ "Inactive(file)", INACTIVE_FILE, 1 },
		{ "SwapTotal", SWAP_TOTAL, 1 },
		{ "SwapFree", SWAP_FREE, 1 },
		{ "AnonPages", ANON_PAGES, 1 },
		{ "Shmem", SHMEM, 1 },
		{ "KReclaimable", K_RECLAIMABLE, 0 },
		{ "SReclaimable", S_RECLAIMABLE, 1 },
		{ "SUnreclaim", S_UNRECLAIM, 1 },
		{ "KernelStack", KERNEL_STACK, 1 },
		{ "PageTables", PAGE_TABLES, 1 },
		{ "CmaTotal", CMA_TOTAL, 0 },
		{ "CmaFree", CMA_FREE, 0 },
	};
	char text[2048], name[32];
	size_t n = 0;
	int i;

	for (i = 0; i < LEN(line); i++) {
		if (!line[i].always && !trace.has[line[i].column])
			continue;
		snprintf(name, sizeof(name), "%s:", line[i].name);
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "%-15s %8lld kB\n", name,
		    (long long)v[line[i].column]);
	}
	put_file("meminfo", "%s", text);
}

/* The machine at t_ms, after the trace's line i. */
static void
set_row(int i, int64_t t_ms)
{
	static const int falls[] = {
		MEM_FREE, MEM_AVAILABLE, FREE_RAM, ACTIVE_FILE, INACTIVE_FILE,
		SWAP_FREE
	};
	const struct row *from = &trace.row[i], *to = from + 1, *old = from - 1;
	int64_t part = t_ms - from->value[T_MS], whole;
	int64_t *v = row_now.value;
	int k, is_killed;

	row_now = *from;
	if (i + 1 == trace.rows || part <= 0)
		return;
	whole = to->value[T_MS] - from->value[T_MS];
	is_killed = to->value[OOM_KILL] > from->value[OOM_KILL];
	for (k = 0; k < COLUMNS; k++)
		if (k != OOM_KILL && (!is_killed || k == T_MS ||
		    (k >= PSI_MEMORY_SOME && k <= PSWPOUT)))
			v[k] = between(v[k], to->value[k], part, whole);
	if (!is_killed || i == 0)
		return;
	for (k = 0; k < LEN(falls); k++) {
		int64_t step = from->value[falls[k]] - old->value[falls[k]];

		if (step < 0)
			v[falls[k]] += step * part /
			    (from->value[T_MS] - old->value[T_MS]);
		if (v[falls[k]] < 0)
			v[falls[k]] = 0;
	}
}

static int
is_on_zram(const int64_t *v)
{
	return trace.has[ZRAM_SIZE] ? v[ZRAM_SIZE] > 0 : trace.has_zram;
}

/* pgpgout.  Old recordings haven't it; nothing was written there but what was
 * swapped out, which is counted on zram only since Linux 6.3. */
static int64_t
written_kib(const int64_t *v)
{
	if (trace.has[PGPGOUT])
		return v[PGPGOUT];
	return is_on_zram(v) && !is_zram_io ? 0 :
	    v[PSWPOUT] * trace.page_kib;
}

/* Our /proc as the machine is at t_ms. */
static void
put_row(int i, int64_t t_ms)
{
	const int64_t *v = row_now.value;
	char text[128];
	int64_t used;
	int n;

	set_row(i, t_ms);
	used = v[SWAP_TOTAL] - v[SWAP_FREE];
	clock_now_ms = t_ms - trace.row[0].value[T_MS] + START_MS;
	put_meminfo(v);
	if (trace.has[REFAULT])			/* before Linux 5.9 */
		n = sprintf(text, "workingset_refault %lld\n",
		    (long long)v[REFAULT]);
	else
		n = sprintf(text, "workingset_refault_anon %lld\n"
		    "workingset_refault_file %lld\n",
		    (long long)v[REFAULT_ANON], (long long)v[REFAULT_FILE]);
	put_file("vmstat", "nr_free_pages %lld\n%.*spgpgin %lld\npgpgout %lld"
	    "\npswpin %lld\npswpout %lld\noom_kill %lld\n",
	    (long long)v[MEM_FREE] / 4, n, text, (long long)v[PGPGIN],
	    (long long)written_kib(v), (long long)v[PSWPIN],
	    (long long)v[PSWPOUT], (long long)v[OOM_KILL]);
	put_file("stat", "cpu  0 0 0 %lld %lld 0 0 0 0 0\n",
	    (long long)v[IDLE], (long long)v[IOWAIT]);
	if (trace.has[PSI_MEMORY_SOME])
		put_file("pressure/memory", "some avg10=0.00 avg60=0.00 "
		    "avg300=0.00 total=%lld\nfull avg10=0.00 avg60=0.00 "
		    "avg300=0.00 total=%lld\n", (long long)v[PSI_MEMORY_SOME],
		    (long long)v[PSI_MEMORY_FULL]);
	if (trace.has[PSI_IO_SOME])
		put_file("pressure/io", "some avg10=0.00 avg60=0.00 "
		    "avg300=0.00 total=%lld\nfull avg10=0.00 avg60=0.00 "
		    "avg300=0.00 total=%lld\n", (long long)v[PSI_IO_SOME],
		    (long long)v[PSI_IO_FULL]);
	if (!v[SWAP_TOTAL])
		put_file("swaps", "%s", "Filename\t\t\t\tType\n");
	else if (is_on_zram(v))
		put_file("swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\t"
		    "Priority\n/dev/zram0                              "
		    "partition\t%lld\t\t%lld\t\t100\n", (long long)
		    (trace.has[ZRAM_SIZE] ? v[ZRAM_SIZE] : v[SWAP_TOTAL]),
		    (long long)(trace.has[ZRAM_USED] ? v[ZRAM_USED] : used));
	else
		put_file("swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\t"
		    "Priority\n/dev/vda                                "
		    "partition\t%lld\t\t%lld\t\t-2\n",
		    (long long)v[SWAP_TOTAL], (long long)used);
	if (trace.has[ZRAM_MEMORY])
		put_file("mm_stat", "%lld %lld %lld 0 0 0 0 0 0\n",
		    (long long)v[ZRAM_ORIGINAL] * 1024,
		    (long long)v[ZRAM_MEMORY] * 1024,
		    (long long)v[ZRAM_MEMORY] * 1024);
	put_processes(t_ms);
}

/* The oom_score of who holds nothing: bustd asks its own. */
static int
score_of_nothing(void)
{
	const struct traced *p = trace.process;
	int score = 666, is_known = 0;

	for (; p < trace.process + trace.processes; p++)
		if (!p->gone && p->score_adj == 0 &&
		    (!is_known || p->score < score)) {
			score = p->score;
			is_known = 1;
		}
	return score;
}

static void
make_world(void)
{
	/* in RAM where that can be */
	snprintf(root, sizeof(root), "%s/replay-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(root) ||
	    (root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		perror(root);
		exit(1);
	}
	mkdirat(root_fd, "1", 0700);
	mkdirat(root_fd, "self", 0700);
	mkdirat(root_fd, "sys", 0700);
	mkdirat(root_fd, "sys/vm", 0700);
	mkdirat(root_fd, "sys/kernel", 0700);
	mkdirat(root_fd, "pressure", 0700);
	link_processes();
	put_file("self/oom_score", "%d\n", score_of_nothing());
	put_file("self/oom_score_adj", "0\n");
	put_file("sys/kernel/osrelease", "%s\n", trace.release);
	if (trace.min_free_kib)
		put_file("sys/vm/min_free_kbytes", "%lld\n",
		    (long long)trace.min_free_kib);
	/* traces don't tell when the watermarks were raised, so they seem to be
	 * always, by 2 MB in one zone */
	put_file("zoneinfo", "        min      %lld\n",
	    (long long)(trace.min_free_kib + 2048) / 4);
	put_row(0, trace.row[0].value[T_MS]);
}

static void
remove_world(void)
{
	static const char *const left[] = {
		"zoneinfo", "meminfo", "vmstat", "stat", "swaps", "mm_stat",
		"pressure/memory", "pressure/io", "sys/vm/min_free_kbytes",
		"sys/kernel/osrelease", "self/oom_score",
		"self/oom_score_adj"
	};
	static const char *const folder[] = {
		"1", "self", "sys/vm", "sys/kernel", "sys", "pressure"
	};
	int i;

	for (i = 0; i < livings; i++)
		end_process(living[i].pid);
	for (i = 0; i < LEN(left); i++)
		unlinkat(root_fd, left[i], 0);
	for (i = 0; i < LEN(folder); i++)
		unlinkat(root_fd, folder[i], AT_REMOVEDIR);
	if (rmdir(root) < 0)
		perror(root);
}

/* the edges */

static int
fake_sysinfo(struct sysinfo *si)
{
	const int64_t *v = row_now.value;

	memset(si, 0, sizeof(*si));
	si->mem_unit = 1024;
	si->totalram = (unsigned long)v[MEM_TOTAL];
	si->freeram = (unsigned long)v[trace.has[FREE_RAM] ? FREE_RAM :
	    MEM_FREE];
	si->totalswap = (unsigned long)v[SWAP_TOTAL];
	si->freeswap = (unsigned long)v[SWAP_FREE];
	return 0;
}

static long
fake_syscall(long nr, ...)
{
	long a[4], *ts;
	va_list ap;
	int i, fd;

	va_start(ap, nr);
	for (i = 0; i < LEN(a); i++)	/* reads past what was given: harmless
					   on the ABIs that tests run on */
		a[i] = va_arg(ap, long);
	va_end(ap);
	switch (nr) {
	case SYS_clock_gettime:
		ts = (long *)a[1];
		i = (int)a[0] == CLOCK_MONOTONIC;
		ts[0] = i ? (long)(clock_now_ms / 1000) : 0;
		ts[1] = i ? (long)(clock_now_ms % 1000) * 1000000 : 0;
		return 0;
	case SYS_getdents64:
		return syscall(nr, (int)a[0], a[1], a[2]);
	case SYS_faccessat:
		return faccessat((int)a[0], (char *)a[1], (int)a[2], 0);
	case SYS_pidfd_open:
		i = find_living((int)a[0]);
		if ((int)a[0] == OUR_PID || (i >= 0 && living[i].is_alive)) {
			fd = dup(root_fd);
			if (fd >= 0 && fd < LEN(pid_of_fd))
				pid_of_fd[fd] = (int)a[0];
			return fd;
		}
		errno = ESRCH;
		return -1;
	case SYS_pidfd_send_signal:
		if (a[1] == 0)
			return 0;
		break;
	case SYS_process_mrelease:
		errno = EINVAL;
		return -1;
	}
	/* it doesn't kill, by -d */
	printf("%s: no trace has an answer to system call %ld\n", trace.name,
	    nr);
	exit(1);
}

static int
fake_openat(int dir, const char *path, int flags)
{
	if (strncmp(path, "/sys/block/zram", 15) == 0)
		return openat(root_fd, "mm_stat", O_RDONLY | O_CLOEXEC);
	return openat(dir, path, flags);
}

static int
fake_kill(int pid, int sig)
{
	int i = find_living(pid);

	if (sig != 0) {
		printf("%s: sends signal %d in spite of -d\n", trace.name, sig);
		exit(1);
	}
	errno = ESRCH;
	return pid == 1 || (i >= 0 && living[i].is_alive) ? 0 : -1;
}

static int
fake_getpgid(int pid)
{
	int i = find_living(pid);

	return pid == 0 ? OUR_PID : i < 0 ? -1 : living[i].pgid;
}

/* When a process ends after the present moment; -1: it doesn't. */
static int64_t
end_ms(int pid)
{
	const struct traced *p = trace.process;

	for (; p < trace.process + trace.processes; p++)
		if (p->pid == pid && p->gone && p->t_ms > trace_ms())
			return p->t_ms;
	return -1;
}

static int
fake_sleep(const struct timespec *ts)
{
	clock_now_ms += (int64_t)ts->tv_sec * 1000 + ts->tv_nsec / 1000000;
	return 0;
}

/* For a signal that doesn't come. */
static int
fake_wait(const struct timespec *ts)
{
	fake_sleep(ts);
	errno = EAGAIN;
	return -1;
}

/* Waits for pidfds: until a process ends in the trace, or the time is over. */
static int
fake_ppoll(struct pollfd *p, unsigned long n, const struct timespec *ts)
{
	int64_t until_ms = trace_ms() + (int64_t)ts->tv_sec * 1000 +
	    ts->tv_nsec / 1000000, first_ms = until_ms;
	unsigned long i;
	int ready = 0;

	if (n == 1 && p->events == POLLOUT) {	/* our standard error */
		p->revents = POLLOUT;
		return 1;
	}
	for (i = 0; i < n; i++) {
		int pid = p[i].fd >= 0 && p[i].fd < LEN(pid_of_fd) ?
		    pid_of_fd[p[i].fd] : 0;
		int at = find_living(pid);
		int64_t ms = at >= 0 && !living[at].is_alive ? trace_ms() :
		    end_ms(pid);

		p[i].revents = 0;
		if (ms >= 0 && ms < first_ms)
			first_ms = ms;
		if (ms >= 0 && ms <= until_ms)
			p[i].revents = POLLIN;
		ready += p[i].revents != 0;
	}
	clock_now_ms += first_ms - trace_ms();
	return ready;
}

static ssize_t
fake_writev(const struct iovec *piece, int n)
{
	size_t len = 0;
	int i;

	for (i = 0; i < n; i++) {
		size_t part = piece[i].iov_len;

		if (len + part >= sizeof(said))
			part = sizeof(said) - 1 - len;
		memcpy(said + len, piece[i].iov_base, part);
		len += part;
	}
	said[len] = '\0';
	said[strcspn(said, "\n")] = '\0';
	if (verbose)
		printf("%s: %lld ms: %s\n", trace.name, (long long)trace_ms(),
		    said);
	return (ssize_t)len;
}

/* what is expected */

static int64_t
ms_or_none(const char *s)
{
	return number_or(s, -1);
}

/* The line of the table for this trace; 0 where it has none. */
static int
find_expectation(const char *path, const char *name, struct expectation *e)
{
	static char line[1024];
	char earliest[24], latest[24], without[24];
	FILE *f;
	int found = 0;

	if (!path)
		return 0;
	f = fopen(path, "r");
	if (!f) {
		perror(path);
		exit(1);
	}
	while (!found && fgets(line, sizeof(line), f))
		found = *line != '#' && sscanf(line, "%127s %15s %23s %23s "
		    "%23s %31s %255[^\n]", e->name, e->what, earliest, latest,
		    without, e->victim, e->why) == 7 &&
		    strcmp(e->name, name) == 0;
	fclose(f);
	if (found) {
		e->earliest_ms = ms_or_none(earliest);
		e->latest_ms = ms_or_none(latest);
		e->latest_without_psi_ms = ms_or_none(without);
	}
	if (path && !found)	/* not what the table's last line says */
		*e = (struct expectation){ .what = "unclear" };
	return found;
}

/* What is wrong with a decision at t_ms (-1: none was made); "" if nothing. */
static const char *
judge_decision(const struct expectation *e, int64_t t_ms)
{
	int64_t latest_ms = without_psi ? e->latest_without_psi_ms :
	    e->latest_ms;
	static char why[160];

	if (strcmp(e->what, "unclear") == 0)
		return "";
	if (t_ms >= 0 && strcmp(e->what, "quiet") == 0)
		return "it must not";
	if (t_ms >= 0 && e->earliest_ms >= 0 && t_ms < e->earliest_ms) {
		snprintf(why, sizeof(why), "not before %lld ms",
		    (long long)e->earliest_ms);
		return why;
	}
	if (latest_ms >= 0 && (t_ms < 0 || t_ms > latest_ms)) {
		snprintf(why, sizeof(why), "by %lld ms it must",
		    (long long)latest_ms);
		return why;
	}
	return "";
}

/* the replay */

struct decision {
	int64_t t_ms;			/* -1: none */
	int is_urgent;			/* no time for SIGTERM */
	char said[1024];		/* by bustd */
	char hopeless[1024];		/* what it said when it stood back */
	int looks;
};

/* Runs bustd over the trace up to its first decision. It only pretends (-d), so
 * that nothing but its log tells what it would do. */
static void
run(struct decision *d)
{
	_Alignas(8) char buf[BUF];
	struct verdict v;
	struct line why;
	int64_t t_ms;
	int i, ms;

	memset(d, 0, sizeof(*d));
	d->t_ms = -1;
	opt.dry_run = 1;
	opt.log = LOG_STDERR;
	proc_fd = root_fd;
	open_files(buf);
	check_meminfo(buf);
	check_pressure(buf);
	protect_score(buf);
	rehearse(buf);
	for (i = 0, t_ms = trace.row[0].value[T_MS];; t_ms = trace_ms()) {
		while (i + 1 < trace.rows &&
		    trace.row[i + 1].value[T_MS] <= t_ms)
			i++;
		if (t_ms > trace.row[trace.rows - 1].value[T_MS])
			return;
		put_row(i, t_ms);
		*said = '\0';
		d->looks++;
		ms = (int)look(buf);
		if (verbose) {
			v = judge(&machine);
			printf("%s: %lld ms: room_kib=%lu available_kib=%lu "
			    "fall_kib=%lu ahead_kib=%lu mem=%u io=%u "
			    "refault=%u rule=%d armed=%d sleep_ms=%d\n",
			    trace.name, (long long)trace_ms(), v.room_kib,
			    v.available_kib, v.fall_kib, v.ahead_kib,
			    v.mem_centi, v.io_centi, v.refault_centi, v.rule,
			    census.armed[0].pid, ms);
		}
		if (strncmp(said, "bustd: hopeless", 15) == 0 &&
		    !*d->hopeless && trace.processes)
			snprintf(d->hopeless, sizeof(d->hopeless),
			    "at %lld ms %.900s", (long long)trace_ms(),
			    said + 7);
		if (strncmp(said, "bustd: would kill", 17) == 0) {
			d->t_ms = trace_ms();
			v = judge(&machine);
			d->is_urgent = v.is_urgent;
			snprintf(d->said, sizeof(d->said), "%s", said + 7);
			return;
		}
		/* without processes there is nobody to choose: a rule counts */
		if (!trace.processes && is_guarding) {
			v = judge(&machine);
			if (v.rule != FINE) {
				d->t_ms = trace_ms();
				start_line(&why, buf, WARN);
				add(&why, "reason=");
				put_reason(&why, &v);
				add(&why, " room_kib=%lu available_kib=%lu",
				    v.room_kib, v.available_kib);
				end_line(&why);
				snprintf(d->said, sizeof(d->said), "%s", said +
				    7);
				return;
			}
		}
		wait_for_signal_or_end((msec)ms);
	}
}

/* Is it listed as known to fail? "replay NAME[ nopsi]: REASON" */
static int
is_known(const char *path, const char *name)
{
	static char line[1024], start[256];
	int n = snprintf(start, sizeof(start), "replay %s%s:", name,
	    without_psi ? " nopsi" : ""), found = 0;
	FILE *f = path ? fopen(path, "r") : NULL;

	while (f && !found && fgets(line, sizeof(line), f))
		found = strncmp(line, start, (size_t)n) == 0;
	if (f)
		fclose(f);
	return found;
}

/* What is wrong with whom it picks; "" if nothing. */
static const char *
judge_victim(const struct expectation *e, const struct decision *d)
{
	const char *at = strstr(d->said, " comm=");
	char name[64];
	size_t n = strcspn(e->victim, "/");

	if (!*e->victim || strcmp(e->victim, "-") == 0)
		return "";
	snprintf(name, sizeof(name), " comm=%.*s ", (int)n, e->victim);
	if (strncmp(e->victim, "group", 5) == 0 ? !strstr(d->said, " pgid=") :
	    !at || strncmp(at, name, strlen(name)) != 0)
		return "that is the wrong one";
	if (strcmp(e->victim + n, "/TERM") == 0 && d->is_urgent)
		return "there was time for SIGTERM";
	return "";
}

/* One trace; 0 if it is as expected, 1 if not, 2 if that is known. */
static int
replay(const char *path, const char *expect, const char *known)
{
	struct expectation e = { .what = "unclear" };
	struct decision d;
	const char *wrong;
	int has_expectation, is_listed_known;

	if (!read_trace(path))
		return 1;
	if (summary) {
		summarize();
		return 0;
	}
	has_expectation = find_expectation(expect, trace.name, &e);
	make_world();
	run(&d);
	remove_world();
	wrong = judge_decision(&e, d.t_ms);
	if (!*wrong && d.t_ms >= 0 && trace.processes)
		wrong = judge_victim(&e, &d);
	is_listed_known = is_known(known, trace.name);
	printf("%s %s%s: ", !*wrong ? is_listed_known ? "FAIL" : "ok" :
	    is_listed_known ? "known" : "FAIL", trace.name,
	    without_psi ? " without PSI" : "");
	if (d.t_ms >= 0)
		printf("%lld ms: %s%s", (long long)d.t_ms, d.said,
		    d.is_urgent ? " urgent" : "");
	else
		printf("nothing up to %lld ms",
		    (long long)trace.row[trace.rows - 1].value[T_MS]);
	if (*d.hopeless)
		printf("; %s", d.hopeless);
	printf("; %d looks", d.looks);
	if (*wrong)
		printf(" -- %s: %s (expected: %s%s%s)", wrong, e.why, e.what,
		    strcmp(e.victim, "-") ? " " : "",
		    strcmp(e.victim, "-") ? e.victim : "");
	else if (is_listed_known)
		printf(" -- take it off test/known-failures");
	else if (!has_expectation && expect)
		printf(" (not in %s)", expect);
	puts("");
	return !*wrong ? is_listed_known : is_listed_known ? 2 : 1;
}

int
main(int argc, char **argv)
{
	const char *expect = NULL, *known = NULL;
	int opt_char, i, status, knowns = 0;
	pid_t child;

	while ((opt_char = getopt(argc, argv, "e:k:psv")) != -1)
		switch (opt_char) {
		case 'e': expect = optarg; break;
		case 'k': known = optarg; break;
		case 'p': without_psi = 1; break;
		case 's': summary = 1; break;
		case 'v': verbose = 1; break;
		default:
			fprintf(stderr, "usage: replay [-e EXPECT] [-k KNOWN] "
			    "[-p] [-s] [-v] TRACE...\n");
			return 100;
		}
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = optind; i < argc; i++) {
		/* each in a child: bustd starts anew */
		child = fork();
		if (child == 0)
			exit(replay(argv[i], expect, known));
		if (child < 0 || waitpid(child, &status, 0) < 0) {
			perror("replay");
			return 1;
		}
		if (!WIFEXITED(status))
			printf("FAIL %s: ended by signal %d\n", argv[i],
			    WTERMSIG(status));
		if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
			knowns++;
		else if (status)
			failed++;
		else
			passed++;
	}
	if (knowns)
		printf("%d known to fail\n", knowns);
	printf("%d passed, %d failed\n", passed, failed);
	return failed > 0;
}
