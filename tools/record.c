/* SPDX-License-Identifier: MIT */
/*
 * record: writes down what bustd senses of a machine, a look per line, so that
 * what it does there, or would do, can be judged somewhere else (test/replay).
 *
 *	record [-i MS] [-p MS] [-t SECONDS] [-b KIB] [-u] [-o FILE]
 *
 * The file is text and describes itself.  Lines that begin with # say what the
 * machine is, and which columns a look has.  Then there is
 *
 *	t_ms,...	a look: the columns in their order.  A field that is
 *			empty, or missing at the end, is as in the look before.
 *	p,t_ms,...	a process, see "# process".  All of them come once, then
 *			those whose oom_score has changed, or that are among the
 *			ten largest and hold more or less than before.
 *			Kernel threads and those whose oom_score is 0 are left
 *			out: nobody may kill them.
 *	x,t_ms,pid	it is gone.
 *	s,t_ms,n,ms	the end of a scan of n processes, which took so long.
 *
 * KiB, and what isn't KiB as the kernel has it: PSI totals in us, iowait and
 * idle in ticks, refaults and swaps in pages, pgpgin and pgpgout in KiB.  A
 * column that the kernel doesn't have isn't there.
 *
 * It must go on while memory is gone.  So it allocates nothing, is locked into
 * RAM, outranks all others, keeps its files open, and holds what it wrote in a
 * locked buffer until there is memory again, it is stopped, or the buffer is
 * full.  Opening a file can take ten seconds in an emergency: that is only done
 * by a child, which watches the processes and hands its lines to the parent.
 * Where it may not have these privileges it says so and records all the same.
 *
 * To understand everything else, start reading main().
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LEN(a)		((int)(sizeof(a) / sizeof((a)[0])))
#define NONE		UINT64_MAX	/* no such number in that text */
#define PROCESSES	2048	/* of which the scores are remembered */
#define LARGEST		10	/* these are written with each scan */
#define RING		65536u	/* bytes between the child and the parent */
#define LINE		1024	/* no line is longer */
#define PLENTY		20	/* percent available: the buffer is written */
#define CALM_MS		1000	/* ... so often at most, and after so long */
#define ZRAMS		8

/* where a column is from */
enum source { MEMINFO, VMSTAT, PSI_MEMORY, PSI_IO, STAT, SWAPS, FILES };

static const char *const path[FILES] = {
	[MEMINFO] = "/proc/meminfo",
	[VMSTAT] = "/proc/vmstat",
	[PSI_MEMORY] = "/proc/pressure/memory",
	[PSI_IO] = "/proc/pressure/io",
	[STAT] = "/proc/stat",
	[SWAPS] = "/proc/swaps",
};

/* The key stands at the start of a line; field is the number after it that is
 * meant.  SWAPS: 0 and 1 are the size and use of all zram, 2 and 3 what is in
 * it and what that takes.  FILES: sysinfo(2)'s free RAM. */
