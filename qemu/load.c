/* SPDX-License-Identifier: MIT */
/*
 * load - what a guest runs beside bustd: it eats memory, stands by, reads and
 * watches.  For tests only; one static binary, called as
 *
 *	load COMMAND [KEY=VALUE...] [-- PROGRAM ARG...]
 *
 * hold size=S		touch S, then sleep
 * eat [rate=R] [max=S] [leave=P] [zeros=P] [share=1 n=N]
 *			eat R MiB/s (0: as fast as it can) up to S, or until
 *			only P percent of RAM is free or page cache, then hold
 *			it; P percent of each page are zeros; with N sleepers
 *			on the same memory
 * zombie ...		eat, but in a second thread, and end the first
 * group n=N ...	eat with N processes in a process group of their own
 * swarm n=N [size=S]	N children that touch S each and sleep
 * swarm n=N share=1	N that do no more than sleep, on the same memory, files
 *			and stack, to cost the kernel little
 * storm size=S every=MS	fork a child that touches S each MS, for good, in a
 *			process group of their own, as a shell's job or a
 *			service has it
 * livelock n=N size=S rate=R [ms=MS]
 *			N that write at random to S each, over and over, and one
 *			that eats; once one of them is dead (or MS are over) end
 *			all and print ms, or -1, and how many were left
 * fill path=F size=S [leave=P] [zeros=P]
 *			write a file, of S, or until only P percent of RAM are
 *			free, page cache or free swap
 * read path=F size=S [at=S] [seq=1] [by=map|pread|random] [pause=US]
 *			read pages of a file at random, or in a row, with a
 *			pause after each 16: mapped, by pread(2), or mapped with
 *			MADV_RANDOM (when not given); slot: pages read
 * beat			wake each 10 ms; slot: worst delay in us
 * watch [every=MS]	print a line on memory now and then
 * show out=F [n=N]	print the first N slots of F
 * count name=COMM	print how many live processes have this comm
 * await pid=N [ms=MS]	wait until it is dead; status 1 when it doesn't die
 * loop [n=N]		open, read and close the oom_score of each process, N
 *			times over; print how many there are, and how long it
 *			took to list them and to read them all, medians in us
 * run [flusher=1]	run a program, with PR_SET_IO_FLUSHER (Linux 5.6), which
 *			outlives an exec
 * enosys call=N[,N...]	run a program for which these system calls don't exist
 * trace out=F		run a program, and write down its system calls
 *
 * Sizes are MiB, or N% of RAM.  For all: name=COMM, adj=N (oom_score_adj, 0
 * when not given), uid=N (and gid), ignore=1 (SIGTERM), lock=1 (stays in RAM), rt=1
 * (SCHED_FIFO), out=F slot=I (a file of 64-bit counters, and which one).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sysinfo.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "common.h"

enum { STEP = 1 << 20, SLOTS = 64, CALLS = 32768 };

/* the flags of the command line, by their names there */
static const char *path, *out, *name, *call, *by = "random";
static uint64_t size, max = UINT64_MAX, at;
static double rate;
static long adj, pid, ms = 20000, every = 500, n = 1, slot;
static long leave, zeros, seq, ignore, lock, rt, pause_us, share, flusher, uid;
static uint64_t *slots;

static uint64_t
random64(void)
{
	static uint64_t x;

	if (!x)
		x = now_us() * 2654435761u + (uint64_t)getpid();
	x ^= x << 13;
	x ^= x >> 7;
	return x ^= x << 17;
}

/* A line of /proc/meminfo in KiB, by an open descriptor: an open could wait
 * for memory. */
static uint64_t
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
	return p ? strtoull(p + strlen(key), NULL, 10) : 0;
}

static uint64_t
to_bytes(const char *s)
{
	char *end;
	double v = strtod(s, &end);

	return (uint64_t)(*end == '%' ? v / 100 * 1024 *
	    (double)meminfo("MemTotal:") : v * (1 << 20));
}

