/* SPDX-License-Identifier: MIT */
/*
 * odd - what a guest runs where a plain eater won't do: memory that no RSS
 * shows, and processes that are hard to judge.  For tests only; one static
 * binary, called as
 *
 *	odd COMMAND [KEY=VALUE...]
 *
 * Memory that no RSS shows, or that no kill gives back:
 *
 * ptes		page tables: maps the zero page once in every 2 MiB, so that
 *		each touch costs a page table and no page
 * pipes	writes to pipes that nobody reads (this stands for sockets and
 *		drivers too)
 * file path=F	a file, written bit by bit by a small process
 * shm		a System V segment, which outlives the process: it is left
 *		behind when the process has filled it and ends
 * shared	MAP_SHARED | MAP_ANONYMOUS: counted as tmpfs, but gone with the
 *		process
 *
 * Processes that are hard to judge:
 *
 * work max=S	a working set of S MiB, incompressible, written at random for
 *		good at some 30 pages a ms
 * workers n=N size=KIB path=LIB
 *		a service of N idle workers, which touch KIB each and all of
 *		the library LIB, which they share
 * lookups path=DIR rate=N
 *		N lookups per second of names that aren't in DIR
 * eat		no more than that
 * spike [n=N] [hold=MS]
 *		eats up to max=, keeps it for MS (500), gives it back, N times
 *		over with as long a pause between, and ends
 * sharers n=N	N sleepers on the memory of one process, which eats and ignores
 *		SIGTERM
 * threads n=N	eats with N threads
 * relay [stay=1]
 *		eats, and each second goes on in a child, while the parent
 *		ends; with stay=1 it sleeps and keeps what it had
 *
 * Watching:
 *
 * census out=F	write down every process but kernel threads and those at
 *		oom_score_adj -1000 (the harness): pid, start time, process
 *		group, name
 * missing out=F
 *		which of those in F are dead by now: GONE pid group name
 *
 * For all: name=COMM; adj=N (oom_score_adj, 0 when not given); uid=N; sid=1 (a
 * session of its own); rate=MIB per second (8); max=MIB; leave=P, to stop when
 * only P percent of RAM are available.  Who has stopped sleeps and keeps what it
 * has, or ends with end=1.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common.h"

enum { KIB = 1024, MIB = 1024 * KIB, STACK = 8 * KIB, SHARERS = 64 };

/* the flags of the command line, by their names there */
static const char *path = "/run/odd", *out, *name;
static long rate = 8, max_mib = 1L << 30, leave, adj, uid, sid, n = 1, size;
static long stay, hold_ms = 500, end_then;

static uint64_t start_us;

static uint64_t
random64(void)
{
	static __thread uint64_t x;

	if (!x)
		x = (now_us() + (uint64_t)syscall(SYS_gettid)) * 2654435761u;
	x ^= x << 13;
	x ^= x >> 7;
	return x ^= x << 17;
}

/* A line of /proc/meminfo in KiB, by an open descriptor: an open could wait
 * for memory. */
static long
meminfo(const char *key)
{
	static int fd = -1;
	static char buf[8192];
	const char *p;
	ssize_t len;

	if (fd < 0)
		fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	len = pread(fd, buf, sizeof(buf) - 1, 0);
	buf[len > 0 ? len : 0] = '\0';
	p = strstr(buf, key);
	return p ? atol(p + strlen(key)) : 0;
}

static void
sleep_for_good(void)
{
	for (;;)
		pause();
}

static char *
map(size_t bytes, int flags)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	return p;
}

static void
fill_page(char *page)
{
	uint64_t *word = (uint64_t *)(void *)page;
	size_t i;

	for (i = 0; i < PAGE / sizeof(*word); i++)
		word[i] = random64();
}

static void
fill(char *p, size_t bytes)
{
	size_t i;

	for (i = 0; i + PAGE <= bytes; i += PAGE)
		fill_page(p + i);
}

/* Once so much has been taken since the start: waits as long as rate= wants.
 * 0 when max= or leave= is reached. */
