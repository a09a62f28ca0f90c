/* SPDX-License-Identifier: MIT */
/*
 * inject - makes bustd's system calls fail, one after the other, and looks at
 * what becomes of it.  For tests only; static, runs as root in a guest.
 *
 *	inject [-p PART/PARTS] [-c CALL[:WHAT]] [-f CALL[:WHAT]]
 *	    [-e ERRNO] [-m MODE] BUSTD
 *
 * For each call that bustd makes after start-up, each errno and each mode
 * (the next call fails; each second one; all for as long as it takes): a
 * process eats, bustd has to find it while its calls fail, the fault passes.
 * A case has passed when
 *	the call was made, and did fail
 *	bustd lives, and took little time and woke rarely while it failed
 *	the eater is dead in the end, and nobody else
 * One bustd lives through all cases of a group, so that what one fault leaves
 * behind would show in the next.  Prints a line per case, each call that bustd
 * made but no case is about, and a total.  -p: only each PARTSth case; -f: the
 * table from this call on.
 *
 * By ptrace(2), not seccomp: a close that fails has closed all the same, so it
 * must be run first and have its result changed then.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "common.h"

enum {
	EATEN = 14,		/* percent of RAM, of which ... */
	SPARE = 6,		/* ... are left above bustd's floor */
	RATE = 60,		/* MiB/s of the eater */
	LAST_MS = 2500,		/* so long a lasting fault goes on at least */
	AFTER_MS = 1000,	/* and so long after the eater's end */
	KILL_MS = 4000,		/* from the end of the fault to the kill */
	HOLD_MS = 14000,	/* the same after bustd has given up for once:
				   it waits 10 s then */
	CPU_MAX = 20,		/* percent that bustd may take meanwhile */
	LOOKS_MAX = 150,	/* and looks per second: SLEEP_MIN_MS is 10 */
	INNOCENTS = 5,
	NUMBERS = 512,		/* of system calls */
};

static const char log_path[] = "/run/log";

/* what can fail */

static const struct { const char *name; int value; } errors[] = {
#define ERROR(x) { #x, x }
	ERROR(EINTR), ERROR(EAGAIN), ERROR(ENOMEM), ERROR(EMFILE),
	ERROR(ENFILE), ERROR(EIO), ERROR(EPERM), ERROR(ENOSYS), ERROR(ESRCH),
	ERROR(ENOENT),
};
enum { ERRORS = sizeof(errors) / sizeof(*errors) };

enum mode { ONCE, HALF, EVER, MODES };	/* HALF only by -m */
static const char *const modes[] = { "once", "half", "ever" };

/* Some calls are made only when another one fails, or when asked for. */
static const struct group {
	const char *flags;		/* for bustd, besides the usual */
	int always[2], error;		/* calls that fail all the time */
	const char *what;		/* of those, as in struct target */
	int reboots;			/* the eater isn't bustd's to end */
	const char *errors;		/* only those; they take long, since
					   bustd waits 10 s in between */
} groups[] = {
	{ "", { -1, -1 }, 0, NULL, 0, NULL },
	{ "-f 100", { -1, -1 }, 0, NULL, 0, NULL },
	{ "", { SYS_pidfd_open, -1 }, ENOSYS, NULL, 0, NULL },
	{ "", { SYS_pidfd_send_signal, -1 }, ENOSYS, NULL, 0, NULL },
	{ "-g", { -1, -1 }, 0, NULL, 0, NULL },
	{ "-u * -r oom", { -1, -1 }, 0, NULL, 0,
	    "EINTR EAGAIN EIO EPERM" },
	{ "-u * -r reboot", { SYS_reboot, -1 }, EPERM, NULL, 1,
	    "EPERM ENOSYS" },
};
enum { GROUPS = sizeof(groups) / sizeof(*groups) };
enum { PLAIN, OPEN, NO_PIDFD, NO_PIDFD_SIGNAL, BY_GROUP, BY_OOM, BY_REBOOT };

/* What: the end of the path that is opened or behind the descriptor; for ppoll
 * how many descriptors. */