static void
set_flag(char *arg)
{
	static const struct number_flag number[] = {
		{ "adj", &adj }, { "pid", &pid }, { "ms", &ms }, { "n", &n },
		{ "every", &every }, { "slot", &slot }, { "leave", &leave },
		{ "zeros", &zeros }, { "seq", &seq }, { "ignore", &ignore },
		{ "lock", &lock }, { "rt", &rt }, { "pause", &pause_us },
		{ "share", &share }, { "flusher", &flusher }, { "uid", &uid },
	};
	static const struct { const char *key; const char **value; } text[] = {
		{ "path", &path }, { "out", &out }, { "name", &name },
		{ "call", &call }, { "by", &by },
	};
	static const struct { const char *key; uint64_t *value; } bytes[] = {
		{ "size", &size }, { "max", &max }, { "at", &at },
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
		for (i = 0; i < sizeof(bytes) / sizeof(*bytes); i++)
			if (strcmp(arg, bytes[i].key) == 0) {
				*bytes[i].value = to_bytes(value);
				return;
			}
		if (strcmp(arg, "rate") == 0) {
			rate = atof(value);
			return;
		}
	}
	no_such_flag(arg);
}

/* What the flags say of the process itself. */
static void
settle_in(const char *command)
{
	struct sched_param sp = { .sched_priority = 2 };
	int fd;

	set_adj(adj);
	if (uid && (setgid((gid_t)uid) < 0 || setuid((uid_t)uid) < 0))
		fail("setuid");
	prctl(PR_SET_NAME, name ? name : command);
	if (ignore)
		signal(SIGTERM, SIG_IGN);
	if (rt && syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &sp) < 0)
		fail("sched_setscheduler");
	if (lock && mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
		fail("mlockall");
	if (!out || strcmp(command, "trace") == 0)
		return;
	fd = open(out, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, PAGE) < 0)
		fail(out);
	slots = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (slots == MAP_FAILED || mlock(slots, PAGE) < 0)
		fail(out);
	close(fd);
}

static void
sleep_for_good(void)
{
	for (;;)
		pause();
}

/* eating */

static int
had_enough(int with_swap)
{
	return leave && meminfo("MemFree:") + meminfo("Active(file):") +
	    meminfo("Inactive(file):") + with_swap * meminfo("SwapFree:") <=
	    meminfo("MemTotal:") * (uint64_t)leave / 100;
}

static void
fill_page(char *page)
{
	uint64_t *word = (uint64_t *)page;
	size_t i, random = PAGE / 8 * (size_t)(100 - zeros) / 100;

	for (i = 0; i < random; i++)
		word[i] = random64();
	page[0] = 1;		/* a page of zeros is touched, too */
}

static void
eat(uint64_t bytes)
{
	uint64_t start = now_us(), eaten = 0;
	int64_t ahead_us;
	char *p = NULL;
	size_t used = STEP;

	while (eaten < bytes) {
		if (used == STEP) {
			if (had_enough(0))
				break;
			p = mmap(NULL, STEP, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			if (p == MAP_FAILED) {
				nap_us(10000);
				continue;
			}
			used = 0;
		}
		fill_page(p + used);
		used += PAGE;
		eaten += PAGE;
		if (rate <= 0)
			continue;
		/* one look at the clock: a second one may be past due */
		ahead_us = (int64_t)((double)eaten / rate * 1e6 / STEP) -
		    (int64_t)(now_us() - start);
		if (ahead_us > 1000)
			nap_us((uint64_t)ahead_us);
	}
}

static void *
eat_in_thread(void *arg)
{
	eat(max);
	sleep_for_good();
	return arg;
}

static void
eat_as_zombie(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, eat_in_thread, NULL) != 0)
		fail("pthread_create");
	syscall(SYS_exit, 0);	/* ends this thread alone */
}

static void
eat_as_group(void)
{
	long i;

	if (setpgid(0, 0) < 0)
		fail("setpgid");
	rate /= (double)n;
	for (i = 0; i < n; i++)
		if (fork() == 0) {
			eat(max == UINT64_MAX ? max : max / (uint64_t)n);
			sleep_for_good();
		}
	sleep_for_good();
}

/* standing by */

static int
just_sleep(void *arg)
{
	sleep_for_good();
	return arg != NULL;
}

/* On one stack: all run the same few instructions and push the same values. */
static pid_t
sleep_on_our_memory(void)
{
	static _Alignas(16) char stack[PAGE];

	return clone(just_sleep, stack + PAGE, CLONE_VM | CLONE_FS |
	    CLONE_FILES | CLONE_SIGHAND | SIGCHLD, NULL);
}