static const struct column {
	const char *name;
	enum source from;
	const char *key;
	int field;
} column[] = {
	{ "MemTotal", MEMINFO, "MemTotal:", 0 },
	{ "MemFree", MEMINFO, "MemFree:", 0 },
	{ "MemAvailable", MEMINFO, "MemAvailable:", 0 },
	{ "Active(file)", MEMINFO, "Active(file):", 0 },
	{ "Inactive(file)", MEMINFO, "Inactive(file):", 0 },
	{ "Unevictable", MEMINFO, "Unevictable:", 0 },
	{ "AnonPages", MEMINFO, "AnonPages:", 0 },
	{ "Shmem", MEMINFO, "Shmem:", 0 },
	{ "KReclaimable", MEMINFO, "KReclaimable:", 0 },
	{ "SReclaimable", MEMINFO, "SReclaimable:", 0 },
	{ "SUnreclaim", MEMINFO, "SUnreclaim:", 0 },
	{ "KernelStack", MEMINFO, "KernelStack:", 0 },
	{ "PageTables", MEMINFO, "PageTables:", 0 },
	{ "CmaTotal", MEMINFO, "CmaTotal:", 0 },
	{ "CmaFree", MEMINFO, "CmaFree:", 0 },
	{ "SwapTotal", MEMINFO, "SwapTotal:", 0 },
	{ "SwapFree", MEMINFO, "SwapFree:", 0 },
	{ "freeram", FILES, NULL, 0 },
	{ "psi_memory_some", PSI_MEMORY, "some", 0 },
	{ "psi_memory_full", PSI_MEMORY, "full", 0 },
	{ "psi_io_some", PSI_IO, "some", 0 },
	{ "psi_io_full", PSI_IO, "full", 0 },
	{ "iowait", STAT, "cpu ", 4 },
	{ "idle", STAT, "cpu ", 3 },
	{ "workingset_refault", VMSTAT, "workingset_refault ", 0 },
	{ "workingset_refault_file", VMSTAT, "workingset_refault_file ", 0 },
	{ "workingset_refault_anon", VMSTAT, "workingset_refault_anon ", 0 },
	{ "pgpgin", VMSTAT, "pgpgin ", 0 },
	{ "pgpgout", VMSTAT, "pgpgout ", 0 },
	{ "pswpin", VMSTAT, "pswpin ", 0 },
	{ "pswpout", VMSTAT, "pswpout ", 0 },
	{ "oom_kill", VMSTAT, "oom_kill ", 0 },
	{ "zram_size", SWAPS, NULL, 0 },
	{ "zram_used", SWAPS, NULL, 1 },
	{ "zram_orig_data_size", SWAPS, NULL, 2 },
	{ "zram_mem_used_total", SWAPS, NULL, 3 },
};

/* what the parent remembers */
static struct {
	int fd[FILES];
	uint64_t last[LEN(column)];	/* the look before */
	char has[LEN(column)];		/* this kernel has such a column */
	char *buf;			/* locked */
	size_t len, size;
	int out;
	uint64_t start_ms, written_ms;
	uint64_t swap_total;		/* for which the zrams were opened */
	int zram_fd[ZRAMS], zrams;
} rec;

/* what the child writes and the parent reads; a line at a time */
static struct ring {
	_Atomic uint32_t head, tail;	/* bytes ever put in, and taken out */
	char text[RING];
} *ring;

static volatile sig_atomic_t stopped;
static char text[16384];		/* of one file */

/* small things */

static uint64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void
say(const char *what, const char *why)
{
	char line[256] = "record: ";

	strncat(line, what, 150);
	if (why) {
		strcat(line, ": ");
		strncat(line, why, 80);
	}
	strcat(line, "\n");
	if (write(2, line, strlen(line)) < 0)
		return;			/* then nobody is there to hear it */
}

static _Noreturn void
die(const char *what)
{
	say(what, strerror(errno));
	exit(1);
}

static char *
put(char *p, const char *s)
{
	while (*s)
		*p++ = *s++;
	return p;
}

static char *
put_number(char *p, uint64_t n)
{
	char digit[20];
	int i = 0;

	do
		digit[i++] = (char)('0' + n % 10);
	while (n /= 10);
	while (i > 0)
		*p++ = digit[--i];
	return p;
}

/* The number at *p, and *p behind it. */
static uint64_t
number(const char **p)
{
	uint64_t n = 0;

	*p += strcspn(*p, "0123456789\n");
	if (**p < '0' || **p > '9')
		return NONE;
	while (**p >= '0' && **p <= '9')
		n = n * 10 + (uint64_t)(*(*p)++ - '0');
	return n;
}

/* What follows key at the start of a line, or NULL. */
static const char *
after(const char *s, const char *key)
{
	size_t n = strlen(key);

	for (; s; s = (s = strchr(s, '\n')) ? s + 1 : NULL)
		if (strncmp(s, key, n) == 0)
			return s + n;
	return NULL;
}

static uint64_t
value_of(const char *s, const char *key, int field)
{
	uint64_t n = NONE;

	if (!(s = after(s, key)))
		return NONE;
	while (field-- >= 0)
		n = number(&s);
	return n;
}

/* All of a file into text[], from an open descriptor; "" where that fails. */
static const char *
reread(int fd)
{
	size_t len = 0;
	ssize_t n;

	if (fd >= 0)
		while (len < sizeof(text) - 1 && (n = pread(fd, text + len,
		    sizeof(text) - 1 - len, (off_t)len)) > 0)
			len += (size_t)n;
	text[len] = '\0';
	return text;
}