static int
may_go_on(uint64_t taken)
{
	uint64_t due_us = start_us + taken * 1000000 / MIB / (uint64_t)rate;
	uint64_t now = now_us();

	if (taken >= (uint64_t)max_mib * MIB)
		return 0;
	if (leave && meminfo("MemAvailable:") <
	    meminfo("MemTotal:") * leave / 100)
		return 0;
	if (due_us > now + 1000)
		nap_us(due_us - now);
	return 1;
}

/* memory that no RSS shows */

static void
ptes(void)
{
	const size_t per_table = 2 * MIB, tables = 512;
	uint64_t taken = 0;
	volatile char *p;
	size_t i;

	do {
		p = map(per_table * tables, MAP_PRIVATE);
		for (i = 0; i < tables; i++)
			(void)p[i * per_table];
		taken += tables * PAGE;
	} while (may_go_on(taken));
}

static void
pipes(void)
{
	static char buf[64 * KIB];
	struct rlimit files = { 60000, 60000 };
	uint64_t taken = 0;
	ssize_t len;
	int p[2];

	setrlimit(RLIMIT_NOFILE, &files);
	memset(buf, 'x', sizeof(buf));
	do {
		if (pipe(p) < 0)
			fail("pipe");
		fcntl(p[0], F_SETPIPE_SZ, MIB);
		fcntl(p[1], F_SETFL, O_NONBLOCK);
		while ((len = write(p[1], buf, sizeof(buf))) > 0)
			taken += (uint64_t)len;
	} while (may_go_on(taken));
}

static void
file(void)
{
	static char buf[64 * KIB];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	uint64_t taken = 0;

	if (fd < 0)
		fail(path);
	memset(buf, 'x', sizeof(buf));
	do {
		if (write(fd, buf, sizeof(buf)) != sizeof(buf))
			fail(path);
		taken += sizeof(buf);
	} while (may_go_on(taken));
}

static void
fill_slowly(char *p)
{
	uint64_t taken = 0;

	do {
		fill_page(p + taken);
		taken += PAGE;
	} while (may_go_on(taken));
}

static void
shm(void)
{
	size_t bytes = (size_t)max_mib * MIB;
	int id = shmget(IPC_PRIVATE, bytes, IPC_CREAT | 0600);
	void *p = id < 0 ? (void *)-1 : shmat(id, NULL, 0);

	if (p == (void *)-1)
		fail("shm");
	fill_slowly(p);
	exit(0);
}

static void
shared(void)
{
	fill_slowly(map((size_t)max_mib * MIB, MAP_SHARED));
}

/* processes that are hard to judge */

static void
work(void)
{
	size_t bytes = (size_t)max_mib * MIB;
	char *p = map(bytes, MAP_PRIVATE);
	unsigned i;

	fill(p, bytes);
	for (i = 0; ; i++) {
		p[random64() % (bytes / PAGE) * PAGE]++;
		if (i % 32 == 0)
			nap_us(1000);
	}
}

/* The kernel counts a process's pages in batches of 64: a worker that holds
 * less than that would show an RSS of 0, so each of them touches one page so
 * often that its count is up to date. */
static void
be_counted(void)
{
	char *p = map(PAGE, MAP_PRIVATE);
	int i;

	for (i = 0; i < 130; i++) {
		*(volatile char *)p = 1;
		madvise(p, PAGE, MADV_DONTNEED);
	}
}

static void
workers(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	volatile char *library;
	struct stat st;
	long i;
	off_t at;

	if (fd < 0 || fstat(fd, &st) < 0)
		fail(path);
	library = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (library == MAP_FAILED)
		fail(path);
	for (i = 0; i < n; i++) {
		if (fork() != 0)
			continue;
		for (at = 0; at < st.st_size; at += PAGE)
			(void)library[at];
		fill(map((size_t)size * KIB, MAP_PRIVATE), (size_t)size * KIB);
		be_counted();
		sleep_for_good();
	}
}