static void
swarm(void)
{
	long i;

	for (i = 0; i < n; i++) {
		pid_t child = share ? sleep_on_our_memory() : fork();

		if (child < 0)
			fail("fork");
		if (child == 0) {
			eat(size);
			sleep_for_good();
		}
	}
	sleep_for_good();
}

static void
storm(void)
{
	if (setpgid(0, 0) < 0)
		fail("setpgid");
	for (;; nap_us((uint64_t)every * 1000))
		if (fork() == 0) {
			eat(size);
			sleep_for_good();
		}
}

static void
write_at_random(uint64_t bytes)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t i;

	if (p == MAP_FAILED)
		fail("mmap");
	for (i = 0; i + PAGE <= bytes; i += PAGE)
		fill_page(p + i);
	for (;;)
		p[random64() % (bytes / PAGE) * PAGE]++;
}

/* Itself it is to be above all: rt=1 lock=1 adj=-1000. */
static void
livelock(void)
{
	enum { CHILDREN = 64 };
	struct sched_param sp = { .sched_priority = 0 };
	struct pollfd p[CHILDREN];
	uint64_t start = now_us();
	pid_t child[CHILDREN];
	int i, last = (int)(n < CHILDREN ? n : CHILDREN - 1), died, left = 0;

	for (i = 0; i <= last; i++) {
		child[i] = fork();
		if (child[i] < 0)
			fail("fork");
		p[i] = (struct pollfd){ (int)syscall(SYS_pidfd_open, child[i],
		    0), POLLIN, 0 };
		if (child[i] > 0)
			continue;
		set_adj(0);
		syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &sp);
		prctl(PR_SET_NAME, i < last ? "thrasher" : "eater");
		if (i < last)
			write_at_random(size);
		eat(max);
		sleep_for_good();
	}
	died = poll(p, (nfds_t)last + 1, (int)ms);
	for (i = 0; i <= last; i++) {
		left += !p[i].revents;
		kill(child[i], SIGKILL);
	}
	printf("%ld %d\n", died > 0 ? (long)((now_us() - start) / 1000) : -1,
	    left);
	while (wait(NULL) > 0)
		;
}

static void
fill(void)
{
	static char page[PAGE];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0)
		fail(path);
	for (; size >= PAGE; size -= PAGE) {
		if (size % STEP == 0 && had_enough(1))
			break;
		fill_page(page);
		if (write(fd, page, PAGE) != PAGE)
			fail(path);
	}
	close(fd);
}

/*
 * The same pages, read in three ways, which kernels tell apart.  A plain map
 * reads 128 KiB around what it misses, so that a request brings in a good deal
 * that nobody asked for.  pread reads the page alone, and marks it as accessed
 * itself.  So does a map with MADV_RANDOM before Linux 6.3; since then (6.12 and
 * 7.2 here) what such a map accesses isn't recorded (vma_has_recency): its pages
 * are no working set, their refaults don't count as one, and PSI stays low
 * however long their readers wait.  LMDB does it so with MDB_NORDAHEAD.
 */
static void
read_pages(void)
{
	uint64_t pages = size / PAGE, i = 0, done = 0;
	int fd = open(path, O_RDONLY), copies = strcmp(by, "pread") == 0;
	static char page[PAGE];
	volatile char *p = NULL;

	if (!copies && strcmp(by, "map") != 0 && strcmp(by, "random") != 0)
		no_such_flag(by);
	if (fd < 0)
		fail(path);
	at &= -(uint64_t)PAGE;
	if (!copies) {
		p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, (off_t)at);
		if (p == MAP_FAILED)
			fail(path);
		if (seq)
			madvise((void *)p, size, MADV_SEQUENTIAL);
		else if (*by == 'r')
			madvise((void *)p, size, MADV_RANDOM);
	}
	for (;;) {
		i = seq ? i + 1 : random64();
		if (p)
			(void)p[i % pages * PAGE];
		else if (pread(fd, page, PAGE,
		    (off_t)(at + i % pages * PAGE)) != PAGE)
			fail(path);
		if (slots)
			slots[slot]++;
		if (pause_us && ++done % 16 == 0)
			nap_us((uint64_t)pause_us);
	}
}

static void
beat(void)
{
	const uint64_t period = 10000;
	uint64_t last = now_us(), now;

	for (;; last = now) {
		nap_us(period);
		now = now_us();
		if (slots && now - last - period > slots[slot])
			slots[slot] = now - last - period;
	}
}