static const struct target {
	int nr, group;
	const char *name, *what;
} targets[] = {
#define CALL(x, group, what) { SYS_##x, group, #x, what }
	CALL(clock_gettime, PLAIN, NULL), CALL(sysinfo, PLAIN, NULL),
	CALL(pread64, PLAIN, NULL), CALL(pread64, PLAIN, "meminfo"),
	CALL(pread64, OPEN, "memory"), CALL(pread64, PLAIN, "oom_score"),
	CALL(pread64, PLAIN, "status"),
	CALL(ppoll, PLAIN, NULL), CALL(ppoll, PLAIN, "one"),
	CALL(ppoll, PLAIN, "none"),
	CALL(rt_sigtimedwait, PLAIN, NULL), CALL(openat, PLAIN, NULL),
	CALL(openat, PLAIN, "oom_score"), CALL(openat, PLAIN, "oom_score_adj"),
	CALL(openat, PLAIN, "comm"), CALL(openat, PLAIN, "status"),
	CALL(close, PLAIN, NULL), CALL(lseek, PLAIN, NULL),
	CALL(getdents64, PLAIN, NULL), CALL(getpid, PLAIN, NULL),
	CALL(pidfd_open, PLAIN, NULL), CALL(pidfd_send_signal, PLAIN, NULL),
	CALL(process_mrelease, PLAIN, NULL), CALL(writev, PLAIN, NULL),
	CALL(writev, PLAIN, "kmsg"), CALL(writev, PLAIN, "log"),
	CALL(kill, PLAIN, NULL),
	CALL(kill, NO_PIDFD, NULL), CALL(pread64, NO_PIDFD, "oom_score"),
	CALL(kill, NO_PIDFD_SIGNAL, NULL),
	CALL(getpgid, BY_GROUP, NULL), CALL(kill, BY_GROUP, NULL),
	CALL(write, BY_OOM, NULL), CALL(reboot, BY_REBOOT, NULL),
};
enum { TARGETS = sizeof(targets) / sizeof(*targets) };

/* the fault in force */
static const struct group *group;
static const struct target *fault;	/* NULL: none */
static int fault_error;
static enum mode fault_mode;
static unsigned long hits, asked;

/* what is going on */
static pid_t bustd, eater, innocent[INNOCENTS];
static int bustd_status, eater_dead, dead_innocents, ready;
static unsigned long long calls, looks_made;
static unsigned char seen[NUMBERS];	/* call numbers after start-up */
static int pending;			/* errno to hand over at the exit */

/* CPU time of bustd in us: its process clock, as clock_getcpuclockid(3). */
static uint64_t
cpu_us(void)
{
	struct timespec ts = { 0, 0 };

	clock_gettime((clockid_t)(~(unsigned)bustd << 3 | 2), &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static unsigned long
meminfo(const char *key)
{
	char line[128];
	unsigned long kib = 0;
	FILE *f = fopen("/proc/meminfo", "r");

	if (!f)
		fail("/proc/meminfo");
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, key, strlen(key)) == 0)
			kib = strtoul(line + strlen(key), NULL, 10);
	fclose(f);
	return kib;
}

/* the others */

/* process_mrelease is for victims that don't get to free their pages: at its
 * SIGTERM this one goes to where it gets no CPU beside a hog, and uses up what
 * it is owed. */
static volatile int *hogging;
static int slow_exit;

__attribute__((noreturn))
static void
starve(int sig)
{
	struct sched_param sp = { 0 };

	syscall(SYS_sched_setscheduler, 0, 5 /* SCHED_IDLE */, &sp);
	*hogging = sig;
	for (;;)
		;
}

static pid_t
start_hog(void)
{
	pid_t pid;

	if (!hogging)
		hogging = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED |
		    MAP_ANONYMOUS, -1, 0);
	if (hogging == MAP_FAILED)
		fail("mmap");
	*hogging = 0;
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid > 0)
		return pid;
	set_adj(-1000);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		if (!*hogging)
			nap_us(1000);
}