static void
lookups(void)
{
	enum { LONG = 150 };		/* a name that no dentry holds inline */
	char missing[512];
	struct stat st;
	int64_t ahead_us;
	long i;
	int len;

	for (i = 0; ; i++) {
		len = snprintf(missing, sizeof(missing) - LONG - 1, "%s/%ld",
		    path, i);
		memset(missing + len, 'x', LONG);
		missing[len + LONG] = '\0';
		stat(missing, &st);
		if (i % 64 != 0)
			continue;
		ahead_us = (int64_t)i * 1000000 / rate -
		    (int64_t)(now_us() - start_us);
		if (ahead_us > 1000)
			nap_us((uint64_t)ahead_us);
	}
}

static void
eat(void)
{
	uint64_t taken = 0;

	do {
		fill(map(MIB / 4, MAP_PRIVATE), MIB / 4);
		taken += MIB / 4;
	} while (may_go_on(taken));
}

static void
spike(void)
{
	size_t bytes = (size_t)max_mib * MIB;
	char *p;
	long i;

	for (i = 0; i < n; i++) {
		if (i > 0)
			nap_us((uint64_t)hold_ms * 1000);
		start_us = now_us();
		p = map(bytes, MAP_PRIVATE);
		fill_slowly(p);
		nap_us((uint64_t)hold_ms * 1000);
		munmap(p, bytes);
	}
	exit(0);
}

static int
just_sleep(void *arg)
{
	sleep_for_good();
	return arg != NULL;
}

static void
sharers(void)
{
	static _Alignas(16) char stack[SHARERS][STACK];
	long i;

	signal(SIGTERM, SIG_IGN);
	for (i = 0; i < n && i < SHARERS; i++)
		if (clone(just_sleep, stack[i] + STACK, CLONE_VM | CLONE_FS |
		    CLONE_FILES | CLONE_SIGHAND | SIGCHLD, NULL) < 0)
			fail("clone");
	eat();
}

static void *
eat_in_thread(void *arg)
{
	eat();
	sleep_for_good();
	return arg;
}

static void
threads(void)
{
	pthread_t t;
	long i;

	rate = rate > n ? rate / n : 1;
	for (i = 0; i < n; i++)
		if (pthread_create(&t, NULL, eat_in_thread, NULL) != 0)
			fail("pthread_create");
}

static void
relay(void)
{
	long total = max_mib, eaten;
	pid_t child;

	signal(SIGCHLD, SIG_IGN);
	for (eaten = 0; eaten < total; eaten += rate) {
		start_us = now_us();
		max_mib = rate;
		eat();
		child = fork();
		if (child < 0)
			fail("fork");
		if (child > 0) {
			if (stay)
				sleep_for_good();
			exit(0);
		}
	}
}

/* watching */

struct process {
	char comm[64];
	unsigned long flags;
	unsigned long long start;
	long threads, adj, group;
	char state;
};

/* What /proc/PID/stat says; 0 when there is no such process. */
static int
look_at(long pid, struct process *p)
{
	enum { KTHREAD = 0x200000 };
	char file[64], buf[1024], *end;
	FILE *f;
	size_t len;

	snprintf(file, sizeof(file), "/proc/%ld/stat", pid);
	f = fopen(file, "r");
	if (!f)
		return 0;
	len = fread(buf, 1, sizeof(buf) - 1, f);
	fclose(f);
	buf[len] = '\0';
	end = strrchr(buf, ')');
	if (!end || !strchr(buf, '('))
		return 0;
	*end = '\0';
	snprintf(p->comm, sizeof(p->comm), "%s", strchr(buf, '(') + 1);
	/* state, field 3; pgrp, 5; flags, 9; num_threads, 20; starttime, 22 */
	if (sscanf(end + 2, "%c %*d %ld %*d %*d %*d %lu %*u %*u %*u %*u %*u "
	    "%*u %*d %*d %*d %*d %ld %*d %llu", &p->state, &p->group,
	    &p->flags, &p->threads, &p->start) != 5)
		return 0;
	p->adj = -1000;
	snprintf(file, sizeof(file), "/proc/%ld/oom_score_adj", pid);
	f = fopen(file, "r");
	if (f) {
		if (fscanf(f, "%ld", &p->adj) != 1)
			p->adj = -1000;
		fclose(f);
	}
	return !(p->flags & KTHREAD);
}