static const char *
read_path(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	reread(fd);
	if (fd >= 0)
		close(fd);
	return text;
}

/* the buffer */

static void
write_all(void)
{
	size_t at = 0;
	ssize_t n;

	while (at < rec.len) {
		n = write(rec.out, rec.buf + at, rec.len - at);
		if (n < 0 && errno != EINTR)
			die("write");
		if (n > 0)
			at += (size_t)n;
	}
	rec.len = 0;
	rec.written_ms = now_ms();
}

static void
keep(const char *line, size_t n)
{
	if (n > rec.size - rec.len)
		write_all();
	memcpy(rec.buf + rec.len, line, n);
	rec.len += n;
}

static void
keep_header(const char *what, const char *value, uint64_t n)
{
	char line[LINE], *p = put(line, "# ");

	p = put(p, what);
	if (value) {
		*p++ = ' ';
		p = put(p, value);
	}
	if (n != NONE) {
		*p++ = ' ';
		p = put_number(p, n);
	}
	*p++ = '\n';
	keep(line, (size_t)(p - line));
}

/* zram */

/* "/dev/zram0  partition  104444  0  100": the line of /proc/swaps. */
static int
is_zram(const char *line)
{
	return strncmp(line, "/dev/zram", 9) == 0 ||
	    strncmp(line, "/dev/block/zram", 15) == 0;
}

/* Opens the mm_stat of each zram that is in use as swap. */
static void
open_zrams(void)
{
	char name[64], *p;
	const char *s;

	while (rec.zrams > 0)
		close(rec.zram_fd[--rec.zrams]);
	reread(rec.fd[SWAPS]);
	for (s = text; s && rec.zrams < ZRAMS;
	    s = (s = strchr(s, '\n')) ? s + 1 : NULL) {
		const char *device = strstr(s, "zram");

		if (!is_zram(s) || !device)
			continue;
		p = put(name, "/sys/block/");
		while (*device > ' ' && p < name + 40)
			*p++ = *device++;
		strcpy(p, "/mm_stat");
		rec.zram_fd[rec.zrams] = open(name, O_RDONLY | O_CLOEXEC);
		if (rec.zram_fd[rec.zrams] >= 0)
			rec.zrams++;
	}
}

/* size, used, original data, memory for them: KiB */
static void
read_zrams(uint64_t sum[4])
{
	const char *s;
	int i;

	memset(sum, 0, 4 * sizeof(*sum));
	for (s = reread(rec.fd[SWAPS]); s;
	    s = (s = strchr(s, '\n')) ? s + 1 : NULL) {
		const char *p = s;

		if (!is_zram(s))
			continue;
		p += strcspn(p, " \t\n");
		sum[0] += number(&p);
		sum[1] += number(&p);
	}
	for (i = 0; i < rec.zrams; i++) {
		const char *p = reread(rec.zram_fd[i]);
		uint64_t original = number(&p), used;

		number(&p);
		used = number(&p);
		if (original != NONE && used != NONE) {
			sum[2] += original / 1024;
			sum[3] += used / 1024;
		}
	}
}

/* a look */

static void
sense(uint64_t value[LEN(column)])
{
	enum source last = FILES;
	uint64_t zram[4] = { 0 };
	struct sysinfo si;
	int i;

	for (i = 0; i < LEN(column); i++) {
		const struct column *c = &column[i];

		value[i] = NONE;
		if (c->from == FILES) {
			if (sysinfo(&si) == 0)
				value[i] = (uint64_t)si.freeram *
				    (si.mem_unit ? si.mem_unit : 1) / 1024;
			continue;
		}
		/* columns of one file stand together, but for STAT's */
		if (c->from != last) {
			last = c->from;
			if (last == SWAPS)
				read_zrams(zram);
			else
				reread(rec.fd[last]);
		}
		if (last == SWAPS)
			value[i] = zram[c->field];
		else if (last == PSI_MEMORY || last == PSI_IO) {
			const char *line = after(text, c->key);
			const char *end = line ? strstr(line, "total=") : NULL;

			if (end)
				value[i] = number(&end);
		} else
			value[i] = value_of(text, c->key, c->field);
	}
}

