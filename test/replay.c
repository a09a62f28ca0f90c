/* SPDX-License-Identifier: MIT */
/*
 * Feeds traces of tools/record.c, look by look, through the functions with
 * which bustd decides (bustd.c is included whole), and prints what it would do
 * first, when and why, and to whom, where the trace has processes.
 *
 *	replay [-e EXPECT] [-p] [-v] [-s] TRACE...
 *
 * -e: a table that says what is expected of each trace (test/traces/expect);
 * -p: as on a kernel without PSI; -v: print each look that bustd takes; -s:
 * only say what is in the trace.  It sleeps as bustd would: only looks at which
 * bustd would have been awake are taken.
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

#define main bustd_main
#include "../bustd.c"
#undef main

#define LEN(a) ((int)(sizeof(a) / sizeof((a)[0])))

/* the trace */

enum {
	T_MS, MEM_TOTAL, MEM_FREE, MEM_AVAILABLE, ACTIVE_FILE, INACTIVE_FILE,
	ANON_PAGES, SHMEM, K_RECLAIMABLE, S_RECLAIMABLE, S_UNRECLAIM,
	KERNEL_STACK, PAGE_TABLES, CMA_TOTAL, CMA_FREE, SWAP_TOTAL, SWAP_FREE,
	FREE_RAM, PSI_MEMORY_SOME, PSI_MEMORY_FULL, PSI_IO_SOME, PSI_IO_FULL,
	IOWAIT, IDLE, REFAULT, REFAULT_FILE, REFAULT_ANON, PGPGIN, PSWPIN,
	PSWPOUT, OOM_KILL, ZRAM_SIZE, ZRAM_USED, ZRAM_ORIGINAL, ZRAM_MEMORY,
	COLUMNS
};

static const char *const column_name[COLUMNS] = {
	"t_ms", "MemTotal", "MemFree", "MemAvailable", "Active(file)",
	"Inactive(file)", "AnonPages", "Shmem", "KReclaimable", "SReclaimable",
	"SUnreclaim", "KernelStack", "PageTables", "CmaTotal", "CmaFree",
	"SwapTotal", "SwapFree", "freeram", "psi_memory_some",
	"psi_memory_full", "psi_io_some", "psi_io_full", "iowait", "idle",
	"workingset_refault", "workingset_refault_file",
	"workingset_refault_anon", "pgpgin", "pswpin", "pswpout", "oom_kill",
	"zram_size", "zram_used", "zram_orig_data_size", "zram_mem_used_total",
};

struct row { int64_t value[COLUMNS]; };

/* What is known of a process from a moment on; gone: that it isn't there. */
struct process {
	int64_t t_ms;
	int pid, score, score_adj, pgid, ppid, gone;
	int64_t rss_kib, file_kib, shmem_kib, swap_kib, pte_kib;
	char state, comm[64];
};

static struct trace {
	char name[128];
	int has[COLUMNS];		/* the kernel had this column */
	int64_t ram_kib, min_free_kib, cpus, hz;
	int has_zram;
	struct row *row;
	struct process *process;	/* in the order of t_ms */
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
	struct process *p;
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
	if (strcmp(key, "ram_kib") == 0)
		trace.ram_kib = strtoll(value, NULL, 10);
	else if (strcmp(key, "min_free_kib") == 0 ||
	    (strcmp(key, "watermarks_kib") == 0 && !trace.min_free_kib))
		trace.min_free_kib = strtoll(value, NULL, 10);
	else if (strcmp(key, "cpus") == 0)
		trace.cpus = strtoll(value, NULL, 10);
	else if (strcmp(key, "hz") == 0)
		trace.hz = strtoll(value, NULL, 10);
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
	int order[2 * COLUMNS], orders = 0, i;
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

/* Whether it lives at t_ms, and what was known of it then. */
static const struct process *
known(int pid, int64_t t_ms)
{
	const struct process *p, *newest = NULL;

	for (p = trace.process; p < trace.process + trace.processes; p++)
		if (p->pid == pid && p->t_ms <= t_ms)
			newest = p;
	return newest && !newest->gone ? newest : NULL;
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