/* watching */

static void
watch(void)
{
	int fd = open("/proc/pressure/memory", O_RDONLY);
	uint64_t start = now_us(), total = 0, last = 0, last_us = start, now;
	char buf[256], *p;
	double avg10;
	ssize_t len;

	for (;; nap_us((uint64_t)every * 1000)) {
		double all = (double)meminfo("MemTotal:") / 100;
		double swap = (double)meminfo("SwapTotal:") / 100;

		now = now_us();
		printf("%6.1f s  free %5.1f %%  available %5.1f %%",
		    (double)(now - start) / 1e6,
		    (double)meminfo("MemFree:") / all,
		    (double)meminfo("MemAvailable:") / all);
		if (swap > 0)
			printf("  swap free %5.1f %%",
			    (double)meminfo("SwapFree:") / swap);
		len = fd < 0 ? -1 : pread(fd, buf, sizeof(buf) - 1, 0);
		buf[len > 0 ? len : 0] = '\0';
		if ((p = strstr(buf, "avg10=")) && (avg10 = atof(p + 6)) >= 0 &&
		    (p = strstr(p, "total="))) {
			total = strtoull(p + 6, NULL, 10);
			printf("  psi avg10 %5.2f live %5.1f", avg10,
			    now > last_us ? 100 * (double)(total - last) /
			    (double)(now - last_us) : 0);
			last = total;
			last_us = now;
		}
		puts("");
		fflush(stdout);
	}
}

static void
show(void)
{
	long i;

	for (i = 0; i < n && i < SLOTS; i++)
		printf("%llu%c", (unsigned long long)slots[i],
		    i + 1 < n ? ' ' : '\n');
}

/* Field 2 of /proc/PID/stat in parentheses, then the state.  A zombie leader
 * whose threads live has state Z, and more than one in field 20. */
static int
is_alive(const char *id, const char *comm)
{
	char buf[512], *p;
	FILE *f;
	size_t len;

	snprintf(buf, sizeof(buf), "/proc/%s/stat", id);
	f = fopen(buf, "r");
	if (!f)
		return 0;
	len = fread(buf, 1, sizeof(buf) - 1, f);
	fclose(f);
	buf[len] = '\0';
	p = strrchr(buf, ')');
	if (!p || !strchr(buf, '(') || !comm)
		return 0;
	*p = '\0';
	return strcmp(strchr(buf, '(') + 1, comm) == 0 && p[2] != 'X' &&
	    p[2] != 'Z';
}

static void
count(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	long alive = 0;

	if (!d)
		fail("/proc");
	while ((e = readdir(d)))
		if (*e->d_name >= '0' && *e->d_name <= '9')
			alive += is_alive(e->d_name, name);
	printf("%ld\n", alive);
}

static int
await(void)
{
	uint64_t start = now_us();
	struct pollfd p = { (int)syscall(SYS_pidfd_open, pid, 0), POLLIN, 0 };

	if (p.fd < 0)
		return errno != ESRCH && errno != EINVAL;
	if (poll(&p, 1, (int)ms) <= 0)
		return 1;
	printf("%llu\n", (unsigned long long)(now_us() - start) / 1000);
	return 0;
}

/* What no scan of /proc can do without: three system calls per process.  The
 * paths are made while the processes are listed, so that the loop is empty. */

static int
by_value(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int
list_scores(int proc_fd, char (*file)[24], int most)
{
	static _Alignas(8) char buf[32768];
	const struct dirent *e;
	int files = 0;
	long len, i;

	lseek(proc_fd, 0, SEEK_SET);
	while ((len = syscall(SYS_getdents64, proc_fd, buf, sizeof(buf))) > 0)
		for (i = 0; i < len; i += e->d_reclen) {
			e = (const void *)(buf + i);
			if (*e->d_name < '0' || *e->d_name > '9' ||
			    files == most)
				continue;
			stpcpy(stpncpy(file[files++], e->d_name, 10),
			    "/oom_score");
		}
	return files;
}

static void
loop(void)
{
	enum { FILES = 40000, TIMES = 1000 };
	static char file[FILES][24];
	static uint64_t list_us[TIMES], loop_us[TIMES];
	int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY), files = 0, fd, i;
	char buf[128];
	long t;

	for (t = -1; t < n && t < TIMES; t++) {		/* the first warms up */
		uint64_t start = now_us(), listed;

		files = list_scores(proc_fd, file, FILES);
		listed = now_us();
		for (i = 0; i < files; i++) {
			fd = openat(proc_fd, file[i], O_RDONLY | O_CLOEXEC);
			if (fd < 0 || read(fd, buf, sizeof(buf)) < 0)
				fail(file[i]);
			close(fd);
		}
		if (t < 0)
			continue;
		loop_us[t] = now_us() - listed;
		list_us[t] = listed - start;
	}
	qsort(list_us, (size_t)t, sizeof(*list_us), by_value);
	qsort(loop_us, (size_t)t, sizeof(*loop_us), by_value);
	printf("%d %llu %llu\n", files, (unsigned long long)list_us[t / 2],
	    (unsigned long long)loop_us[t / 2]);
}