static uint64_t
value_named(const uint64_t *value, const char *name)
{
	int i;

	for (i = 0; i < LEN(column); i++)
		if (strcmp(column[i].name, name) == 0)
			return value[i];
	return NONE;
}

static void
keep_look(const uint64_t *value, uint64_t t_ms)
{
	char line[LINE], *p = put_number(line, t_ms), *end = p;
	int i;

	for (i = 0; i < LEN(column); i++) {
		if (!rec.has[i])
			continue;
		*p++ = ',';
		if (value[i] != rec.last[i] && value[i] != NONE) {
			p = put_number(p, value[i]);
			end = p;
			rec.last[i] = value[i];
		}
	}
	*end++ = '\n';
	keep(line, (size_t)(end - line));
}

/* What the child has put into the ring since the last time. */
static void
drain(void)
{
	uint32_t tail = atomic_load(&ring->tail);
	uint32_t head = atomic_load(&ring->head);
	uint32_t n;

	while (tail != head) {
		n = RING - tail % RING;
		if (n > head - tail)
			n = head - tail;
		keep(ring->text + tail % RING, n);
		tail += n;
	}
	atomic_store(&ring->tail, tail);
}

/* Enough memory that the write can't wait for it. */
static int
is_plenty(const uint64_t *value)
{
	uint64_t total = value_named(value, "MemTotal");
	uint64_t available = value_named(value, "MemAvailable");

	if (available == NONE)		/* before Linux 3.14 */
		available = value_named(value, "MemFree");
	return available != NONE && total != NONE &&
	    available * 100 >= total * PLENTY;
}

/* processes: the child's part */

struct score {
	int pid, score;
	uint64_t kib;		/* that it held when it was last written */
};

