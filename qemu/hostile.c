/* SPDX-License-Identifier: MIT */
/*
 * hostile - what makes life hard for bustd in a guest.  For tests only; one
 * static binary, called as
 *
 *	hostile bare [drop=CAP[,CAP...]] [uid=N] [closed=1] [pidns=1]
 *		[first=1] [stderr=pipe|closed|tty|FILE] -- PROGRAM ARG...
 *			runs a program without capabilities (by number, or
 *			all), as another user, with descriptors 0-2 closed, as
 *			a child in a PID namespace of its own with a /proc of
 *			it, or as its PID 1; with stderr in a pipe that is
 *			full, in one that nobody reads, in a terminal that
 *			nobody reads and that is full but for some lines, or
 *			in a file
 *	hostile bomb ms=T	each child forks on, and eats a little, for T ms
 *			(twice as many each 0.4 s)
 *	hostile hold-traced	holds itself in a ptrace stop: eats, stopped
 *			by a tracer that never lets it go on
 *	hostile churn ms=T	forks children that end at once, for T ms; says
 *			how many, and how many of them a signal ended
 *	hostile rounds n=N size=MIB [adj=N]
 *			N eaters one after the other, each of which ends by
 *			itself within a few ms of the kill, before or after,
 *			and whose pid is given to others at once; each second
 *			one eats in two steps, so that it is armed by the
 *			second; says the same
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "common.h"

enum { CAPS = 64, BOMB_KIB = 2048 };

static long ms = 5000, n = 1, size = 8, uid, closed, pidns, first, adj;
static const char *drop, *stderr_to;

/* Large pages where there are: an eater that is ready in no time. */
static void
eat(size_t bytes)
{
	size_t i;
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE |
	    MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return;
	madvise(p, bytes, MADV_HUGEPAGE);
	for (i = 0; i < bytes; i += PAGE)
		p[i] = 1;
}

static void
drop_capabilities(void)
{
	const char *s = drop;
	int cap;

	for (cap = 0; strcmp(drop, "all") == 0 && cap < CAPS; cap++)
		prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	for (; *s >= '0' && *s <= '9'; s += *s == ',')
		if (prctl(PR_CAPBSET_DROP, strtol(s, (char **)&s, 10), 0, 0,
		    0) < 0)
			fail("PR_CAPBSET_DROP");
}

/* Writes at most bytes, or until it would have to wait. */
static void
fill(int fd, long bytes)
{
	static char text[64];

	memset(text, '.', sizeof(text));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (bytes > 0 && write(fd, text, sizeof(text)) > 0)
		bytes -= (long)sizeof(text);
	fcntl(fd, F_SETFL, 0);
}

/* The other ends stay open: the program inherits them. */
static void
set_stderr(void)
{
	enum { TTY_BUFFER = 65536 };	/* the kernel's, in bytes */
	int fd[2], master;

	if (strcmp(stderr_to, "tty") == 0) {
		master = posix_openpt(O_RDWR | O_NOCTTY);
		if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
			fail("posix_openpt");
		fd[1] = open(ptsname(master), O_WRONLY | O_NOCTTY);
		if (fd[1] < 0)
			fail(ptsname(master));
		fill(fd[1], TTY_BUFFER - 8192);
	} else if (strcmp(stderr_to, "pipe") != 0 &&
	    strcmp(stderr_to, "closed") != 0) {
		fd[1] = open(stderr_to, O_WRONLY | O_CREAT | O_APPEND, 0600);
		if (fd[1] < 0)
			fail(stderr_to);
	} else {
		if (pipe(fd) < 0)
			fail("pipe");
		if (*stderr_to == 'p')
			fill(fd[1], 1L << 30);
		else
			close(fd[0]);
	}
	dup2(fd[1], STDERR_FILENO);
	close(fd[1]);
}

static int
bare(char **argv)
{
	int status = 0, fd;
	pid_t pid;

	if (pidns || first) {
		if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0)
			fail("unshare");
		pid = fork();
		if (pid < 0)
			fail("fork");
		if (pid > 0) {
			waitpid(pid, &status, 0);
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
		}
		if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("proc", "/proc", "proc", 0, NULL) < 0)
			fail("mount");
	}
	if (pidns) {
		/* a PID 1 of the namespace that only waits */
		pid = fork();
		if (pid > 0) {
			waitpid(pid, &status, 0);
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
		}
	}
	if (drop)
		drop_capabilities();
	if (uid && (setgid((gid_t)uid) < 0 || setuid((uid_t)uid) < 0))
		fail("setuid");
	if (stderr_to)
		set_stderr();
	for (fd = 0; closed && fd <= 2; fd++)
		close(fd);
	execv(*argv, argv);
	fail(*argv);
	return 1;
}

static void
bomb(void)
{
	uint64_t end = now_ms() + (uint64_t)ms;
	int i;

	set_adj(0);
	if (setpgid(0, 0) < 0)	/* as a shell's job, or a service */
		fail("setpgid");
	prctl(PR_SET_NAME, "bomb");
	signal(SIGCHLD, SIG_IGN);
	while (now_ms() < end) {
		fork();			/* both go on */
		for (i = 0; i < BOMB_KIB / 64; i++) {
			eat(64 * 1024);
			nap_us(400000 / (BOMB_KIB / 64));
		}
	}
	_exit(0);
}