/* system calls */

static const struct { int nr; const char *name; } calls[] = {
#define CALL(x) { SYS_##x, #x }
	CALL(openat), CALL(read), CALL(write), CALL(writev), CALL(close),
	CALL(pread64), CALL(getdents64), CALL(sysinfo), CALL(pidfd_open),
	CALL(pidfd_send_signal), CALL(process_mrelease), CALL(kill),
	CALL(getpgid), CALL(nanosleep),
	/* what musl hides, or the kernel never had, on 32 bits */
#ifdef SYS_clock_gettime
	CALL(clock_gettime),
#else
	{ SYS_clock_gettime64, "clock_gettime" },
#endif
#ifdef SYS_mmap
	CALL(mmap),
#else
	{ SYS_mmap2, "mmap" },
#endif
	CALL(mlock), CALL(mlockall), CALL(faccessat), CALL(execve),
#ifdef SYS_open
	CALL(open), CALL(poll), CALL(getpgrp),
#endif
	CALL(ppoll), CALL(lseek), CALL(exit_group),
	CALL(rt_sigprocmask), CALL(rt_sigtimedwait), CALL(getpid),
	CALL(clone), CALL(kcmp),
};

static int
call_number(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (strlen(calls[i].name) == len &&
		    memcmp(calls[i].name, s, len) == 0)
			return calls[i].nr;
	return atoi(s);
}

/* linux/filter.h and linux/seccomp.h aren't where musl's compilers look. */
static void
enosys(void)
{
	struct { uint16_t code; uint8_t yes, no; uint32_t k; } f[2 + 2 * 16];
	struct { unsigned short len; void *filter; } prog = { 0, f };
	size_t i = 0, len;

	f[i].code = 0x20;			/* A = data.nr */
	f[i].yes = f[i].no = 0;
	f[i++].k = 0;
	for (; call && *call && i < 2 * 16; call += len + (call[len] == ',')) {
		len = strcspn(call, ",");
		f[i].code = 0x15;		/* A == k: next, else skip */
		f[i].yes = 0;
		f[i].no = 1;
		f[i++].k = (uint32_t)call_number(call, len);
		f[i].code = 0x06;		/* return */
		f[i].yes = f[i].no = 0;
		f[i++].k = 0x00050000 | ENOSYS;	/* SECCOMP_RET_ERRNO */
	}
	f[i].code = 0x06;
	f[i].yes = f[i].no = 0;
	f[i++].k = 0x7fff0000;			/* SECCOMP_RET_ALLOW */
	prog.len = (unsigned short)i;
	if (prctl(PR_SET_SECCOMP, 2 /* SECCOMP_MODE_FILTER */, &prog) < 0)
		fail("seccomp");
}

/* Kept in memory until the program has ended: writing could wait. */
static struct call {
	uint64_t entry_us, exit_us;
	int64_t ret;
	uint64_t arg[3];
	int nr;
	char path[20];
} traced[CALLS];

static void
print_call(FILE *f, const struct call *c)
{
	const char *s = "?";
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (calls[i].nr == c->nr)
			s = calls[i].name;
	fprintf(f, "%llu %llu %s %d %lld %lld %lld %lld %s\n",
	    (unsigned long long)c->entry_us, (unsigned long long)c->exit_us, s,
	    c->nr, (long long)c->ret, (long long)c->arg[0],
	    (long long)c->arg[1], (long long)c->arg[2], c->path);
}