/* A child that holds KIB, in a process group of its own. */
static pid_t
start_holder(const char *name, unsigned long kib, int rate)
{
	pid_t pid = fork();
	unsigned long i;
	char *p;

	if (pid < 0)
		fail("fork");
	if (pid > 0)
		return pid;
	setpgid(0, 0);
	set_adj(0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, name);
	signal(SIGTERM, !rate ? SIG_DFL : slow_exit ? starve : SIG_IGN);
	p = mmap(NULL, kib * 1024, PROT_READ | PROT_WRITE, MAP_PRIVATE |
	    MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		fail("mmap");
	for (i = 0; i < kib * 1024; i += PAGE) {
		p[i] = 1;
		/* pages per ms */
		if (rate && i / PAGE % (unsigned long)(rate * 256 / 1000) == 0)
			nap_us(1000);
	}
	for (;;)
		pause();
}

static void
start_bustd(const char *path)
{
	static char floor[8], flags[64];
	char *argv[16] = { (char *)(uintptr_t)path, "-n", "-k", "0", "-t",
	    "100", "-a", floor }, *word;
	unsigned long total = meminfo("MemTotal:"), n = 8;
	/* what is free for sure, with the page cache left alone */
	unsigned long rest = meminfo("MemAvailable:") -
	    meminfo("SReclaimable:") - meminfo("Active(file):") -
	    meminfo("Inactive(file):");
	int fd, status;

	snprintf(floor, sizeof(floor), "%lu",
	    total ? rest * 100 / total - SPARE : 0);
	snprintf(flags, sizeof(flags), "%s", group->flags);
	for (word = strtok(flags, " "); word; word = strtok(NULL, " "))
		argv[n++] = word;
	bustd = fork();
	if (bustd < 0)
		fail("fork");
	if (bustd == 0) {
		fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND |
		    O_CLOEXEC, 0600);
		dup2(fd, STDERR_FILENO);
		set_adj(0);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		execv(path, argv);
		fail(path);
	}
	ready = bustd_status = pending = 0;
	if (waitpid(bustd, &status, 0) < 0 || ptrace(PTRACE_SETOPTIONS, bustd,
	    NULL, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) < 0 ||
	    ptrace(PTRACE_SYSCALL, bustd, NULL, NULL) < 0)
		fail("ptrace");
}

/* the faults */

/* What a call is about: a path, or how many descriptors it polls. */
static void
what_of(const struct user_regs_struct *r, char *what, size_t size)
{
	char link[64];
	struct iovec here = { what, size - 1 };
	struct iovec there = { (void *)(uintptr_t)r->rsi, size - 1 };
	ssize_t n;

	memset(what, 0, size);
	switch (r->orig_rax) {
	case SYS_ppoll:
		strcpy(what, r->rsi > 1 ? "more" : r->rsi ? "one" : "none");
		return;
	case SYS_openat:
		/* the page's end may cut it short */
		if ((uintptr_t)r->rsi % PAGE > PAGE - size)
			here.iov_len = there.iov_len = PAGE -
			    (uintptr_t)r->rsi % PAGE;
		process_vm_readv(bustd, &here, 1, &there, 1, 0);
		return;
	}
	snprintf(link, sizeof(link), "/proc/%d/fd/%d", bustd, (int)r->rdi);
	n = readlink(link, what, size - 1);
	if (n < 0)
		*what = '\0';
}

static int
is_about(const struct user_regs_struct *r, const char *what)
{
	char path[64];
	size_t len, want;

	if (!what)
		return 1;
	what_of(r, path, sizeof(path));
	len = strlen(path);
	want = strlen(what);
	return len >= want && strcmp(path + len - want, what) == 0;
}

/* The errno with which this call has to fail, or 0. */
static int
error_for(const struct user_regs_struct *r)
{
	int nr = (int)r->orig_rax;

	if (fault && nr == fault->nr && is_about(r, fault->what)) {
		asked++;
		if (fault_mode == EVER || (fault_mode == ONCE && asked == 1) ||
		    (fault_mode == HALF && asked % 2 == 1)) {
			hits++;
			return fault_error;
		}
	}
	if ((nr == group->always[0] || nr == group->always[1]) &&
	    is_about(r, group->what))
		return group->error;
	return 0;
}

static void
handle_call(void)
{
	struct __ptrace_syscall_info si;
	struct user_regs_struct r;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, bustd, (void *)sizeof(si), &si) < 0
	    || ptrace(PTRACE_GETREGS, bustd, NULL, &r) < 0)
		return;			/* killed meanwhile */
	if (si.op == PTRACE_SYSCALL_INFO_ENTRY) {
		int nr = (int)r.orig_rax;

		calls++;
		if (nr == SYS_rt_sigtimedwait)
			ready = 1;	/* it is in its loop */
		looks_made += nr == SYS_sysinfo;	/* at least once each */
		/* the kernel's own, after that SIGSTOP */
		if (ready && nr >= 0 && nr < NUMBERS &&
		    nr != SYS_restart_syscall)
			seen[nr] = 1;
		pending = error_for(&r);
		if (!pending || nr == SYS_close)
			return;
		r.orig_rax = (unsigned long long)-1;	/* isn't run */
	} else if (si.op == PTRACE_SYSCALL_INFO_EXIT && pending) {
		r.rax = (unsigned long long)-pending;
		pending = 0;
	} else {
		return;
	}
	ptrace(PTRACE_SETREGS, bustd, NULL, &r);
}