struct dirent64 {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

/* Waits until the parent has made room. */
static void
hand_over(const char *line, size_t n)
{
	const struct timespec ts = { 0, 20000000 };
	uint32_t head = atomic_load(&ring->head);
	size_t i;

	while (RING - (head - atomic_load(&ring->tail)) < n)
		nanosleep(&ts, NULL);
	for (i = 0; i < n; i++)
		ring->text[(head + i) % RING] = line[i];
	atomic_store(&ring->head, (uint32_t)(head + n));
}

static const char *
read_of(int proc, int pid, const char *file)
{
	char name[48], *p = put_number(name, (uint64_t)pid);
	int fd;

	strcpy(put(p, "/"), file);
	fd = openat(proc, name, O_RDONLY | O_CLOEXEC);
	reread(fd);
	if (fd >= 0)
		close(fd);
	return text;
}

/* A value that this process hasn't got (VmRSS of a zombie) is empty. */
static char *
put_kib(char *p, const char *key)
{
	uint64_t n = value_of(text, key, 0);

	*p++ = ',';
	return n == NONE ? p : put_number(p, n);
}

/* The name, as the kernel has escaped it, and what would break a line of ours
 * by \xNN. */
static char *
put_comm(char *p, const char *name)
{
	static const char hex[] = "0123456789abcdef";

	while (*name == ' ' || *name == '\t')
		name++;
	for (; *name && *name != '\n'; name++) {
		unsigned char c = (unsigned char)*name;

		if (c > ' ' && c < 0x7f && c != ',') {
			*p++ = (char)c;
			continue;
		}
		p = put(p, "\\x");
		*p++ = hex[c >> 4];
		*p++ = hex[c & 15];
	}
	return p;
}

static char *
put_tag(char *p, char tag, uint64_t start_ms)
{
	*p++ = tag;
	*p++ = ',';
	p = put_number(p, now_ms() - start_ms);
	*p++ = ',';
	return p;
}

static void
hand_over_process(int proc, struct score *s, int is_changed,
    uint64_t start_ms)
{
	char line[LINE], *p = put_tag(line, 'p', start_ms);
	static const char *const holds[] = { "VmRSS:", "VmSwap:", "VmPTE:" };
	const char *status, *name;
	pid_t group = getpgid(s->pid);
	char adj[16] = "";
	uint64_t n, kib = 0;
	size_t len;
	int i;

	len = strcspn(read_of(proc, s->pid, "oom_score_adj"), "\n");
	memcpy(adj, text, len < sizeof(adj) ? len : sizeof(adj) - 1);
	status = read_of(proc, s->pid, "status");
	if (!(name = after(status, "Name:")))
		return;			/* it has just gone */
	for (i = 0; i < LEN(holds); i++) {
		n = value_of(text, holds[i], 0);
		kib += n == NONE ? 0 : n;
	}
	if (!is_changed && kib == s->kib)
		return;
	s->kib = kib;
	p = put_number(p, (uint64_t)s->pid);
	*p++ = ',';
	p = put_comm(p, name);
	*p++ = ',';
	p = put_number(p, (uint64_t)s->score);
	*p++ = ',';
	p = put(p, adj);
	p = put_kib(p, "VmRSS:");
	p = put_kib(p, "RssFile:");
	p = put_kib(p, "RssShmem:");
	p = put_kib(p, "VmSwap:");
	p = put_kib(p, "VmPTE:");
	*p++ = ',';
	if (group >= 0)
		p = put_number(p, (uint64_t)group);
	*p++ = ',';
	if ((name = after(status, "State:")))
		*p++ = name[strspn(name, " \t")];
	p = put_kib(p, "PPid:");
	*p++ = '\n';
	hand_over(line, (size_t)(p - line));
}

static int
scan(int proc, const struct score *was, int n_was, struct score *is,
    uint64_t start_ms)
{
	static char entries[4096];
	uint64_t begin = now_ms();
	char line[64], *p;
	int n = 0, i, j, k, least = 0, larger, is_changed;
	long len, at;

	lseek(proc, 0, SEEK_SET);
	while ((len = syscall(SYS_getdents64, proc, entries,
	    sizeof(entries))) > 0)
		for (at = 0; at < len;) {
			const struct dirent64 *d = (void *)(entries + at);

			at += d->reclen;
			if (d->name[0] < '1' || d->name[0] > '9' ||
			    n == PROCESSES)
				continue;
			is[n].pid = atoi(d->name);
			is[n].score = atoi(read_of(proc, is[n].pid,
			    "oom_score"));
			is[n].kib = 0;
			if (is[n].score > 0)
				n++;
		}

	/* the score that only LARGEST - 1 others exceed */
	for (i = 0; i < n; i++) {
		for (larger = j = 0; j < n && larger < LARGEST; j++)
			larger += is[j].score > is[i].score;
		if (larger < LARGEST && (!least || is[i].score < least))
			least = is[i].score;
	}
	/* both lists are in the order of pids */
	for (i = j = k = 0; i < n || j < n_was;) {
		if (j < n_was && (i == n || was[j].pid < is[i].pid)) {
			p = put_tag(line, 'x', start_ms);
			p = put_number(p, (uint64_t)was[j++].pid);
			*p++ = '\n';
			hand_over(line, (size_t)(p - line));
			continue;
		}
		is_changed = j == n_was || was[j].pid != is[i].pid ||
		    was[j].score != is[i].score;
		if (!is_changed)
			is[i].kib = was[j].kib;
		/* of many that are equal and hold nothing, ten are enough */
		if (is_changed || (is[i].score >= least && k++ < LARGEST))
			hand_over_process(proc, &is[i], is_changed, start_ms);
		j += j < n_was && was[j].pid == is[i].pid;
		i++;
	}
	p = put_tag(line, 's', start_ms);
	p = put_number(p, (uint64_t)n);
	*p++ = ',';
	p = put_number(p, now_ms() - begin);
	*p++ = '\n';
	hand_over(line, (size_t)(p - line));
	return n;
}

static _Noreturn void
watch_processes(pid_t parent, uint64_t start_ms, long every_ms)
{
	static struct score score[2][PROCESSES];
	struct timespec ts = { every_ms / 1000, every_ms % 1000 * 1000000 };
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int n = 0, now = 0;

	/* a lock isn't handed down to a child */
	mlockall(MCL_CURRENT | MCL_FUTURE);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (proc < 0 || getppid() != parent)
		_exit(1);
	for (;; now = !now) {
		n = scan(proc, score[!now], n, score[now], start_ms);
		nanosleep(&ts, NULL);
	}
}

/* start-up */

/* What zoneinfo says of all zones together: min, low and high. */
static void
keep_watermarks(void)
{
	static const char *const key[] = { "min", "low", "high" };
	uint64_t sum[3] = { 0 };
	char value[80], *p = value;
	long kib = sysconf(_SC_PAGESIZE) / 1024;
	int i, fd = open("/proc/zoneinfo", O_RDONLY | O_CLOEXEC);
	const char *s, *next;

	if (fd < 0)
		return;
	reread(fd);
	close(fd);
	for (s = text; *s; s = next) {
		next = strchr(s, '\n');
		next = next ? next + 1 : s + strlen(s);
		s += strspn(s, " ");
		for (i = 0; i < 3; i++)
			if (strncmp(s, key[i], strlen(key[i])) == 0 &&
			    s[strlen(key[i])] == ' ') {
				uint64_t n = number(&s);

				sum[i] += n == NONE ? 0 : n * (uint64_t)kib;
				break;
			}
	}
	for (i = 0; i < 3; i++) {
		if (i > 0)
			*p++ = ' ';
		p = put_number(p, sum[i]);
	}
	*p = '\0';
	keep_header("watermarks_kib", value, NONE);
}

static void
keep_headers(void)
{
	uint64_t value[LEN(column)], n;
	struct sysinfo si;
	struct utsname uts;
	char word[LINE], *p;
	const char *s;
	int i, swaps = 0;

	keep_header("bustd trace", NULL, 1);
	if (uname(&uts) == 0) {
		p = put(word, uts.release);
		*p++ = ' ';
		*put(p, uts.machine) = '\0';
		keep_header("kernel", word, NONE);
	}
	s = read_path("/sys/kernel/mm/lru_gen/enabled");
	if (*s) {
		text[strcspn(text, "\n")] = '\0';
		keep_header("lru_gen", s, NONE);
	}
	keep_header("cpus", NULL, (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
	keep_header("page_kib", NULL, (uint64_t)sysconf(_SC_PAGESIZE) / 1024);
	keep_header("hz", NULL, (uint64_t)sysconf(_SC_CLK_TCK));
	if (sysinfo(&si) == 0)
		keep_header("ram_kib", NULL, (uint64_t)si.totalram *
		    (si.mem_unit ? si.mem_unit : 1) / 1024);
	s = read_path("/proc/sys/vm/min_free_kbytes");
	if ((n = number(&s)) != NONE)
		keep_header("min_free_kib", NULL, n);
	keep_watermarks();
	s = read_path("/proc/sys/vm/swappiness");
	if ((n = number(&s)) != NONE)
		keep_header("swappiness", NULL, n);
	keep_header("uptime_ms", NULL, rec.start_ms);
	/* the path of a swap file is nobody's business */
	for (s = reread(rec.fd[SWAPS]); (s = strchr(s, '\n')) && *++s;) {
		const char *size = s + strcspn(s, " \t\n");

		if (*s == '/') {
			n = number(&size);
			keep_header("swap", is_zram(s) ? "zram" : "disk", n);
			swaps++;
		}
	}
	if (!swaps)
		keep_header("swap", "none", NONE);
	sense(value);
	p = put(word, "t_ms");
	for (i = 0; i < LEN(column); i++) {
		rec.has[i] = value[i] != NONE;
		rec.last[i] = NONE;
		if (rec.has[i]) {
			*p++ = ',';
			p = put(p, column[i].name);
		}
	}
	*p = '\0';
	keep_header("columns", word, NONE);
	keep_header("process", "p,t_ms,pid,comm,oom_score,oom_score_adj,"
	    "rss_kib,rss_file_kib,rss_shmem_kib,swap_kib,page_tables_kib,pgid,"
	    "state,ppid", NONE);
}

static void
on_signal(int sig)
{
	stopped = sig;
}

/* Neither is needed to record; each is missed in an emergency. */
static void
take_privileges(void)
{
	struct sched_param sp = { .sched_priority = 2 };
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "-1000", 5) != 5)
		say("the kernel's OOM killer may choose it (run it as root)", NULL);
	if (fd >= 0)
		close(fd);
	if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
		say("may not lock its memory: it will stall like anyone", NULL);
	/* the library's may be a stub (musl) */
	if (syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &sp) < 0)
		say("may not outrank others: looks will come late", NULL);
}