static void
hold_traced(void)
{
	pid_t pid;
	int status;

	pid = fork();
	if (pid == 0) {
		set_adj(0);
		prctl(PR_SET_NAME, "eater");
		eat((size_t)size << 20);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(pid, &status, WUNTRACED);
	printf("%d\n", pid);
	fflush(stdout);
	for (;;)		/* never asks again what became of it */
		pause();
}

static void
count_end(int status, long *ended, long *signalled)
{
	++*ended;
	*signalled += WIFSIGNALED(status);
}

static void
churn(void)
{
	uint64_t end = now_ms() + (uint64_t)ms;
	long ended = 0, signalled = 0;
	int status;

	set_adj(0);
	prctl(PR_SET_NAME, "churn");
	while (now_ms() < end) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid > 0 && waitpid(pid, &status, 0) == pid)
			count_end(status, &ended, &signalled);
		nap_us(500);		/* some CPU for the others */
	}
	printf("churned=%ld signalled=%ld\n", ended, signalled);
}

/* The next fork gets this pid (CONFIG_CHECKPOINT_RESTORE), if it is free. */
static void
hand_on(pid_t pid)
{
	static int fd = -1;
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", pid - 1);

	if (fd < 0)
		fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	if (pwrite(fd, text, (size_t)len, 0) != len)
		fail("/proc/sys/kernel/ns_last_pid");
}

/* The one who gets an eater's pid stays for a while: a late signal would end
 * it. An eater's life follows bustd's reaction: shorter after each kill, longer
 * after each that came too late. */
static void
rounds(void)
{
	enum { STEP_US = 40000, NEAR_US = 4000, ADAPT_US = 250 };
	long i, killed = 0, others = 0, hit = 0, reused = 0, life_us;
	long about_us[2] = { 30000, 30000 };
	unsigned seed = 1;
	int status;
	pid_t pid, other;

	set_adj(-1000);
	for (i = 0; i < n; i++) {
		life_us = about_us[i % 2] + rand_r(&seed) % (2 * NEAR_US) -
		    NEAR_US;
		pid = fork();
		if (pid < 0)
			fail("fork");
		if (pid == 0) {
			set_adj(adj);
			prctl(PR_SET_NAME, "eater");
			eat((size_t)size << 19);
			if (i % 2)
				nap_us(STEP_US);
			eat((size_t)size << 19);
			nap_us((uint64_t)life_us);
			_exit(0);
		}
		waitpid(pid, &status, 0);
		killed += WIFSIGNALED(status);
		about_us[i % 2] += WIFSIGNALED(status) ? -ADAPT_US : ADAPT_US;
		if (about_us[i % 2] < NEAR_US)
			about_us[i % 2] = NEAR_US;
		hand_on(pid);
		other = fork();
		if (other < 0)
			continue;
		if (other == 0) {
			set_adj(adj);
			prctl(PR_SET_NAME, "reuser");
			nap_us(25000);
			_exit(0);
		}
		reused += other == pid;
		waitpid(other, &status, 0);
		count_end(status, &others, &hit);
	}
	printf("rounds=%ld killed=%ld reused=%ld about_us=%ld,%ld others=%ld "
	    "signalled=%ld\n", n, killed, reused, about_us[0], about_us[1],
	    others, hit);
}

static void
set_flag(char *arg)
{
	static const struct number_flag number[] = {
		{ "ms", &ms }, { "n", &n }, { "size", &size }, { "uid", &uid },
		{ "closed", &closed }, { "pidns", &pidns }, { "first", &first },
		{ "adj", &adj },
	};
	char *value = strchr(arg, '=');

	if (value) {
		*value++ = '\0';
		if (set_number(number, sizeof(number) / sizeof(*number), arg,
		    value))
			return;
		if (strcmp(arg, "drop") == 0) {
			drop = value;
			return;
		}
		if (strcmp(arg, "stderr") == 0) {
			stderr_to = value;
			return;
		}
	}
	no_such_flag(arg);
}

int
main(int argc, char **argv)
{
	static const struct { const char *name; void (*run)(void); } plain[] = {
		{ "bomb", bomb }, { "hold-traced", hold_traced },
		{ "churn", churn }, { "rounds", rounds },
	};
	const char *command = argc < 2 ? "" : argv[1];
	size_t i;

	for (argv += 1 + (argc > 1); *argv && strcmp(*argv, "--") != 0; argv++)
		set_flag(*argv);
	argv += *argv != NULL;
	if (strcmp(command, "bare") == 0 && *argv)
		return bare(argv);
	for (i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		if (strcmp(command, plain[i].name) == 0) {
			plain[i].run();
			return 0;
		}
	fprintf(stderr, "hostile: %s: no such command (see qemu/hostile.c)\n",
	    command);
	return 100;
}