/* Lets all run until a moment, or until *flag is set. */
static void
run_until(uint64_t end_ms, const int *flag)
{
	int status, sig, i;
	pid_t pid;

	while (now_ms() < end_ms && !*flag) {
		pid = waitpid(-1, &status, __WALL);	/* or the timer */
		if (pid < 0)
			continue;
		if (pid == bustd && WIFSTOPPED(status)) {
			sig = WSTOPSIG(status);
			if (sig == (SIGTRAP | 0x80))
				handle_call();
			if (sig == (SIGTRAP | 0x80) || sig == SIGTRAP ||
			    sig == SIGSTOP)
				sig = 0;
			/* free to run as fast as it can between the cases */
			ptrace(fault || group->error || !ready ?
			    PTRACE_SYSCALL : PTRACE_CONT, bustd, NULL,
			    (void *)(intptr_t)sig);
			continue;
		}
		if (pid == bustd)
			bustd_status = status | 1 << 16;
		if (pid == eater)
			eater_dead = 1;
		for (i = 0; i < INNOCENTS; i++)
			if (pid == innocent[i])
				dead_innocents++;
	}
}

static void
start_innocents(void)
{
	unsigned long total = meminfo("MemTotal:");
	int i;

	for (i = 0; i < INNOCENTS; i++)
		innocent[i] = start_holder(i ? "sleeper" : "bystander",
		    i ? 256 : total / 40, 0);
	sleep(1);		/* until they hold it */
}