static const char usage[] =
"usage: record [-i MS] [-p MS] [-t SECONDS] [-b KIB] [-u] [-o FILE]\n"
"Writes what bustd senses, a look per line, for test/replay.\n"
"  -i MS       between two looks (100)\n"
"  -p MS       between two scans of the processes (1000; 0: none)\n"
"  -t SECONDS  end after so long (0: when it is stopped)\n"
"  -b KIB      locked buffer, in which lines wait while memory is short (512)\n"
"  -u          write each line at once: where the machine won't come back\n"
"  -o FILE     where to (standard output)\n";

static long
argument(const char *s, long least, long most)
{
	char *end;
	long n = strtol(s, &end, 10);

	if (end == s || *end || n < least || n > most) {
		say(s, "not a number that makes sense here (-h)");
		exit(1);
	}
	return n;
}

int
main(int argc, char **argv)
{
	long every_ms = 100, scan_ms = 1000, seconds = 0, kib = 512;
	struct sigaction sa = { .sa_handler = on_signal };
	uint64_t value[LEN(column)], next;
	int i, at_once = 0;
	pid_t self = getpid(), child = 0;

	(void)argc;
	rec.out = 1;
	while (*++argv) {
		char letter = (*argv)[0] == '-' ? (*argv)[1] : '\0';
		const char *arg = "";

		/* -i100 and -i 100 */
		if (letter && strchr("iptbo", letter)) {
			arg = (*argv)[2] ? *argv + 2 : argv[1];
			if (!(*argv)[2] && arg)
				argv++;
		} else if (letter && (*argv)[2])
			letter = '\0';
		switch (arg ? letter : '\0') {
		case 'i': every_ms = argument(arg, 1, 3600000); break;
		case 'p': scan_ms = argument(arg, 0, 3600000); break;
		case 't': seconds = argument(arg, 0, 100000000); break;
		case 'b': kib = argument(arg, 16, 1048576); break;
		case 'u': at_once = 1; break;
		case 'o':
			rec.out = open(arg, O_WRONLY | O_CREAT | O_TRUNC |
			    O_CLOEXEC, 0644);
			if (rec.out < 0)
				die(arg);
			break;
		default:
			if (write(letter == 'h' ? 1 : 2, usage,
			    sizeof(usage) - 1) < 0)
				return 1;
			return letter != 'h';
		}
	}

	for (i = 0; i < FILES; i++)
		rec.fd[i] = open(path[i], O_RDONLY | O_CLOEXEC);
	if (rec.fd[MEMINFO] < 0)
		die(path[MEMINFO]);
	rec.size = (size_t)kib * 1024;
	rec.buf = mmap(NULL, rec.size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	ring = mmap(NULL, sizeof(*ring), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (rec.buf == MAP_FAILED || ring == MAP_FAILED)
		die("mmap");
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	take_privileges();
	rec.start_ms = next = now_ms();
	open_zrams();
	keep_headers();
	if (scan_ms && (child = fork()) == 0) {
		/* the parent stops it, with what is in the ring */
		signal(SIGINT, SIG_IGN);
		signal(SIGTERM, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
		watch_processes(self, rec.start_ms, scan_ms);
	}

	while (!stopped) {
		uint64_t now = now_ms();
		struct timespec ts;

		sense(value);
		if (value_named(value, "SwapTotal") != rec.swap_total) {
			rec.swap_total = value_named(value, "SwapTotal");
			open_zrams();
			sense(value);
		}
		keep_look(value, now - rec.start_ms);
		drain();
		if (at_once || (is_plenty(value) &&
		    now - rec.written_ms >= CALM_MS))
			write_all();
		if (seconds && now - rec.start_ms >= (uint64_t)seconds * 1000)
			break;
		/* who comes late doesn't catch up */
		next += (uint64_t)every_ms;
		if (next < (now = now_ms()))
			next = now;
		ts.tv_sec = (time_t)(next / 1000);
		ts.tv_nsec = (long)(next % 1000) * 1000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	}
	if (child > 0)
		kill(child, SIGKILL);
	drain();
	write_all();
	fsync(rec.out);
	return 0;
}