static void
note_entry(pid_t child, struct call *c, const struct __ptrace_syscall_info *si)
{
	struct iovec here = { c->path, sizeof(c->path) - 1 };
	struct iovec there;

	memset(c, 0, sizeof(*c));
	c->entry_us = now_us();
	c->nr = (int)si->entry.nr;
	memcpy(c->arg, si->entry.args, sizeof(c->arg));
	if (c->nr != SYS_openat)
		return;
	there.iov_base = (void *)(uintptr_t)c->arg[1];
	there.iov_len = here.iov_len;
	if (process_vm_readv(child, &here, 1, &there, 1, 0) < 0)
		strcpy(c->path, "?");
}

/* Lines of: entry us, exit us, name, number, result, three arguments, path
 * of an openat.  Keeps the last CALLS of them. */
static int
trace(char **argv)
{
	struct __ptrace_syscall_info si;
	unsigned long long done = 0, i;
	pid_t child = fork();
	int status, sig = 0;
	FILE *f;

	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		execv(*argv, argv);
		fail(*argv);
	}
	memset(traced, 0, sizeof(traced));
	if (mlockall(MCL_CURRENT) < 0 || waitpid(child, &status, 0) < 0 ||
	    ptrace(PTRACE_SETOPTIONS, child, NULL,
	    (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) < 0)
		fail("ptrace");
	for (;;) {
		struct call *c = &traced[done % CALLS];

		if (ptrace(PTRACE_SYSCALL, child, NULL, (void *)(long)sig) < 0 ||
		    waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status))
			break;
		sig = WSTOPSIG(status);
		if (sig != (SIGTRAP | 0x80)) {
			if (sig == SIGTRAP)
				sig = 0;	/* the execve */
			continue;
		}
		sig = 0;
		if (ptrace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof(si),
		    &si) < 0)
			continue;
		if (si.op == PTRACE_SYSCALL_INFO_ENTRY) {
			note_entry(child, c, &si);
		} else if (si.op == PTRACE_SYSCALL_INFO_EXIT) {
			c->exit_us = now_us();
			c->ret = si.exit.rval;
			done++;
		}
	}
	f = fopen(out, "w");
	if (!f)
		fail(out);
	for (i = done > CALLS ? done - CALLS : 0; i < done; i++)
		print_call(f, &traced[i % CALLS]);
	fclose(f);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int
main(int argc, char **argv)
{
	static const struct { const char *name; void (*run)(void); } plain[] = {
		{ "zombie", eat_as_zombie }, { "group", eat_as_group },
		{ "swarm", swarm }, { "storm", storm },
		{ "livelock", livelock }, { "fill", fill },
		{ "read", read_pages }, { "loop", loop }, { "beat", beat },
		{ "watch", watch }, { "show", show }, { "count", count },
	};
	const char *command;
	size_t i;

	if (argc < 2) {
		fprintf(stderr, "load: what? (see qemu/load.c)\n");
		return 100;
	}
	command = argv[1];
	for (argv += 2; *argv && strcmp(*argv, "--") != 0; argv++)
		set_flag(*argv);
	argv += *argv != NULL;
	if (strcmp(command, "count") == 0 || strcmp(command, "await") == 0) {
		if (strcmp(command, "await") == 0)
			return await();
		count();
		return 0;
	}
	settle_in(command);
	if (strcmp(command, "enosys") == 0 || strcmp(command, "run") == 0) {
		if (*command == 'e')
			enosys();
		if (flusher && prctl(57 /* PR_SET_IO_FLUSHER */, 1L, 0L, 0L,
		    0L) < 0)
			fail("PR_SET_IO_FLUSHER");
		if (*argv)
			execv(*argv, argv);
		fail(*argv ? *argv : "no program");
	}
	if (strcmp(command, "trace") == 0 && *argv)
		return trace(argv);
	if (strcmp(command, "hold") == 0 || strcmp(command, "eat") == 0) {
		for (; share && n > 0; n--)
			sleep_on_our_memory();
		eat(*command == 'h' ? size : max);
		sleep_for_good();
	}
	for (i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		if (strcmp(command, plain[i].name) == 0) {
			plain[i].run();
			return 0;
		}
	fprintf(stderr, "load: %s: no such command (see qemu/load.c)\n",
	    command);
	return 100;
}