static int
log_has(const char *what)
{
	static char text[16384];
	int fd = open(log_path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return strstr(text, what) != NULL;
}

static void
show_log(void)
{
	char line[512];
	FILE *f = fopen(log_path, "r");

	while (f && fgets(line, sizeof(line), f))
		printf("    | %s", line);
	if (f)
		fclose(f);
}

/* One case.  1 when it has passed. */
static int
try_case(const struct target *t, int e, enum mode mode)
{
	unsigned long total = meminfo("MemTotal:");
	unsigned long eaten = total / 100 * EATEN;
	uint64_t start, ms, fault_ms, cpu;
	pid_t hog = 0;
	unsigned long long made, looked;
	unsigned long percent, rate, looks;
	char why[128] = "";

	if (truncate(log_path, 0) < 0)
		fail(log_path);
	/* the last one's memory is back, and bustd sleeps, or looks again
	 * after it had given up */
	run_until(now_ms() + (group->errors ? HOLD_MS : 300), &bustd_status);
	hits = asked = 0;
	fault_error = errors[e].value;
	fault_mode = mode;
	fault = t;
	kill(bustd, SIGSTOP);		/* stops at each call from here on */
	run_until(now_ms() + 5, &bustd_status);
	start = now_ms();
	cpu = cpu_us();
	made = calls;
	looked = looks_made;
	eater_dead = 0;
	slow_exit = t->nr == SYS_process_mrelease;
	if (slow_exit)
		hog = start_hog();
	eater = start_holder("eater", eaten, RATE);
	run_until(start + eaten / RATE * 2 + LAST_MS, &eater_dead);
	if (mode != EVER && !eater_dead)
		run_until(now_ms() + HOLD_MS, &eater_dead);
	if (hog)
		kill(hog, SIGKILL);
	/* how does it sleep then?  And some calls come after the kill */
	if (eater_dead && (mode == EVER || !hits))
		run_until(now_ms() + AFTER_MS, &bustd_status);
	fault_ms = now_ms() - start;
	cpu = cpu_us() - cpu;
	made = calls - made;
	looked = looks_made - looked;
	fault = NULL;
	if (group->reboots) {
		kill(eater, SIGKILL);
	} else {
		run_until(now_ms() + KILL_MS, &eater_dead);
		if (!eater_dead && log_has("no process to kill"))
			run_until(now_ms() + HOLD_MS, &eater_dead);
		if (!eater_dead)
			strcat(why, " eater-lives");
	}
	ms = now_ms() - start;
	if (!eater_dead) {
		kill(eater, SIGKILL);
		run_until(now_ms() + 5000, &eater_dead);
	}
	percent = (unsigned long)(cpu / 10 / (fault_ms + 1));
	rate = (unsigned long)(made * 1000 / (fault_ms + 1));
	looks = (unsigned long)(looked * 1000 / (fault_ms + 1));
	if (!hits)
		strcat(why, " never-made");
	if (bustd_status)
		strcat(why, " bustd-ended");
	if (dead_innocents)
		strcat(why, " innocents-died");
	if (percent > CPU_MAX || looks > LOOKS_MAX)
		strcat(why, " spins");
	printf("%s %s%s%s %s %s: failed=%lu cpu=%lu%% looks=%lu/s "
	    "calls=%lu/s ms=%llu%s%s\n",
	    *why ? "FAIL" : "ok  ", t->name, t->what ? ":" : "",
	    t->what ? t->what : "", errors[e].name, modes[mode], hits, percent,
	    looks, rate, (unsigned long long)ms, *why ? " --" : "", why);
	if (*why)
		show_log();
	fflush(stdout);
	return !*why;
}

/* Calls made after start-up that no case is about: they belong in the table. */
static int
untested(void)
{
	int n = 0, nr, i;

	for (nr = 0; nr < NUMBERS; nr++) {
		for (i = 0; i < TARGETS && targets[i].nr != nr; i++)
			;
		if (!seen[nr] || i < TARGETS)
			continue;
		printf("FAIL call %d is made, but not tested\n", nr);
		n++;
	}
	return n;
}

static void
end_bustd(void)
{
	if (bustd_status)
		return;
	kill(bustd, SIGKILL);
	run_until(now_ms() + 5000, &bustd_status);
}

static void
tick(int sig)
{
	(void)sig;		/* just ends a waitpid */
}

int
main(int argc, char **argv)
{
	struct sched_param sp = { .sched_priority = 2 };
	struct itimerval every = { { 0, 50000 }, { 0, 50000 } };
	struct sigaction sa = { .sa_handler = tick };
	const char *call = NULL, *error = NULL, *only = NULL, *path;
	const char *from = NULL;
	int part = 0, parts = 1, done = 0, passed = 0, number = 0;
	int opt, g, t, e, m;
	char name[64];

	while ((opt = getopt(argc, argv, "p:c:e:f:m:")) != -1)
		switch (opt) {
		case 'p':
			if (sscanf(optarg, "%d/%d", &part, &parts) != 2)
				return 100;
			break;
		case 'c': call = optarg; break;
		case 'e': error = optarg; break;
		case 'f': from = optarg; break;
		case 'm': only = optarg; break;
		default: return 100;
		}
	if (optind + 1 != argc || parts < 1) {
		fprintf(stderr, "inject: which bustd? (see qemu/inject.c)\n");
		return 100;
	}
	path = argv[optind];
	set_adj(-1000);
	if (mlockall(MCL_CURRENT) < 0 || syscall(SYS_sched_setscheduler, 0,
	    SCHED_FIFO | SCHED_RESET_ON_FORK, &sp) < 0)
		fail("mlockall, sched_setscheduler");
	start_innocents();
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	for (g = 0; g < GROUPS; g++) {
		group = &groups[g];
		bustd = 0;
		for (t = 0; t < TARGETS; t++)
		for (e = 0; e < ERRORS; e++)
		for (m = 0; m < MODES; m++) {
			const struct target *target = &targets[t];

			snprintf(name, sizeof(name), "%s%s%s", target->name,
			    target->what ? ":" : "", target->what ?
			    target->what : "");
			if (from && strcmp(from, name) == 0)
				from = NULL;
			if (target->group != g || from ||
			    (call && strcmp(call, name) != 0) ||
			    (error && strcmp(error, errors[e].name) != 0) ||
			    (only ? strcmp(only, modes[m]) != 0 : m == HALF) ||
			    (group->errors && !strstr(group->errors,
			    errors[e].name)) ||
			    /* so it says that the sleep is over */
			    (target->nr == SYS_rt_sigtimedwait &&
			    errors[e].value == EAGAIN) ||
			    number++ / 2 % parts != part % parts)
				continue;
			if (!bustd || bustd_status) {
				start_bustd(path);
				run_until(now_ms() + 5000, &ready);
			}
			passed += try_case(target, e, (enum mode)m);
			done++;
			dead_innocents = 0;
			/* that one is believed for good */
			if (target->nr == SYS_process_mrelease &&
			    errors[e].value == ENOSYS)
				end_bustd();
		}
		if (bustd)
			end_bustd();
	}
	e = untested();
	printf("inject: %d cases, %d passed, %d failed\n", done, passed,
	    done - passed + e);
	for (t = 0; t < INNOCENTS; t++)
		kill(innocent[t], SIGKILL);
	return done == 0 || passed < done || e > 0;
}