/* A zombie whose threads live on is alive. */
static int
is_alive(const struct process *p)
{
	return (p->state != 'Z' && p->state != 'X') || p->threads > 1;
}

static void
census(void)
{
	FILE *list = fopen(out, "w");
	DIR *proc = opendir("/proc");
	struct dirent *e;
	struct process p;

	if (!proc || !list)
		fail(out);
	while ((e = readdir(proc))) {
		long pid = atol(e->d_name);

		if (pid > 0 && look_at(pid, &p) && is_alive(&p) &&
		    p.adj > -1000)
			fprintf(list, "%ld %llu %ld %s\n", pid, p.start,
			    p.group, p.comm);
	}
	closedir(proc);
	fclose(list);
	exit(0);
}

static void
missing(void)
{
	FILE *list = fopen(out, "r");
	unsigned long long start;
	struct process p;
	char comm[64];
	long pid, group;

	if (!list)
		fail(out);
	while (fscanf(list, "%ld %llu %ld %63[^\n]", &pid, &start, &group,
	    comm) == 4)
		if (!look_at(pid, &p) || p.start != start || !is_alive(&p))
			printf("GONE %ld %ld %s\n", pid, group, comm);
	fclose(list);
	exit(0);
}

static void
set_flag(char *arg)
{
	static const struct number_flag number[] = {
		{ "rate", &rate }, { "max", &max_mib }, { "leave", &leave },
		{ "adj", &adj }, { "uid", &uid }, { "sid", &sid },
		{ "n", &n }, { "size", &size }, { "stay", &stay },
		{ "hold", &hold_ms }, { "end", &end_then },
	};
	static const struct { const char *key; const char **value; } text[] = {
		{ "path", &path }, { "out", &out }, { "name", &name },
	};
	char *value = strchr(arg, '=');
	size_t i;

	if (value) {
		*value++ = '\0';
		if (set_number(number, sizeof(number) / sizeof(*number), arg,
		    value))
			return;
		for (i = 0; i < sizeof(text) / sizeof(*text); i++)
			if (strcmp(arg, text[i].key) == 0) {
				*text[i].value = value;
				return;
			}
	}
	no_such_flag(arg);
}

int
main(int argc, char **argv)
{
	static const struct { const char *name; void (*run)(void); } command[] =
	{
		{ "ptes", ptes }, { "pipes", pipes }, { "file", file },
		{ "shm", shm }, { "shared", shared }, { "work", work },
		{ "workers", workers }, { "lookups", lookups },
		{ "eat", eat }, { "spike", spike },
		{ "sharers", sharers }, { "threads", threads },
		{ "relay", relay }, { "census", census },
		{ "missing", missing },
	};
	const char *what = argc < 2 ? "" : argv[1];
	size_t i;

	for (argv += 1 + (argc > 1); *argv; argv++)
		set_flag(*argv);
	for (i = 0; i < sizeof(command) / sizeof(*command); i++) {
		if (strcmp(what, command[i].name) != 0)
			continue;
		if (command[i].run != census && command[i].run != missing)
			set_adj(adj);
		prctl(PR_SET_NAME, name ? name : what);
		prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
		if (sid)
			setsid();
		if (uid && setuid((uid_t)uid) < 0)
			fail("setuid");
		if (rate < 1)
			rate = 1;
		start_us = now_us();
		command[i].run();
		if (end_then)
			return 0;
		sleep_for_good();
	}
	fprintf(stderr, "odd: %s: no such command (see qemu/odd.c)\n", what);
	return 100;
}
