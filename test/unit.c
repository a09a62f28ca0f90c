/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of bustd.c, which is included whole: so its static functions are
 * called as they are.  Built under ASan and UBSan against glibc (test/unit).
 *
 * The machine is replaced at its edges.  /proc is a temporary directory, its
 * pids those of real children, so that pidfd_open works; sysinfo(2), the clock
 * and short reads are at the tests' command; signals are noted on their way,
 * and those that could hit anybody else (groups, reboot) go nowhere else.
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
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_clock_gettime		/* as in bustd.c */
#define SYS_clock_gettime SYS_clock_gettime32
#endif

/* the edges */

#define LEN(a) ((int)(sizeof(a) / sizeof((a)[0])))

static struct sysinfo fake_si;
static size_t read_most = SIZE_MAX;	/* bytes that one pread gives */
static int read_errno;			/* every pread fails with this */
static uint64_t clock_ahead_us;		/* added to the clock */
static long fail_nr[4];			/* system calls that fail ... */
static int fail_errno;			/* ... with this */
static int swallow;			/* signals are noted, not sent */
static int opens;			/* files opened */
static char sent[256];			/* "pid/sig " or "-pgid/sig " each */
static pid_t fake_pgid, fake_own_pgid;
static const char *score_at_0;		/* our own oom_score, while ... */
static const char *deny_write;		/* ... this can't be written */
static int kill_errno;			/* kill(2) fails with this */
static uint64_t step_us;		/* each look at the clock takes this */
static int back_after;			/* memory is back after this signal,
					   -1: after any, 0: never */
static int ignore_next;			/* the next child ignores SIGTERM */

struct insn {				/* struct sock_filter */
	uint16_t code;
	uint8_t yes, no;
	uint32_t k;
};
static struct insn filter[64];		/* the one that was installed */
static int filter_len;

static void signalled(int pid);
static void adj_written(const char *adj);

static void
note_signal(int pid, int sig)
{
	size_t n = strlen(sent);

	snprintf(sent + n, sizeof(sent) - n, "%d/%s ", pid,
	    sig == SIGTERM ? "TERM" : sig == SIGKILL ? "KILL" : "?");
	if (back_after == -1 || back_after == sig)
		signalled(pid);
}

static ssize_t
fake_pread(int fd, void *buf, size_t n, off_t at)
{
	if (read_errno) {
		errno = read_errno;
		return -1;
	}
	return pread(fd, buf, n < read_most ? n : read_most, at);
}

static int
fake_openat(int dir, const char *path, int flags)
{
	opens++;
	return openat(dir, path, flags);
}

static pid_t forbidden_pid;

static int
fake_kill(pid_t pid, int sig)
{
	if (!sig) {		/* just asks whether it may */
		errno = EPERM;
		return pid == forbidden_pid ? -1 : 0;
	}
	note_signal(pid, sig);
	errno = kill_errno;
	return kill_errno ? -1 : swallow || pid <= 1 ? 0 : kill(pid, sig);
}

static pid_t
fake_getpgid(pid_t pid)
{
	return pid ? fake_pgid : fake_own_pgid;
}

static pid_t opened_pid[1024];		/* by pidfd */

static long
fake_syscall(long nr, ...)
{
	long a[6], r;
	va_list ap;
	int i;

	va_start(ap, nr);
	for (i = 0; i < 6; i++)		/* reads past what was given: harmless
					   on the ABIs that tests run on */
		a[i] = va_arg(ap, long);
	va_end(ap);
	for (i = 0; i < LEN(fail_nr); i++)
		if (fail_nr[i] == nr) {
			errno = fail_errno;
			return -1;
		}
	if (nr == SYS_write && score_at_0) {
		if (deny_write && !strcmp((char *)a[1], deny_write)) {
			errno = EACCES;
			return -1;
		}
		adj_written((char *)a[1]);
	}
	if (nr == SYS_ppoll && !a[1]) {		/* sleeps, no more */
		const long *ts = (const long *)a[2];

		clock_ahead_us += (uint64_t)ts[0] * 1000000 +
		    (uint64_t)ts[1] / 1000;
		return 0;
	}
	if (nr == SYS_clock_gettime) {
		long *ts = (long *)a[1];

		r = syscall(nr, (int)a[0], ts);
		clock_ahead_us += step_us;
		ts[1] += (long)(clock_ahead_us % 1000000 * 1000);
		ts[0] += (long)(clock_ahead_us / 1000000) + ts[1] / 1000000000;
		ts[1] %= 1000000000;
		return r;
	}
	if (nr == SYS_kill)
		return fake_kill((pid_t)a[0], (int)a[1]);
	if (nr == SYS_getpgid)
		return fake_getpgid((pid_t)a[0]);
	if (nr == SYS_sysinfo) {
		*(struct sysinfo *)a[0] = fake_si;
		return 0;
	}
	if (nr == SYS_reboot) {
		strcat(sent, "reboot ");
		return 0;
	}
	if (nr == SYS_prctl) {
		const struct { unsigned short n; struct insn *f; } *program =
		    (void *)a[2];

		if ((int)a[0] == 22 && (int)a[1] == 2) {
			filter_len = program->n;
			memcpy(filter, program->f, program->n *
			    sizeof(*filter));
		}
		return 0;
	}
	if (nr == SYS_pidfd_send_signal) {
		note_signal(opened_pid[(int)a[0] % 1024], (int)a[1]);
		if (swallow)
			return 0;
	}
	/* int arguments may have rubbish in the upper half of a long */
	r = nr == SYS_ppoll ? syscall(nr, a[0], a[1], a[2], NULL, 0) :
	    nr == SYS_getdents64 || nr == SYS_write || nr == SYS_writev ||
	    nr == SYS_readlinkat ?
	    syscall(nr, (int)a[0], a[1], a[2], a[3]) :
	    nr == SYS_pidfd_send_signal ?
	    syscall(nr, (int)a[0], (int)a[1], NULL, 0) :
	    syscall(nr, (int)a[0], (int)a[1], a[2], a[3], a[4], a[5]);
	if (nr == SYS_pidfd_open && r >= 0)
		opened_pid[r % 1024] = (pid_t)a[0];
	return r;
}

#define pread(fd, buf, n, at) fake_pread(fd, buf, n, at)
#define openat(dir, path, flags) fake_openat(dir, path, flags)
#define syscall(...) fake_syscall(__VA_ARGS__, 0L, 0L, 0L, 0L, 0L)

#define main bustd_main
#include "../bustd.c"
#undef main

#undef sysinfo
#undef pread
#undef openat
#undef kill
#undef getpgid
#undef syscall

#define KIB(x) ((unsigned long long)(x))

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
		{ "some avg10= avg60=0.00 avg300=0.00 total=1\n", 0, 0 },
		{ "some avg10=nan avg60=0.00 avg300=0.00 total=1\n", 0, 0 },
		{ "some avg10=1.00 avg60=0.00 avg300=0 total=1.5\n", 0, 0 },
		{ "some avg10=1.00 avg60=0.00 avg300=0.00  total=1\n", 0, 0 },
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
	const char *saved = opt.unkillables;
	int i;

	for (i = 0; i < LEN(t); i++) {
		char *list = strdup(t[i].list), *comm = strdup(t[i].comm);

		opt.unkillables = list;
		ok(is_unkillable(comm) == t[i].match,
		    "unkillables \"%s\", comm \"%s\": not %d", t[i].list,
		    t[i].comm, t[i].match);
		free(list);
		free(comm);
	}
	opt.unkillables = saved;
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
	    54321, 42 };
	const size_t len = sizeof(meminfo_pc) - 1;
	char *text = malloc(len + 512), *buf = new_buf();
	size_t pad, cut;
	int k, bad;

	/* each way that lines can lie across the ends of the buffer, each
	 * length of a short read, each place where the file may end */
	for (pad = 0; pad <= 2 * BUF + 1; pad++)
		for (read_most = 1; read_most <= BUF; read_most++) {
			unsigned long v[6] = { 42, 42, 42, 42, 42, 42 };
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
			/* 64 reads have to reach: not when they are tiny */
			bad = read_most >= 40 && found != 0x1f;
			for (k = 0; k < 6; k++)
				bad |= v[k] != (found >> k & 1 ? want[k] : 42);
			if (read_most >= 40) {
				char line[9] = "";

				bad |= pread(fd, line, 8, at) != 8 ||
				    strcmp(line, "CmaFree:") != 0;
			}
			ok(!bad, "meminfo after %zu bytes, %zu at a time: "
			    "found %x", pad, read_most, found);
			close(fd);
		}
	read_most = SIZE_MAX;
	for (cut = 0; cut <= len; cut++) {
		unsigned long v[6] = { 42, 42, 42, 42, 42, 42 };
		off_t at = 0;
		int fd = file_of(meminfo_pc, cut);
		unsigned found = read_keys(fd, buf, &at, keys, v, 6);

		const char *key = keys;

		for (bad = 0, k = 0; k < 6; k++, key += strlen(key) + 1) {
			const char *p = strstr(meminfo_pc, key);
			int whole = p && strchr(p, '\n') < meminfo_pc + cut;

			bad |= (found >> k & 1) != (unsigned)whole ||
			    v[k] != (whole ? want[k] : 42);
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
	for (round = 0; round < 200000; round++) {
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

/* A directory read in batches: each pid once, none missing. */
static void
test_directory(void)
{
	char dir[] = "/tmp/bustd-unit.XXXXXX", name[32];
	char *buf = new_buf();
	char seen[1000] = { 0 };
	int i, n, bad = 0;
	ssize_t len;

	if (!mkdtemp(dir))
		abort();
	proc_fd = open(dir, O_RDONLY | O_DIRECTORY);
	for (i = 2; i < 1000; i++) {
		snprintf(name, sizeof(name), i % 7 ? "%d" : "n%d-longer-name",
		    i);
		mkdirat(proc_fd, name, 0700);
	}
	while ((len = syscall(SYS_getdents64, proc_fd, buf, BUF)) > 0) {
		pid_t pid[BATCH];

		n = batch_pids(buf, len, pid, 500);
		while (n-- > 0)
			seen[pid[n]]++;
	}
	for (i = 2; i < 1000; i++)
		bad += seen[i] != (i % 7 && i != 500);
	ok(!bad, "1000 directory entries: %d wrong", bad);
	for (i = 2; i < 1000; i++) {
		snprintf(name, sizeof(name), i % 7 ? "%d" : "n%d-longer-name",
		    i);
		unlinkat(proc_fd, name, AT_REMOVEDIR);
	}
	close(proc_fd);
	rmdir(dir);
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
		{ "\x7f=\"'%s%n", "\\x7f=\"'%s%n" },
		{ "", "" },
		{ "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", "\\x0a\\x0a\\x0a\\x0a"
		  "\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a" },
	};
	static const unsigned long value[] = { 0, 1, 9, 10, 99, 100,
	    4294967295, ULONG_MAX };
	const unsigned long most = ULONG_MAX;
	char *buf = new_buf(), want[512], *got;
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
		say(buf, INFO, "%lu %d %u.%02u %u|", value[i], -1000, 5,
		    (unsigned)i * 13, 70000u);
		got = logged();
		ok(!strcmp(got, want), "number row %d: %s", i, got);
	}
	say(buf, INFO, "%d %s", INT32_MIN, "%n%s");
	got = logged();
	ok(!strcmp(got, "<6>bustd: -2147483648 %n%s\n"), "INT_MIN: %s", got);

	/* digits and comm run out of buffer: no byte past it, one whole line,
	 * and what did fit is right */
	say(buf, WARN, "%lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu",
	    most, most, most, most, most, most, most, most, most, most, most,
	    most, most);
	got = logged();
	snprintf(want, sizeof(want), "<4>bustd: %lu %lu %lu ", most, most,
	    most);
	ok(!strncmp(got, want, strlen(want)) && got[strlen(got) - 1] == '\n' &&
	    strlen(got) > 100, "a buffer full of digits: %s", got);
	for (space = 0; space <= 64; space++) {
		struct line l = { .out = buf + BUF - space, .end = buf + BUF };

		put_comm(&l, "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n");
		ok(l.out <= l.end && l.n == (space >= 4),
		    "comm in %d bytes", space);
		l = (struct line){ .out = buf + BUF - space, .end = buf + BUF };
		put_number(&l, most, 0);
		ok(l.out <= l.end && l.n == (space >= len) && (!l.n ||
		    l.piece[0].iov_len == (size_t)len),
		    "%d digits in %d bytes", len, space);
	}
	/* more pieces than there are places: the line still ends */
	say(buf, WARN, "%d.%d.%d.%d.%d.%d.%d.%d.%d.%d.%d.%d.%d.%d.%d.%d.%d.%d."
	    "%d.%d.", 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1,
	    2);
	got = logged();
	ok(got[strlen(got) - 1] == '\n' && strstr(got, "1.2.3.4.5.6.7."),
	    "too many pieces: %s", got);
	free(buf);
}

/* Where a line can't go it is dropped at once, and nothing is harmed. */
static void
test_log_sinks(void)
{
	char *buf = new_buf();
	int p[2], i, err, saved = kmsg_fd, saved_err = dup(STDERR_FILENO);
	msec start = now_ms();

	if (pipe2(p, O_CLOEXEC) || dup2(p[1], STDERR_FILENO) < 0)
		abort();
	/* no /dev/kmsg: stderr gets it even with LOG_KMSG */
	kmsg_fd = -1;
	say(buf, WARN, "x");
	i = (int)read(p[0], buf, BUF);
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
	ok(now_ms() - start < 5000, "a full pipe doesn't block");
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
		fake_si = (struct sysinfo){ .totalram = t[i].total,
		    .freeram = t[i].free, .totalswap = t[i].swap,
		    .freeswap = t[i].swap, .mem_unit = t[i].unit };
		read_sysinfo();
		ok(mem.total_kib == t[i].total_kib && mem.free_kib ==
		    t[i].free_kib && mem.swap_free_kib == t[i].swap_kib &&
		    mem.swap_total_kib == t[i].swap_kib, "sysinfo row %d: %lu "
		    "%lu %lu", i, mem.total_kib, mem.free_kib,
		    mem.swap_total_kib);
	}
}

/* What /proc/meminfo would say, by the kernel's own si_mem_available(). */
struct kernel {
	uint64_t total, free, file, slab, cma_total, cma, reserve, wmark_low;
};

static int64_t
kernel_available(const struct kernel *k)
{
	uint64_t file = k->file - (k->file / 2 < k->wmark_low ? k->file / 2 :
	    k->wmark_low);
	uint64_t slab = k->slab - (k->slab / 2 < k->wmark_low ? k->slab / 2 :
	    k->wmark_low);
	int64_t a = (int64_t)(k->free + file + slab) - (int64_t)k->reserve;

	return a > 0 ? a : 0;
}

static void
write_meminfo(const struct kernel *k, int old)
{
	char text[1024];
	int n;

	n = snprintf(text, sizeof(text), "MemTotal: %14llu kB\n"
	    "MemFree: %15llu kB\n" "MemAvailable: %10lld kB\n"
	    "Buffers:               0 kB\nCached:                0 kB\n"
	    "SwapCached:            0 kB\nActive:                0 kB\n"
	    "Inactive:              0 kB\nActive(anon):          0 kB\n"
	    "Inactive(anon):        0 kB\n" "Active(file): %10llu kB\n"
	    "Inactive(file): %8llu kB\n" "SReclaimable: %10llu kB\n",
	    KIB(k->total), KIB(k->free), (long long)kernel_available(k), KIB(k->file / 3),
	    KIB(k->file - k->file / 3), KIB(k->slab));
	if (!old)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
		    "KReclaimable: %10llu kB\n", KIB(k->slab));
	if (k->cma_total)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
		    "CmaTotal: %14llu kB\nCmaFree: %15llu kB\n",
		    KIB(k->cma_total), KIB(k->cma));
	rewrite(meminfo_fd, text, (size_t)n);
	fake_si = (struct sysinfo){ .totalram = (unsigned long)k->total,
	    .freeram = (unsigned long)k->free, .mem_unit = 1024 };
}

/* As learnt for the first time. */
static void
relearn(char *buf)
{
	reserve_kib = LONG_MAX;
	learn(buf);
}

/* The gate is sound: learnt in any state of the machine, it is never closed
 * in another where MemAvailable, less free CMA, is at a rule's limit, nor in
 * the same where a rule's own reckoning is. And it is of use: with most of RAM
 * free it is closed. */
static void
test_gate(void)
{
	static const uint64_t mib[] = { 32, 64, 128, 256, 1024, 8192, 262144 };
	char *buf = new_buf();
	int i, unsound = 0, closed = 0, rounds = 0, useless = 0;

	meminfo_fd = file_of("", 0);
	for (i = 0; i < 60000; i++) {
		struct kernel k = { .total = mib[rnd(LEN(mib))] * 1024 };
		uint64_t left, real, limit;
		int state;

		/* reserves as min_free_kbytes and lowmem_reserve make them,
		 * up to a third of RAM: 15.3 % free is then nothing at all */
		k.reserve = rnd(k.total / (1 + rnd(30)) / 3 + 1);
		k.wmark_low = rnd(k.reserve + 1);
		k.cma_total = rnd(3) ? 0 : rnd(k.total / 3);
		for (state = 0; state < 2; state++) {
			left = k.total - rnd(k.total / 8);
			k.free = rnd(2) ? rnd(left / (1 + rnd(12)) + 1) :
			    k.total * 15 / 100 + rnd(k.total / 50);
			left -= k.free < left ? k.free : left;
			k.file = rnd(left + 1);
			left -= k.file;
			k.slab = rnd(left / 4 + 1);
			k.cma = rnd(2) ? rnd(k.cma_total + 1) : k.cma_total;
			k.cma = k.cma < k.free ? k.cma : k.free;
			write_meminfo(&k, i & 1);
			if (!state)
				relearn(buf);
			read_sysinfo();
			limit = stall_limit_kib();
			if (limit < percent_kib(mem.total_kib,
			    opt.available_centi))
				limit = percent_kib(mem.total_kib,
				    opt.available_centi);
			rounds++;
			if (!plainly_enough())
				continue;
			closed++;
			real = (uint64_t)kernel_available(&k);
			real -= k.cma < real ? k.cma : real;
			read_available(buf);
			if (!state && mem.available_kib < real)
				real = mem.available_kib;
			if (real <= limit && unsound++ < 3)
				printf("gate: total %llu free %llu reserve "
				    "%llu learnt %lu slab %llu cma %llu of "
				    "%llu available %llu state %d\n",
				    KIB(k.total), KIB(k.free), KIB(k.reserve),
				    reserve_kib, KIB(k.slab), KIB(k.cma),
				    KIB(k.cma_total), KIB(real), state);
		}
	}
	ok(!unsound, "the gate closed on %d of %d states with available at "
	    "a limit", unsound, rounds);
	ok(closed > rounds / 50, "the gate closes: %d of %d", closed, rounds);

	for (i = 0; i < LEN(mib); i++) {	/* idle machines */
		struct kernel k = { .total = mib[i] * 1024 };

		k.free = k.total / 2;
		k.file = k.total / 5;
		k.reserve = k.total / 40;
		k.wmark_low = k.reserve / 2;
		write_meminfo(&k, 0);
		relearn(buf);
		read_sysinfo();
		useless += !plainly_enough();
	}
	ok(!useless, "the gate is open on %d idle machines", useless);

	/* nothing learnt where nothing can be known */
	{
		struct kernel k = { .total = 65536, .free = 9000, .file = 100,
		    .reserve = 30000, .wmark_low = 15000 };

		write_meminfo(&k, 0);
		relearn(buf);
		k.free = 60000;
		write_meminfo(&k, 0);
		read_sysinfo();
		ok(!plainly_enough(), "an available of 0 teaches nothing");
		relearn(buf);
		ok(plainly_enough(), "one over 0 does");
		read_errno = EIO;
		relearn(buf);
		ok(read_available(buf) < 0, "an unreadable meminfo");
		read_errno = 0;
		ok(!plainly_enough(), "an unreadable meminfo opens the gate");
		rewrite(meminfo_fd, "MemTotal: 65536 kB\nMemFree: 60000 kB\n",
		    37);
		relearn(buf);
		ok(!plainly_enough(), "no MemAvailable opens the gate");
		ok(read_available(buf) < 0, "no MemAvailable: no reading");
	}
	free(buf);
}

/* MemAvailable less CmaFree, wherever CmaFree moves to. */
static void
test_cma(void)
{
	static const char with[] = "CmaTotal: 9000 kB\nCmaFree: %u kB\n";
	char *buf = new_buf(), text[256];
	int i, n;

	pinned_kib = 0;
	for (i = 0; i < 40; i++) {
		unsigned cma = (unsigned)rnd(i % 2 ? 100 : 100000000);

		n = snprintf(text, sizeof(text), "MemFree: 300 kB\n"
		    "MemAvailable: 700000 kB\n%*sInactive(file): 1 kB\n",
		    (int)rnd(9), "");
		n += snprintf(text + n, sizeof(text) - (size_t)n, with, cma);
		rewrite(meminfo_fd, text, (size_t)n);
		if (!i)
			relearn(buf);
		read_cma(buf);
		read_available(buf);
		ok(mem.available_kib == (cma < 700000 ? 700000 - cma : 0),
		    "CmaFree %u: available %lu", cma, mem.available_kib);
	}
	rewrite(meminfo_fd, "MemAvailable: 700000 kB\n", 24);
	read_cma(buf);
	read_cma(buf);
	read_available(buf);
	ok(mem.available_kib == 700000, "no CMA left: %lu", mem.available_kib);

	/* reclaimable slab that stays is taken off, up to SLAB_KIB */
	for (i = 0; i < 2; i++) {
		unsigned slab = i ? SLAB_KIB * 9 : SLAB_KIB / 2;

		n = snprintf(text, sizeof(text), "MemFree: 300 kB\n"
		    "MemAvailable: 700000 kB\nSReclaimable: %u kB\n", slab);
		rewrite(meminfo_fd, text, (size_t)n);
		relearn(buf);
		read_available(buf);
		ok(mem.available_kib == 700000 - (i ? SLAB_KIB : slab),
		    "slab %u: available %lu", slab, mem.available_kib);
	}
	/* a line without a number is no reading, and teaches nothing */
	n = snprintf(text, sizeof(text), "MemFree: x\nSReclaimable: -1 kB\n"
	    "CmaTotal: 99999999999999999999 kB\nCmaFree: kB\n"
	    "MemAvailable: 700000 kB\n");
	rewrite(meminfo_fd, text, (size_t)n);
	relearn(buf);
	read_available(buf);
	ok(mem.available_kib == 700000 - SLAB_KIB && !cma_total_kib &&
	    pinned_kib == SLAB_KIB,
	    "lines without a number: %lu %lu %lu", mem.available_kib,
	    cma_total_kib, pinned_kib);
	/* nor does one that can't be read: what is known stands */
	rewrite(meminfo_fd, "", 0);
	relearn(buf);
	ok(pinned_kib == SLAB_KIB, "an empty meminfo: %lu", pinned_kib);
	pinned_kib = 0;
	free(buf);
}

static void
test_floors(void)
{
	/* of 100000 KiB RAM and 10000 KiB swap, at the default floors */
	const kib ram = AVAILABLE_FLOOR * 1000, swap = SWAP_FLOOR * 100;
	const struct {
		kib available, swap_total, swap_free;
		int low;
	} t[] = {
		{ ram, 0, 0, 1 }, { ram + 1, 0, 0, 0 }, { 0, 0, 0, 1 },
		{ ram, 10000, swap, 1 }, { ram, 10000, swap + 1, 0 },
		{ ram + 1, 10000, swap, 0 }, { 0, 10000, 10000, 0 },
		{ ULONG_MAX, 0, 0, 0 },
	};
	int i;

	for (i = 0; i < LEN(t); i++) {
		mem = (struct memory){ .total_kib = 100000,
		    .available_kib = t[i].available,
		    .swap_total_kib = t[i].swap_total,
		    .swap_free_kib = t[i].swap_free };
		ok(is_below(opt.available_centi) == t[i].low,
		    "floor row %d", i);
	}
}

/* Wake-ups: few where there is room, and never later than an eater at the
 * fill rate needs to reach the floors. */
static void
test_sleep(void)
{
	static const kib mib[] = { 16, 32, 64, 128, 256, 512, 1024, 8192,
	    65536, 1048576 };
	msec ms;
	int i, pct;

	for (i = 0; i < LEN(mib); i++) {
		/* KiB that the fastest eater takes in a millisecond */
		kib rate = mib[i] * 1024 / 100 * FILL_RATE / 1000;
		msec last = 0;

		if (rate > FILL_RATE_MAX)
			rate = FILL_RATE_MAX;
		mem = (struct memory){ .total_kib = mib[i] * 1024 };
		for (pct = 0; pct <= 100; pct++) {
			mem.available_kib = mem.total_kib / 100 * (kib)pct;
			ms = sleep_ms();
			ok(ms >= last && ms >= SLEEP_MIN_MS &&
			    ms <= SLEEP_MAX_MS && (ms == SLEEP_MIN_MS ||
			    ms * rate <= headroom_kib()),
			    "%lu MiB, %d %%: %lu ms after %lu", mib[i],
			    pct, ms, last);
			last = ms;
		}
		mem.available_kib = mem.total_kib / 4 * 3;
		sleep_ms();		/* what it was before */
		ms = sleep_ms();
		/* the idle budget: 1.5 wake-ups a second, 1 from 8 GiB on */
		if (FILL_RATE <= 100 && SLEEP_MAX_MS == 1000)
			ok(ms * 3 >= 2000 && (mib[i] < 8192 || ms >= 1000),
			    "%lu MiB idle: %lu ms", mib[i], ms);
	}
	/* of swap half */
	mem = (struct memory){ .total_kib = 1000000, .available_kib =
	    10000ul * AVAILABLE_FLOOR, .swap_total_kib = 400000,
	    .swap_free_kib = 4000ul * SWAP_FLOOR + 200000 };
	ok(headroom_kib() == 100000, "headroom in swap: %lu", headroom_kib());
	/* half as long while there is little, and again while that falls */
	if (FILL_RATE == 100) {
		static const struct { unsigned pct, fell; msec ms; } t[] = {
			{ 60, 0, 600 }, { 60, 2, 300 }, { 60, 1, 600 },
			{ 26, 0, 260 }, { 24, 0, 120 }, { 24, 2, 60 },
			{ 24, 1, 120 },
		};

		for (i = 0; i < LEN(t); i++) {
			mem.swap_free_kib = 0;
			mem.available_kib = 10000ul * (AVAILABLE_FLOOR +
			    t[i].pct + t[i].fell);
			sleep_ms();
			mem.available_kib -= 10000ul * t[i].fell;
			ms = sleep_ms();
			ok(ms == t[i].ms, "%u %% left after %u more: %lu ms",
			    t[i].pct, t[i].fell, ms);
		}
	}
	mem = (struct memory){ 0 };
	ok(sleep_ms() == SLEEP_MIN_MS, "no RAM at all: %lu ms", sleep_ms());
}

/* Shares of amounts from nothing to all that fits, against 64-bit sums. */
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
			ok(percent_kib(of[i], centi[k]) - want <
			    (of[i] > UINT64_MAX / 10000 ? 10000 : 1),
			    "%d hundredths of a percent of %lu: %lu", centi[k],
			    of[i], percent_kib(of[i], centi[k]));
		}
}

/* pressure */

static void
test_window(void)
{
	const uint64_t w = STALL_WINDOW_MS * 1000;
	/* steps of time and stall, in hundredths of a window; the share that
	 * comes out, in percent of it, from least to most */
	static const struct {
		struct {
			int time, stall;
		} step[6];
		int least, most;
		const char *what;
	} t[] = {
		{ { { 50, 0 } }, 0, 0, "nothing" },
		{ { { 10, 10 } }, 10, 10, "a tenth of a window" },
		{ { { 100, 100 } }, 100, 100, "all of it" },
		{ { { 101, 50 }, { 50, 0 } }, 24, 26, "half of it fades" },
		{ { { 100, 50 }, { 50, 0 } }, 33, 34, "late by half" },
		{ { { 101, 50 }, { 50, 0 }, { 51, 0 } }, 0, 1, "fades away" },
		{ { { 1000, 500 } }, 49, 50, "a long sleep is spread" },
		{ { { 1000, 500 }, { 1000, 0 } }, 0, 0, "calm long after" },
		{ { { 101, 90 }, { 10, 9 } }, 80, 100, "steady" },
		{ { { 50, -70 } }, 0, 0, "a total that runs backwards" },
		{ { { 0, 0 } }, 0, 0, "no time at all" },
	};
	int i, k;

	for (i = 0; i < LEN(t); i++) {
		/* a clock that is about to wrap, as it does on 32 bits */
		msec now = (msec)-STALL_WINDOW_MS;
		uint64_t total = 100 * w, share = 0;

		window = (struct window){ now, total, 0 };
		for (k = 0; k < 6 && (!k || t[i].step[k].time); k++) {
			now += STALL_WINDOW_MS * (msec)t[i].step[k].time / 100;
			total += (uint64_t)((int64_t)w * t[i].step[k].stall /
			    100);
			share = window_stall_us(now, total) * 100 / w;
		}
		ok(share >= (uint64_t)t[i].least && share <=
		    (uint64_t)t[i].most, "window, %s: %llu %%", t[i].what,
		    KIB(share));
	}
}

/* victims: a fixture of /proc with real children behind it */

enum what { LIVE, INIT, SELF, GONE, VANISHED, NO_SCORE, EMPTY_SCORE, BAD_SCORE,
    NO_ADJ, EMPTY_ADJ, BAD_ADJ, NO_COMM, EMPTY_COMM, NO_STATUS, LEADER, MAPPED,
    UNENDED, STUCK_ONCE, FORBIDDEN, NO_PID };

struct proc {
	const char *comm;
	unsigned score;
	int adj, rss_mib, swap_mib;
	enum what what;
	pid_t pid;
};

enum { PROCS = 6, RAM_MIB = 1000 };

static char fixture[] = "/tmp/bustd-proc.XXXXXX";
static const struct memory ram = { .total_kib = RAM_MIB * 1024,
    .available_kib = 100 * 1024, .free_kib = 50 * 1024 };

static void
put_file(const char *dir, const char *name, const char *text, size_t n)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = openat(proc_fd, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, text, n) != (ssize_t)n)
		abort();
	close(fd);
}

static void
put_score(pid_t pid, const char *text)
{
	char dir[16];

	snprintf(dir, sizeof(dir), "%d", pid);
	put_file(dir, "oom_score", text, strlen(text));
}

static pid_t
child(int ignore_term)
{
	char c = 0;
	pid_t pid;
	int p[2];

	if (pipe(p) || (pid = fork()) < 0)
		abort();
	if (pid == 0) {
		signal(SIGTERM, ignore_term ? SIG_IGN : SIG_DFL);
		alarm(60);
		if (write(p[1], &c, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(p[0], &c, 1) != 1)	/* its signals are set */
		abort();
	close(p[0]);
	close(p[1]);
	return pid;
}

static void
put_proc(struct proc *p)
{
	char dir[16], text[256];
	int n;

	p->pid = p->what == INIT ? 1 : p->what == SELF ? getpid() : 
	    child(ignore_next);
	snprintf(dir, sizeof(dir), p->what == NO_PID ? "x%d" : "%d", p->pid);
	mkdirat(proc_fd, dir, 0700);
	if (p->what == VANISHED)
		return;
	n = snprintf(text, sizeof(text), p->what == UNENDED ? "%u" : "%u\n",
	    p->score);
	if (p->what == BAD_SCORE)
		text[0] = 'x';
	if (p->what != NO_SCORE)
		put_file(dir, "oom_score", text, p->what == EMPTY_SCORE ? 0 :
		    (size_t)n);
	n = snprintf(text, sizeof(text), p->what == UNENDED ? "%d" : "%d\n",
	    p->what == BAD_ADJ ? INT32_MIN : p->adj);
	if (p->what != NO_ADJ)
		put_file(dir, "oom_score_adj", text, p->what == EMPTY_ADJ ? 0 :
		    (size_t)n);
	n = snprintf(text, sizeof(text), "%.15s\n", p->comm);
	if (p->what != NO_COMM)
		put_file(dir, "comm", text, p->what == EMPTY_COMM ? 0 :
		    (size_t)n);
	n = snprintf(text, sizeof(text), "Name:\tVmRSS: 1 kB\n"
	    "State:\tS (sleeping)\nTgid:\t%d\n", p->pid);
	if (p->what != LEADER)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
		    "VmPeak:\t99999999 kB\nVmRSS:\t%8d kB\nRssAnon:\t1 kB\n"
		    "RssFile:\t%8d kB\nVmData:\t1 kB\nVmSwap:\t%8d kB\n"
		    "Threads:\t1\n", p->rss_mib * 1024,
		    p->what == MAPPED ? p->rss_mib * 1024 : 0,
		    p->swap_mib * 1024);
	if (p->what != NO_STATUS)
		put_file(dir, "status", text, (size_t)n);
	if (p->what == GONE) {
		kill(p->pid, SIGKILL);
		waitpid(p->pid, NULL, 0);
	}
	if (p->what == FORBIDDEN)
		forbidden_pid = p->pid;
	if (p->what == STUCK_ONCE) {
		struct candidate c = { .pid = p->pid, .pidfd = -1 };
		char *buf = new_buf();

		c.score_fd = open_proc(buf, p->pid, "oom_score", O_RDONLY);
		remember_stuck(&c);
		free(buf);
	}
}

static void
clear_procs(struct proc *p, int n)
{
	static const char *const file[] = { "oom_score", "oom_score_adj",
	    "comm", "status" };
	char path[64];
	int k;

	disarm();
	for (; n-- > 0; p++) {
		for (k = 0; k < LEN(file); k++) {
			snprintf(path, sizeof(path), p->what == NO_PID ?
			    "x%d/%s" : "%d/%s", p->pid, file[k]);
			unlinkat(proc_fd, path, 0);
		}
		*strchr(path, '/') = '\0';
		unlinkat(proc_fd, path, AT_REMOVEDIR);
		if (p->pid > 1 && p->pid != getpid()) {
			kill(p->pid, SIGKILL);
			waitpid(p->pid, NULL, 0);
		}
	}
	for (k = 0; k < (int)STUCK; k++)
		if (stuck[k].pid) {
			close(stuck[k].score_fd);
			stuck[k].pid = 0;
		}
}

/* The comms of who is armed, the worst first, as one letter each. */
static const char *
order(void)
{
	static char letters[ARMED + 1];
	int i;

	for (i = 0; i < (int)ARMED && armed[i].pid; i++)
		letters[i] = armed[i].comm[0];
	letters[i] = '\0';
	return letters;
}

static int
count_fds(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void
test_scan(void)
{
	static const struct {
		const char *what, *want;
		unsigned above;
		long without;		/* a system call that isn't there */
		struct proc p[PROCS];
	} t[] = {
		{ "the worst first", "BCA", 0, 0, { { "A", 100, 0, 100 },
		    { "B", 900, 0, 600 }, { "C", 500, 0, 300 } } },
		{ "a fixed handful, the worst of many", "ECF", 0, 0,
		    { { "A", 100, 0, 90 }, { "B", 200, 0, 90 },
		    { "C", 500, 0, 90 }, { "D", 300, 0, 90 },
		    { "E", 600, 0, 90 }, { "F", 400, 0, 90 } } },
		{ "ties go by RSS + swap", "BCA", 0, 0,
		    { { "A", 500, 0, 100, 10 }, { "B", 500, 0, 50, 150 },
		    { "C", 500, 0, 180, 0 } } },
		{ "a later tie with the worst finds its place", "DAB", 0, 0,
		    { { "A", 500, 0, 90 }, { "B", 500, 0, 80 },
		    { "C", 500, 0, 70 }, { "D", 500, 0, 200 } } },
		{ "PID 1 is spared", "A", 0, 0, { { "A", 10, 0, 90 },
		    { "I", 900, 0, 900, 0, INIT } } },
		{ "bustd is spared", "A", 0, 0, { { "A", 10, 0, 90 },
		    { "S", 900, 0, 900, 0, SELF } } },
		{ "score 0 (kernel threads, zombies) is spared", "A", 0, 0,
		    { { "A", 1, 0, 90 }, { "K", 0, 0, 0 } } },
		{ "oom_score_adj -1000 is spared", "A", 0, 0,
		    { { "A", 10, 0, 90 }, { "P", 900, -1000, 900 } } },
		{ "-999 is not", "PA", 0, 0, { { "A", 10, 0, 90 },
		    { "P", 900, -999, 900 } } },
		{ "unkillable names are spared", "A", 0, 0,
		    { { "A", 10, 0, 90 }, { "init", 900, 0, 900 },
		    { "dropbear", 901, 0, 900 }, { "sshd", 902, 0, 900 } } },
		{ "but not who has such a name in it", "sA", 0, 0,
		    { { "A", 10, 0, 90 }, { "sh) Z 1", 900, 0, 900 } } },
		{ "who may not be signalled is spared", "A", 0, 0,
		    { { "A", 10, 0, 90 }, { "F", 900, 0, 900, 0, FORBIDDEN } } },
		{ "who was stuck is spared", "A", 0, 0, { { "A", 10, 0, 90 },
		    { "S", 900, 0, 900, 0, STUCK_ONCE } } },
		{ "tiny with a high oom_score_adj is passed over", "BAT", 0, 0,
		    { { "A", 300, 0, 200 }, { "T", 990, 1000, 1 },
		    { "B", 500, 0, 400 } } },
		{ "tiny ones come after it", "AWV", 0, 0,
		    { { "T", 990, 1000, 1 }, { "U", 991, 1000, 1 },
		    { "V", 992, 1000, 1 }, { "W", 993, 1000, 1 },
		    { "A", 10, 0, 200 } } },
		{ "alone it will do", "T", 0, 0, { { "T", 990, 1000, 1 } } },
		{ "at the limit it is enough", "ET", 0, 0,
		    { { "T", 990, 1000, RAM_MIB * VICTIM_MIN / 100 - 1 },
		    { "E", 20, 0, RAM_MIB * VICTIM_MIN / 100 } } },
		{ "swap counts too", "ET", 0, 0, { { "T", 990, 1000, 1 },
		    { "E", 20, 0, 0, RAM_MIB * VICTIM_MIN / 100 } } },
		{ "who only maps files comes after all", "AM", 0, 0,
		    { { "M", 900, 0, 900, 0, MAPPED }, { "A", 10, 0, 90 } } },
		{ "of tiny ones the one that holds most", "CBA", 0, 0,
		    { { "A", 999, 1000, 1 }, { "B", 700, 0, 2 },
		    { "C", 670, 0, 3 } } },
		{ "a zombie leader with live threads", "LA", 0, 0,
		    { { "A", 300, 0, 200 }, { "L", 600, 0, 0, 0, LEADER } } },
		{ "who exits meanwhile is skipped", "A", 0, 0,
		    { { "G", 900, 0, 900, 0, GONE }, { "A", 10, 0, 90 },
		    { "V", 900, 0, 900, 0, VANISHED } } },
		{ "who can't be read is skipped", "A", 0, 0,
		    { { "1", 900, 0, 900, 0, NO_SCORE },
		    { "2", 900, 0, 900, 0, EMPTY_SCORE },
		    { "3", 900, 0, 900, 0, BAD_SCORE },
		    { "4", 900, 0, 900, 0, NO_ADJ }, { "A", 10, 0, 90 },
		    { "5", 900, 0, 900, 0, EMPTY_ADJ } } },
		{ "or whose name can't", "A", 0, 0,
		    { { "1", 900, 0, 900, 0, NO_COMM }, { "A", 10, 0, 90 },
		    { "2", 900, 0, 900, 0, EMPTY_COMM },
		    { "4", 900, 0, 900, 0, BAD_ADJ },
		    { "3", 900, 0, 900, 0, NO_STATUS },
		    { "4", 900, 0, 900, 0, NO_PID } } },
		{ "files without a newline", "UA", 0, 0,
		    { { "A", 10, 0, 90 }, { "U", 11, 0, 90, 0, UNENDED } } },
		{ "nobody", "", 0, 0, { { "K", 0, 0, 0 } } },
		{ "above the score of nothing", "A", 666, 0,
		    { { "A", 667, 0, 90 }, { "B", 666, 0, 90 },
		    { "C", 665, 0, 90 } } },
		{ "no pidfd_open", "BA", 0, SYS_pidfd_open,
		    { { "A", 10, 0, 90 }, { "B", 11, 0, 90 } } },
		{ "no getdents64", "", 0, SYS_getdents64,
		    { { "A", 10, 0, 90 } } },
	};
	static const struct {
		const char *comm, *want;
	} name[] = {
		{ "evil) Z 1 1", "evil) Z 1 1" }, { "a\nb", "a\nb" },
		{ "\xff\xfe\x80", "\xff\xfe\x80" },
		{ "123456789012345", "123456789012345" },
		{ "", "" }, { "\n", "\n" }, { "\n\n", "\n\n" },
	};
	char *buf = new_buf();
	int i, k, n, fds = count_fds();

	for (i = 0; i < LEN(t); i++) {
		struct proc p[PROCS];

		memcpy(p, t[i].p, sizeof(p));
		for (n = 0; n < PROCS && p[n].comm; n++)
			put_proc(&p[n]);
		fail_nr[0] = t[i].without;
		fail_errno = ENOSYS;
		mem = ram;
		k = scan(buf, t[i].above);
		ok(!strcmp(order(), t[i].want), "scan, %s: \"%s\", not \"%s\"",
		    t[i].what, order(), t[i].want);
		ok(k == (t[i].without == SYS_getdents64 ? -1 : 0) &&
		    stale == -k, "scan, %s: %d, stale %d", t[i].what, k, stale);
		fail_nr[0] = 0;
		clear_procs(p, n);
		ok(count_fds() == fds, "scan, %s: %d descriptors leaked",
		    t[i].what, count_fds() - fds);
	}
	for (i = 0; i < LEN(name); i++) {
		struct proc p = { name[i].comm, 50, 0, 90 };

		put_proc(&p);
		scan(buf, 0);
		ok(armed[0].pid == p.pid && !strcmp(armed[0].comm,
		    name[i].want), "comm row %d: \"%s\"", i, armed[0].comm);
		clear_procs(&p, 1);
	}
	{	/* system calls for who is no contender: open, read, close */
		struct proc p[5] = { { "A", 900, 0, 90 }, { "B", 901, 0, 90 },
		    { "C", 902, 0, 90 }, { "D", 5, 0, 90 },
		    { "E", 6, 0, 90 } };
		int three;

		for (n = 0; n < 3; n++)
			put_proc(&p[n]);
		opens = 0;
		scan(buf, 0);
		three = opens;
		for (; n < 5; n++)
			put_proc(&p[n]);
		armed_ms = 0;
		opens = 0;
		scan(buf, 0);
		ok(opens - three <= 2 + 6, "a process that is no contender "
		    "costs more than an open: %d for two", opens - three);
		clear_procs(p, 5);
	}
	ok(count_fds() == fds, "%d descriptors leaked", count_fds() - fds);
	free(buf);
}

/* The armed victim after things have changed: which one, or '-' where only a
 * fresh scan can tell. The four hold 400, 300, 200, 100 MiB of 1000, at the
 * scores of a kernel before 5.9; the last is never armed. */
static void
test_armed(void)
{
	static const struct {
		const char *what;
		const char *score[3];	/* now, NULL: as it was */
		int missing_mib;	/* from available + swap */
		char want;
		int tiny;		/* the second one holds nothing */
		unsigned long live;	/* stall */
	} t[] = {
		{ "nothing changed", { NULL }, 0, 'A', 0, 0 },
		{ "the worst grew", { "600" }, 200, 'A', 0, 0 },
		{ "the third grew", { NULL, NULL, "700" }, 500, 'C', 0, 0 },
		{ "the worst shrank", { "250" }, -150, 'B', 0, 0 },
		{ "the worst is a zombie", { "0" }, -400, 'B', 0, 0 },
		{ "the worst is gone", { "" }, -400, 'B', 0, 0 },
		{ "two are gone", { "", "0" }, -700, 'C', 0, 0 },
		{ "all are gone", { "", "", "" }, 0, '-', 0, 0 },
		{ "somebody else grew past it", { NULL }, 500, '-', 0, 0 },
		{ "somebody may have", { NULL }, 201, '-', 0, 0 },
		{ "nobody can have", { NULL }, 199, 'A', 0, 0 },
		{ "it grew, somebody else more", { "500" }, 700, '-', 0, 0 },
		{ "a tiny one has a higher score", { NULL }, 0, 'A', 1, 0 },
		{ "rubbish in oom_score", { "x", "-5", "\xff" }, 0, '-', 0, 0 },
		{ "over 32 bits", { "4294967297" }, 0, '-', 0, 0 },
		{ "the worst is gone, its memory too", { "" }, 0, '-', 0, 0 },
		{ "a livelock, it grew along", { "450" }, 700, 'A', 0, 2000 },
		{ "a livelock, it hardly grew", { "420" }, 700, '-', 0, 2000 },
		{ "a livelock, none of them grew", { NULL }, 500, '-', 0, 9900 },
		{ "stall, but no livelock", { "450" }, 700, '-', 0, 1000 },
	};
	char *buf = new_buf();
	int i, k;

	baseline = 0;
	for (i = 0; i < LEN(t); i++) {
		struct proc p[4] = { { "A", 400, 0, 400 }, { "B", 300, 0, 300 },
		    { "C", 200, 0, 200 }, { "D", 100, 0, 100 } };
		struct candidate *v;

		if (t[i].tiny) {
			p[1].rss_mib = 1;
			p[1].score = 900;
			p[3].score = 0;
		}
		for (k = 0; k < 4; k++)
			put_proc(&p[k]);
		mem = ram;
		mem.available_kib = 800 * 1024;
		scan(buf, 0);
		for (k = 0; k < 3; k++)
			if (t[i].score[k])
				put_score(p[k].pid, t[i].score[k]);
		mem.available_kib -= (kib)(t[i].missing_mib * 1024L);
		live_centi = t[i].live;
		v = armed_victim(buf, &(int){ 0 });
		live_centi = 0;
		ok((v ? v->comm[0] : '-') == t[i].want, "armed, %s: %c, not %c",
		    t[i].what, v ? v->comm[0] : '-', t[i].want);
		memset(&crowd, 0, sizeof(crowd));
		if (t[i].missing_mib == 199 && !t[i].score[0]) {
			/* but a storm that had 300 may hold over 400 by now */
			for (k = 0; k < 100; k++)
				vote(500, 3);
			fake_own_pgid = 77;
			ok(!armed_victim(buf, &(int){ 0 }),
			    "armed, a storm grew");
			mem.available_kib += 100 * 1024;
			v = armed_victim(buf, &(int){ 0 });
			ok(v && v->comm[0] == 'A', "armed, a storm grew less");
			/* one that has only begun: too few to be one yet */
			memset(&crowd, 0, sizeof(crowd));
			for (k = 0; k < 5; k++)
				vote(500, 60);
			ok(armed_victim(buf, &(int){ 0 }) == v,
			    "armed, a few grew less");
			mem.available_kib -= 100 * 1024;
			ok(!armed_victim(buf, &(int){ 0 }),
			    "armed, a few grew");
			crowd.pgid = armed[0].pgid;
			v = armed_victim(buf, &(int){ 0 });
			ok(v && v->comm[0] == 'A', "armed, its own group");
			fake_own_pgid = 0;
			memset(&crowd, 0, sizeof(crowd));
		}
		clear_procs(p, 4);
	}
	free(buf);
}

/* the kill */

static const struct kernel
    plenty = { .total = RAM_MIB * 1024, .free = RAM_MIB * 512 },
    short_of = { .total = RAM_MIB * 1024,
	.free = RAM_MIB * 1024 * AVAILABLE_FLOOR / 100 - 1024 },
    very_short = { .total = RAM_MIB * 1024, .free = 1024 };

/* The signal works: memory is back, and its oom_score 0 as a zombie's is. */
static void
signalled(int pid)
{
	write_meminfo(&plenty, 0);
	if (pid > 1)
		put_score(pid, "0\n");
}

/* One victim, each way that its end can go. */
static void
test_kill(void)
{
	enum { DRY = 1, SWALLOW = 2, BACK_FIRST = 4, NEVER_BACK = 8,
	    IGNORES = 16, FLOOR = 32, NO_GRACE = 64, EPERMS = 128 };
	static const struct {
		const char *what;
		int how;
		long without;
		const char *sent;	/* signals, pid left out */
		const char *log;	/* the line's first word, ... */
		const char *tail;	/* ... and what is in its end */
		int is_stuck;
	} t[] = {
		{ "SIGTERM is enough", 0, 0, "TERM", "killed",
		    "signal=TERM back=yes", 0 },
		{ "it ignores SIGTERM", IGNORES, 0, "TERM KILL", "killed",
		    "signal=TERM+KILL back=yes", 0 },
		{ "at the kill floor", FLOOR, 0, "KILL", "killed",
		    "signal=KILL back=yes", 0 },
		{ "no grace", NO_GRACE, 0, "KILL", "killed",
		    "signal=KILL back=yes", 0 },
		{ "dry run", DRY, 0, "", "would kill", "psi=12.34", 0 },
		{ "memory is back after the scan", BACK_FIRST, 0, "", "",
		    "", 0 },
		{ "memory doesn't come back", NEVER_BACK, 0, "TERM", "killed",
		    "signal=TERM back=no", 0 },
		{ "no pidfd_open", 0, SYS_pidfd_open, "TERM", "killed",
		    "signal=TERM back=yes", 0 },
		{ "no pidfd_send_signal", 0, SYS_pidfd_send_signal, "TERM",
		    "killed", "signal=TERM back=yes", 0 },
		{ "no process_mrelease", NO_GRACE | SWALLOW | NEVER_BACK,
		    SYS_process_mrelease, "KILL", "stuck",
		    "signal=KILL back=no", 1 },
		{ "no pidfd_open, it ignores SIGTERM", IGNORES, SYS_pidfd_open,
		    "TERM KILL", "killed", "signal=TERM+KILL back=yes", 0 },
		{ "it doesn't go", NO_GRACE | SWALLOW | NEVER_BACK, 0, "KILL",
		    "stuck", "signal=KILL back=no", 1 },
		{ "it may not be signalled", EPERMS | NEVER_BACK,
		    SYS_pidfd_send_signal, "TERM", "kill",
		    "not permitted", 0 },
	};
	/* qemu-user 7.2, or Linux before 5.15 */
	const int lacks_mrelease = syscall(SYS_process_mrelease, -1, 0) < 0 &&
	    errno == ENOSYS;
	char *buf = new_buf(), want[256], *got;
	int i, fds, k, lacks;

	fds = count_fds();
	for (i = 0; i < LEN(t); i++) {
		struct proc p = { "an eater", 600, 12, 500, 7 };

		ignore_next = !!(t[i].how & IGNORES);
		put_proc(&p);
		ignore_next = 0;
		fail_nr[0] = t[i].without;
		fail_errno = t[i].how & EPERMS ? EPERM : ENOSYS;
		kill_errno = t[i].how & EPERMS ? EPERM : 0;
		swallow = !!(t[i].how & SWALLOW);
		step_us = swallow ? 20000 : 0;
		opt.dry_run = !!(t[i].how & DRY);
		opt.grace_ms = t[i].how & NO_GRACE ? 0 :
		    t[i].how & IGNORES ? 60 : 5000;
		held = 0;
		futile = 0;
		without_mrelease = 0;
		sent[0] = '\0';
		back_after = t[i].how & NEVER_BACK ? 0 :
		    t[i].how & IGNORES ? SIGKILL : -1;
		write_meminfo(t[i].how & FLOOR ? &very_short : &short_of, 0);
		measure(buf);
		ok(is_below(opt.available_centi), "kill, %s: memory isn't "
		    "short", t[i].what);
		if (t[i].how & BACK_FIRST)
			write_meminfo(&plenty, 0);
		logged();
		live_centi = 1234;
		scan(buf, 0);
		if (t[i].how & BACK_FIRST) {
			disarm();
			armed_ms -= 1000;
		}
		relieve(buf, EXHAUSTED, now_ms());
		got = logged();

		for (want[0] = '\0', k = 0; t[i].sent[k]; k += 4 +
		    (t[i].sent[k + 4] == ' '))
			snprintf(want + strlen(want), 64, "%d/%.4s ", p.pid,
			    t[i].sent + k);
		ok(!strcmp(sent, want), "kill, %s: sent \"%s\", not \"%s\"",
		    t[i].what, sent, want);
		if (!*t[i].log)
			ok(!*got, "kill, %s: %s", t[i].what, got);
		else if (t[i].how & EPERMS)
			ok(strstr(got, "kill") && strstr(got, t[i].tail),
			    "kill, %s: %s", t[i].what, got);
		else {
			snprintf(want, sizeof(want), "<4>bustd: %s pid=%d "
			    "comm=an\\x20eater oom_score=600 oom_score_adj=12 "
			    "rss_kib=512000 swap_kib=7168 reason=exhausted "
			    "available_kib=%llu swap_free_kib=0 psi=12.34",
			    t[i].log, p.pid, KIB(kernel_available(t[i].how &
			    FLOOR ? &very_short : &short_of)));
			ok(!strncmp(got, want, strlen(want)) &&
			    strstr(got, t[i].tail) &&
			    strchr(got, '\n') == got + strlen(got) - 1,
			    "kill, %s: %s", t[i].what, got);
		}
		ok(is_stuck(buf, p.pid) == t[i].is_stuck, "kill, %s: stuck %d",
		    t[i].what, !t[i].is_stuck);
		/* asked REAP_MS after a SIGKILL: no ENOSYS, no flag; who goes
		 * at once isn't gone by then on a slow machine */
		lacks = t[i].without == SYS_process_mrelease ||
		    (lacks_mrelease && t[i].is_stuck);
		ok(without_mrelease == lacks ||
		    (lacks_mrelease && strstr(sent, "KILL")),
		    "kill, %s: asks for process_mrelease again", t[i].what);
		fail_nr[0] = 0;
		swallow = kill_errno = 0;
		step_us = 0;
		if (t[i].is_stuck) {
			scan(buf, 0);
			ok(!armed[0].pid, "kill, %s: armed again", t[i].what);
			put_score(p.pid, "");
			ok(!is_stuck(buf, p.pid) && count_fds() == fds,
			    "kill, %s: stuck though it is gone", t[i].what);
		}
		if (*sent)
			ok(t[i].is_stuck || !armed[0].pid ==
			    !(t[i].how & EPERMS), "kill, %s: armed %d",
			    t[i].what, armed[0].pid);
		disarm();
		clear_procs(&p, 1);
		ok(count_fds() == fds, "kill, %s: %d descriptors leaked",
		    t[i].what, count_fds() - fds);
	}
	opt.dry_run = DRY_RUN;
	opt.grace_ms = GRACE_MS;
	free(buf);
}

static void
test_group(void)
{
	static const struct {
		pid_t pgid, own;
		int group;
	} t[] = {
		{ 1234, 77, 1 }, { 0, 77, 0 }, { 1, 77, 0 }, { -1, 77, 0 },
		{ 77, 77, 0 }, { 0, 0, 0 }, { 2, 1, 1 },
	};
	char *buf = new_buf(), want[64];
	struct proc p = { "A", 500, 0, 90 };
	int i;

	put_proc(&p);
	scan(buf, 0);
	swallow = 1;
	for (i = 0; i < 2 * LEN(t); i++) {
		opt.kill_group = i < LEN(t);
		fake_pgid = t[i % LEN(t)].pgid;
		fake_own_pgid = t[i % LEN(t)].own;
		sent[0] = '\0';
		send_signal(buf, &armed[0], SIGTERM);
		snprintf(want, sizeof(want), "%d/TERM ", opt.kill_group &&
		    t[i % LEN(t)].group ? -fake_pgid : p.pid);
		ok(!strcmp(sent, want), "group %d, ours %d, -g %d: %s",
		    fake_pgid, fake_own_pgid, opt.kill_group, sent);
	}
	/* a pid that is another's by now gets nothing */
	put_score(p.pid, "");
	opt.kill_group = 1;
	fake_pgid = 1234;
	fail_nr[0] = SYS_pidfd_send_signal;
	fail_errno = ENOSYS;
	sent[0] = '\0';
	ok(send_signal(buf, &armed[0], SIGTERM) < 0 && errno == ESRCH &&
	    !*sent, "a signal by pid to who is gone: %s", sent);
	fail_nr[0] = 0;
	swallow = 0;
	opt.kill_group = KILL_PROCESS_GROUP;
	clear_procs(&p, 1);
	free(buf);
}

/* How often /proc is scanned while memory is short, but no rule holds: looks
 * each 100 ms, for ten seconds. */
static void
test_rescan(void)
{
	static const struct kernel
	    low = { .total = RAM_MIB * 1024,
		.free = RAM_MIB * 1024 * (AVAILABLE_FLOOR + 8) / 100 },
	    lower = { .total = RAM_MIB * 1024,
		.free = RAM_MIB * 1024 * (AVAILABLE_FLOOR + 3) / 100 };
	static const struct {
		const char *what;
		int score;		/* of the one who is there at first */
		const struct kernel *then;
		int least, most;	/* scans in ten seconds */
	} t[] = {
		{ "one is armed", 300, &low, 1, 2 },
		{ "one is armed, memory falls, by less than it holds", 300, &lower, 1,
		  2 },
		{ "nobody can be", 0, &low, 5, 11 },
		{ "nobody can be, memory falls", 0, &lower, 5, 12 },
	};
	char *buf = new_buf();
	int i, k;

	for (i = 0; i < LEN(t); i++) {
		struct proc p = { "A", (unsigned)t[i].score, 0, 300 },
		    late = { "B", 500, 0, 500 };
		msec last = 0;
		int scans = 0;

		put_proc(&p);
		clock_ahead_us += 60000000;
		learnt_ms = now_ms();
		reserve_kib = pinned_kib = 0;
		write_meminfo(&low, 0);
		for (k = 0; k < 100; k++) {
			if (k == 50)
				write_meminfo(t[i].then, 0);
			clock_ahead_us += 100000;
			look(buf);
			scans += armed_ms != last;
			last = armed_ms;
		}
		ok(scans >= t[i].least && scans <= t[i].most,
		    "rescan, %s: %d scans", t[i].what, scans);
		/* who comes then is seen within a second, or at once when an
		 * armed one ends or memory falls */
		put_proc(&late);
		if (armed[0].pid)
			disarm_one(0);
		else if (t[i].then == &low)
			write_meminfo(&lower, 0);
		for (k = 0; k < 11 && order()[0] != 'B'; k++) {
			clock_ahead_us += 100000;
			look(buf);
		}
		ok(k < (t[i].score || t[i].then == &low ? 3 : 11),
		    "rescan, %s: late by %d looks", t[i].what, k);
		clear_procs(&p, 1);
		clear_procs(&late, 1);
	}
	free(buf);
}

/* Do the armed ones eat what is left within SOON_MS? */
static void
test_soon(void)
{
	static const struct {
		const char *what;
		int grown[2];		/* points, in a RECENT_MS */
		int room_kib;
		int want;
	} t[] = {
		{ "nobody grows", { 0, 0 }, 10000, 0 },
		{ "one does, fast", { 20, 0 }, 10000, 1 },
		{ "one does, with room", { 20, 0 }, 90000, 0 },
		{ "the second one does", { 0, 20 }, 10000, 1 },
		{ "the other's file pages are taken", { 20, -40 }, 10000, 1 },
		{ "both shrink", { -20, -20 }, 10000, 0 },
		{ "file pages come and go", { 4, 4 }, 0, 0 },
		{ "one has ended", { -9999, 0 }, 10000, 0 },
	};
	char *buf = new_buf(), text[16];
	msec now = 5000000;
	int i, k, n, fd[2] = { file_of("", 0), file_of("", 0) };

	baseline = 667;
	armed_ms = 1;
	stale = 0;
	ok(is_soon_exhausted(buf, now) == 0, "soon, nobody can be armed");
	armed_ms = 2;
	stale = 1;
	ok(is_soon_exhausted(buf, now) == 1, "soon, nobody is armed yet");
	stale = 0;
	for (i = 0; i < LEN(t); i++) {
		mem = (struct memory){ .total_kib = 200000,
		    .available_kib = (kib)(t[i].room_kib + 200000 / 100 *
			AVAILABLE_FLOOR) };
		for (k = 0; k < 2; k++) {
			armed[k] = (struct candidate){ .pid = 7 + k,
			    .pidfd = -1, .score_fd = fd[k] };
			rewrite(fd[k], "900\n", 4);
		}
		armed_ms = now += 60000;
		ok(is_soon_exhausted(buf, now) == 1,
		    "soon, %s: too early to tell", t[i].what);
		for (k = 0; k < 2; k++) {
			n = snprintf(text, sizeof(text), "%d\n",
			    900 + t[i].grown[k] < 0 ? 0 : 900 + t[i].grown[k]);
			rewrite(fd[k], text, (size_t)n);
		}
		now += RECENT_MS - 1;
		ok(is_soon_exhausted(buf, now) == 1,
		    "soon, %s: too early still", t[i].what);
		now++;
		ok(is_soon_exhausted(buf, now) == t[i].want,
		    "soon, %s", t[i].what);
		ok(is_soon_exhausted(buf, now + 1) == t[i].want,
		    "soon, %s: and a moment later", t[i].what);
		/* who stops is no reason to wait any more */
		now += RECENT_MS;
		ok(is_soon_exhausted(buf, now) == 0,
		    "soon, %s: and then nobody grows", t[i].what);
	}
	memset(armed, 0, sizeof(armed));
	baseline = 0;
	close(fd[0]);
	close(fd[1]);
	free(buf);
}

/* Who goes first: the worst one, or one of a group that leaks. */
static void
test_leak(void)
{
	static const struct {
		const char *what;
		int pgid[ARMED], score[ARMED], grown[ARMED];
		int majority;		/* the group that leads the vote */
		int want;		/* index */
	} t[] = {
		{ "two that grow", { 5, 9, 9 }, { 60, 10, 8 }, { 0, 8, 8 },
		    5, 1 },
		{ "two that grow, too small", { 5, 9, 9 }, { 60, 7, 5 },
		    { 0, 8, 8 }, 5, 0 },
		{ "in two groups", { 5, 9, 8 }, { 60, 12, 10 }, { 0, 8, 8 },
		    5, 0 },
		{ "one that grows", { 5, 9, 8 }, { 60, 40, 26 }, { 0, 0, 5 },
		    5, 2 },
		{ "in the worst one's group", { 9, 9, 9 }, { 60, 40, 35 },
		    { 0, 8, 8 }, 9, 1 },
		{ "in init's", { 0, 0, 0 }, { 60, 40, 35 }, { 0, 8, 0 }, 0, 1 },
		{ "the worst grows, too", { 5, 9, 9 }, { 60, 40, 35 },
		    { 5, 8, 8 }, 9, 0 },
		{ "they lead the vote", { 5, 9, 9 }, { 60, 40, 35 }, { 0 },
		    9, 1 },
		{ "they neither grow nor lead", { 5, 9, 9 }, { 60, 40, 35 },
		    { 0, 4, 4 }, 5, 0 },
		{ "together they hold less", { 5, 9, 9 }, { 90, 40, 35 },
		    { 0 }, 9, 0 },
		{ "one is of another group", { 5, 9, 8 }, { 60, 40, 35 },
		    { 0 }, 9, 0 },
		{ "they lead, as init's group", { 5, 1, 1 }, { 60, 40, 35 },
		    { 0 }, 1, 0 },
		{ "they lead, with the worst", { 9, 9, 9 }, { 60, 40, 35 },
		    { 0 }, 9, 0 },
		{ "the second has overtaken", { 9, 5, 9 }, { 40, 60, 35 },
		    { 8, 0, 8 }, 9, 0 },
		{ "alone", { 5 }, { 60 }, { 0 }, 9, 0 },
		{ "alone, and holds nothing", { 5 }, { -20 }, { 0 }, 9, 0 },
		{ "all hold nothing", { 5, 8, 9 }, { -2, -20, -30 }, { 0 },
		    9, 0 },
		{ "nobody else holds enough", { 5, 9 }, { 60, 40 }, { 0, 4 },
		    9, 0 },
	};
	struct candidate *worst;
	int i, k;

	baseline = 667;
	for (i = 0; i < LEN(t); i++) {
		memset(armed, 0, sizeof(armed));
		crowd.pgid = t[i].majority;
		worst = armed;
		for (k = 0; k < ARMED && t[i].score[k]; k++) {
			armed[k] = (struct candidate){ .pid = 100 + k,
			    .pgid = t[i].pgid[k], .enough = 1,
			    .score = (unsigned)((int)baseline +
				t[i].score[k]),
			    .last_score = (unsigned)((int)baseline +
				t[i].score[k] + t[i].grown[k]) };
			if (armed[k].score > worst->score)
				worst = &armed[k];
		}
		ok(who_leaks(worst) == &armed[t[i].want],
		    "leak, %s: %td", t[i].what, who_leaks(worst) - armed);
		for (k = 0; k < ARMED; k++)
			armed[k].enough = &armed[k] == worst;
		ok(who_leaks(worst) == worst, "leak, %s: tiny", t[i].what);
	}
	memset(armed, 0, sizeof(armed));
	memset(&crowd, 0, sizeof(crowd));
	baseline = 0;
}

/* A group of many small processes, against one that holds more or less. */
static void
test_crowd(void)
{
	static const struct {
		const char *what;
		int pgid, n, points;	/* so many of so many points each */
		int other_n, other;	/* and others in groups of their own */
		int victim;		/* the worst one's points; -1: nobody */
		int want;
	} t[] = {
		{ "a storm", 500, 200, 3, 30, 2, 100, 1 },
		{ "a storm, and nobody else", 500, 200, 3, 0, 0, -1, 1 },
		{ "a storm that starts", 500, 8, 7, 1, 2, 30, 1 },
		{ "a few small ones", 500, 7, 7, 1, 2, 30, 0 },
		{ "a bigger victim", 500, 200, 3, 30, 2, 900, 0 },
		{ "a smaller storm than the victim", 500, 30, 3, 300, 2, 100, 0 },
		{ "workers that hold something", 500, 20, 40, 30, 2, 100, 0 },
		{ "workers beside as much", 500, 20, 40, 300, 2, 45, 0 },
		{ "init's own children", 0, 200, 3, 30, 2, 100, 0 },
		{ "init's group", 1, 200, 3, 30, 2, 100, 0 },
		{ "our own group", 77, 200, 3, 30, 2, 100, 0 },
		{ "getpgid fails", -1, 200, 3, 30, 2, 100, 0 },
		{ "protected ones beside it", 500, 9, 1, 5, -500, 100, 0 },
		{ "nobody at all", 500, 0, 0, 0, 0, -1, 0 },
	};
	static const struct {
		const char *what;
		int error, back;
		unsigned futile;
	} u[] = {
		{ "ended", 0, SIGKILL, 0 },
		{ "no use", 0, 0, 1 },
		{ "another user's", EPERM, 0, 1 },
		{ "gone", ESRCH, 0, 1 },
	};
	char *buf = new_buf(), want[32];
	int i, k, order;

	write_meminfo(&short_of, 0);
	baseline = 667;
	fake_own_pgid = 77;
	for (i = 0; i < LEN(t); i++) {
		for (order = 0; order < 2; order++) {
			struct candidate v = { .pid = t[i].victim >= 0,
			    .last_score = t[i].victim < 0 ? 2000 :
			    (unsigned)(t[i].victim + (int)baseline) };

			memset(&crowd, 0, sizeof(crowd));
			for (k = 0; k < t[i].n + t[i].other_n; k++) {
				int one = order ? k >= t[i].other_n :
				    k < t[i].n;

				vote(one ? t[i].pgid : 10000 + k,
				    one ? t[i].points : t[i].other);
				vote(k & 1, 1000);	/* is no group */
			}
			mem.total_kib = RAM_MIB * 1024;
			mem.shmem_kib = 0;
			ok(is_crowd(&v) == t[i].want,
			    "crowd, %s, order %d: %ld, lead %ld", t[i].what, order,
			    crowd.members, crowd.lead);
			if (!t[i].want)
				continue;
			*sent = '\0';
			swallow = 1;
			futile = 0;
			ok(end_crowd(buf, EXHAUSTED, now_ms()) == 1,
			    "crowd, %s: ended", t[i].what);
			ok(futile == 1, "crowd, %s: gave nothing back",
			    t[i].what);
			swallow = 0;
			snprintf(want, sizeof(want), "-%d/KILL ", t[i].pgid);
			ok(!strcmp(sent, want), "crowd, %s: %s", t[i].what,
			    sent);
			ok(strstr(logged(), "killed pgid=500 processes=") != 0,
			    "crowd, %s: its line", t[i].what);
		}
	}
	/* not for what tmpfs holds, nor over and over where it may not be; then
	 * the worst single process is next */
	crowd.members = crowd.points = crowd.lead = 100;
	crowd.pgid = 500;
	*sent = '\0';
	swallow = 1;
	mem.shmem_kib = (kib)score_kib(100) * 4 + 4;
	ok(!end_crowd(buf, EXHAUSTED, now_ms()) && !*sent, "crowd, tmpfs: %s",
	    sent);
	mem.shmem_kib -= 8;
	kill_errno = EPERM;
	ok(!end_crowd(buf, EXHAUSTED, now_ms()) && !*logged(),
	    "crowd, of another user");
	kill_errno = 0;
	futile = 0;
	for (i = 1; i <= RETRY; i++) {
		end_crowd(buf, EXHAUSTED, now_ms());
		ok(!strstr(logged(), "no process to kill: kills gave nothing") ==
		    (i < RETRY), "crowd, futile kill %d", i);
	}
	/* a scan may have taken long: it is looked at all the same */
	write_meminfo(&plenty, 0);
	futile = 0;
	end_crowd(buf, EXHAUSTED, now_ms() - STUCK_MS * 2);
	ok(strstr(logged(), "back=yes") && !futile, "crowd, after a long scan");

	/* whom relieve() ends where a group leads */
	for (i = 0; i < LEN(u); i++) {
		struct proc p[CROWD + 1];

		for (k = 0; k < LEN(p); k++) {
			p[k] = k < CROWD ?
			    (struct proc){ "small", 672, 0, 5 } :
			    (struct proc){ "one", 680, 0, 60 };
			put_proc(&p[k]);
		}
		fake_pgid = 500;
		kill_errno = u[i].error;
		back_after = u[i].back;
		opt.grace_ms = 0;
		futile = killed = 0;
		held = 0;
		disarm();
		write_meminfo(&short_of, 0);
		measure(buf);
		clock_ahead_us += 60000000;
		*sent = '\0';
		relieve(buf, EXHAUSTED, now_ms());
		ok(strstr(sent, "-500/KILL ") == sent &&
		    !sent[strlen("-500/KILL ")] == (u[i].error != EPERM),
		    "relieve, a crowd, %s: %s", u[i].what, sent);
		ok(futile == u[i].futile && killed == (u[i].error != EPERM),
		    "relieve, a crowd, %s: killed %u, futile %u", u[i].what,
		    killed, futile);
		logged();
		kill_errno = 0;
		clear_procs(p, LEN(p));
	}
	back_after = 0;
	opt.grace_ms = GRACE_MS;
	futile = 0;
	swallow = 0;
	held = 0;
	mem.shmem_kib = 0;
	memset(&crowd, 0, sizeof(crowd));
	*sent = '\0';
	fake_pgid = fake_own_pgid = 0;
	baseline = 0;
	killed = 0;
	free(buf);
}

/* Nobody to kill, or kills that don't help: LAST_RESORT, once in a while. */
static void
test_last_resort(void)
{
	static const char *const what[] = { "; waiting\n",
	    "; asking the kernel\n", "; rebooting\n" };
	static const char spared[] = "no process to kill: tmpfs holds it; ";
	static const struct {
		int what, shmem_mib, was_mib, swapped_mib, grown;
		const char *want;
	} t[] = {
		{ LIVE, 210, 0, 0, 0, spared },
		{ LIVE, 190, 0, 0, 0, "killed pid=" },
		{ LIVE, 450, 0, 0, GROWN, spared },
		{ LIVE, 390, 0, 0, GROWN, "killed pid=" },
		/* holds all that its oom_score says */
		{ LEADER, 450, 0, 0, 0, "killed pid=" },
		/* swapped out: no more than it was, or than is there */
		{ LIVE, 0, 300, 250, 0, spared },
		{ LIVE, 0, 150, 250, 0, "killed pid=" },
	};
	char *buf = new_buf(), *got;
	msec start;
	int i, k;

	for (i = NONE; i <= REBOOT; i++) {
		for (k = 0; k < 2; k++) {
			struct proc p = { "init", 900, 0, 900 };

			opt.dry_run = k;
			opt.last_resort = i;
			sysrq_fd = file_of("", 0);
			held = 0;
			clock_ahead_us += 60000000;
			sent[0] = '\0';
			put_proc(&p);
			write_meminfo(&short_of, 0);
			logged();
			/* nine seconds of it, looked at every 10 ms */
			for (start = now_ms(); now_ms() - start < 9000; ) {
				measure(buf);
				relieve(buf, EXHAUSTED, now_ms());
				clock_ahead_us += 10000;
			}
			got = logged();
			ok(strstr(got, "no process to kill: ") &&
			    strstr(got, what[k ? 0 : i]) && strchr(got, '\n') ==
			    got + strlen(got) - 1, "last resort %d, dry %d: "
			    "%s", i, k, got);
			ok(!strcmp(sent, !k && i == REBOOT ? "reboot " : ""),
			    "last resort %d, dry %d: did %s", i, k, sent);
			ok(lseek(sysrq_fd, 0, SEEK_END) == (!k && i == OOM),
			    "last resort %d, dry %d: sysrq", i, k);
			close(sysrq_fd);
			clear_procs(&p, 1);
		}
	}
	sysrq_fd = -1;
	opt.last_resort = LAST_RESORT;
	opt.dry_run = DRY_RUN;

	held = 0;
	futile = 0;
	opt.grace_ms = 0;
	back_after = 0;
	for (i = 0; i < RETRY; i++) {
		struct proc p = { "E", 900, 0, 900 };

		put_proc(&p);
		logged();
		measure(buf);
		relieve(buf, EXHAUSTED, now_ms());
		got = logged();
		ok(strstr(got, "back=no") && !strstr(got, "no process") ==
		    (i < RETRY - 1), "futile kill %d: %s", i, got);
		clear_procs(&p, 1);
	}
	opt.grace_ms = GRACE_MS;
	held = 0;

	/* what is in tmpfs comes back with no one's end */
	for (i = 0; i < LEN(t); i++) {
		struct proc p = { "E", 400, 0, 100, 0, t[i].what };
		char score[16];

		put_proc(&p);
		write_meminfo(&short_of, 0);
		is_guarding = 0;
		fake_si.sharedram = (unsigned long)t[i].was_mib * 1024;
		measure(buf);
		is_guarding = 1;
		fake_si.sharedram = (unsigned long)t[i].shmem_mib * 1024;
		fake_si.totalswap = (unsigned long)t[i].swapped_mib * 1024;
		measure(buf);
		scan_all(buf);
		snprintf(score, sizeof(score), "%d\n", 400 + t[i].grown);
		put_score(p.pid, score);
		back_after = SIGTERM;
		logged();
		for (start = now_ms(); now_ms() - start < 2000; ) {
			measure(buf);
			relieve(buf, EXHAUSTED, now_ms());
			clock_ahead_us += 10000;
			if (armed[0].pid == 0 && !is_below(opt.available_centi))
				break;
		}
		got = logged();
		ok(strstr(got, t[i].want) != NULL, "tmpfs row %d: %s", i, got);
		held = 0;
		disarm();
		clear_procs(&p, 1);
	}
	is_guarding = 0;
	write_meminfo(&plenty, 0);
	free(buf);
}

/* Memory falls: /proc is scanned again only where who is armed doesn't explain
 * it, or has ended, or was looked at long ago. */
static void
test_arm_early(void)
{
	static const struct {
		const char *what, *score;	/* the worst one's, now */
		int missing_mib, later_ms, want;
	} t[] = {
		{ "nothing changed", NULL, 0, 1000, 0 },
		{ "the worst grew", "800", 600, 1000, 0 },
		{ "somebody else grew", NULL, 600, 1000, 1 },
		{ "a little", NULL, 300, 1000, 0 },
		{ "the worst is gone", "", 600, 1000, 1 },
		{ "it is long ago", NULL, 0, AGE_MS + 1000, 1 },
		{ "memory came back", NULL, -100, 1000, 0 },
	};
	char *buf = new_buf();
	int i;

	baseline = 0;
	for (i = 0; i < LEN(t); i++) {
		struct proc p[2] = { { "A", 200, 0, 200 }, { "B", 100, 0, 90 } };

		put_proc(&p[0]);
		put_proc(&p[1]);
		mem = ram;
		mem.available_kib = 800 * 1024;
		scan(buf, 0);
		scan_ms = 0;
		if (t[i].score)
			put_score(p[0].pid, t[i].score);
		clock_ahead_us += t[i].later_ms * 1000;
		mem.available_kib -= (kib)(t[i].missing_mib * 1024L);
		opens = 0;
		arm_early(buf, now_ms());
		ok(!!opens == t[i].want, "arm early, %s: %d opens", t[i].what,
		    opens);
		opens = 0;
		arm_early(buf, now_ms());
		ok(!opens, "arm early, %s: again at once", t[i].what);
		clear_procs(p, 2);
	}
	free(buf);
}

/* Of 64 MB, as learnt: reserve 2.2, low watermark 1.25, 9 MB of slab pinned;
 * MemAvailable dips by a boost of that watermark. */
static void
test_dip(void)
{
	static const struct {
		const char *what;
		uint64_t free, file, slab, cma, boost;
		long members;		/* of a crowd */
		kib available_kib;	/* 0: none was found */
		int want;
		unsigned worst;		/* points of the worst single one */
	} t[] = {
		{ "no dip, low", 2000, 3000, 9000, 0, 0, 0, 887, 0 },
		{ "a dip", 2000, 6000, 9000, 0, 2250, 0, 3887, 1 },
		{ "a dip, and low", 2000, 4000, 9000, 0, 2250, 0, 1887, 0 },
		{ "a dip, and free CMA", 3000, 5000, 9000, 3000, 2250, 0, 887,
		  0 },
		{ "a dip in a fork storm", 2000, 6000, 9000, 0, 2250, 8, 0,
		  0 },
		{ "a dip, and a few small ones", 2000, 6000, 9000, 0, 2250, 7,
		  3887, 1 },
		{ "a dip, and small ones beside a big one", 2000, 6000, 9000,
		  0, 2250, 8, 3887, 1, 900 },
		{ "a dip in a storm, and a small one", 2000, 6000, 9000, 0,
		  2250, 8, 0, 0, 7 },
		{ "slab that wasn't pinned", 500, 1500, 13000, 0, 0, 0, 1800,
		  0 },
	};
	const struct kernel learnt = { .total = 65672, .free = 20000,
	    .file = 20000, .slab = 9000, .reserve = 2200, .wmark_low = 1250 };
	struct proc p = { "A", 800, 0, 20 };
	struct kernel k;
	char *buf = new_buf();
	int i;

	for (i = 0; i < LEN(t); i++) {
		write_meminfo(&learnt, 0);
		relearn(buf);
		ok(reserve_kib == 4700 && pinned_kib == 9000,
		    "dip, learnt %lu, %lu", reserve_kib, pinned_kib);
		k = learnt;
		k.free = t[i].free;
		k.file = t[i].file;
		k.slab = t[i].slab;
		k.wmark_low += t[i].boost;
		write_meminfo(&k, 0);
		cma_free_kib = t[i].cma;
		measure(buf);
		ok(is_below(opt.available_centi), "dip, %s: %lu", t[i].what,
		    mem.available_kib);
		crowd.pgid = t[i].members ? 500 : 0;
		crowd.members = crowd.points = crowd.lead = t[i].members;
		fake_own_pgid = 77;
		armed[0] = (struct candidate){ .pid = t[i].worst ? 7 : 0,
		    .pidfd = -1, .score_fd = -1, .last_score = t[i].worst };
		ok(is_dip(buf) == t[i].want &&
		    mem.available_kib == t[i].available_kib,
		    "dip, %s: %lu, not %lu", t[i].what, mem.available_kib,
		    t[i].available_kib);
		ok((judge(buf, now_ms()) == EXHAUSTED) == !t[i].want,
		    "dip, %s: the rule", t[i].what);
	}
	memset(&crowd, 0, sizeof(crowd));
	memset(armed, 0, sizeof(armed));
	fake_own_pgid = 0;
	cma_free_kib = 0;

	/* memory falls: what is learnt then, maybe in a dip, is no more */
	put_proc(&p);
	write_meminfo(&learnt, 0);
	relearn(buf);
	measure(buf);
	scan_all(buf);
	is_guarding = 1;
	for (i = 0; i < 2; i++) {
		k = learnt;
		k.free = 2000;
		k.reserve -= (uint64_t)i * 200;
		k.wmark_low += i ? 0 : 2250;
		clock_ahead_us += 1000000;
		write_meminfo(&k, 0);
		measure(buf);
		checked_kib = 30000;
		arm_early(buf, now_ms());
		ok(reserve_kib == (kib)(4700 - i * 200),
		    "the reserve learnt in a dip, %d: %lu", i, reserve_kib);
	}
	/* one that is raised is believed bit by bit, or once the gate closes */
	k = learnt;
	k.free = 12000;
	k.file = 30000;
	k.reserve = 12000;
	write_meminfo(&k, 0);
	for (i = 0; i < 25; i++) {
		clock_ahead_us += LEARN_MS / 8 * 1000;
		look(buf);
		ok(reserve_kib == (kib)(4500 + 513 * (i + 1)) ||
		    (i > 18 && reserve_kib == 14500),
		    "a reserve that is raised, %d: %lu", i, reserve_kib);
	}
	clock_ahead_us += LEARN_MS * 1000;
	k = learnt;
	k.reserve = 3000;
	write_meminfo(&k, 0);
	look(buf);
	ok(reserve_kib == 5500 && !is_guarding, "one that is lowered: %lu",
	    reserve_kib);
	k.reserve = 4000;
	clock_ahead_us += LEARN_MS * 1000;
	write_meminfo(&k, 0);
	look(buf);
	ok(reserve_kib == 6500, "raised, and the gate closed: %lu",
	    reserve_kib);
	/* nothing is known: MemAvailable it is */
	k.free = 2000;
	k.file = 1000;
	write_meminfo(&k, 0);
	reserve_kib = LONG_MAX;
	measure(buf);
	ok(!is_dip(buf), "a dip though no reserve is known");
	disarm();
	clear_procs(&p, 1);
	write_meminfo(&plenty, 0);
	relearn(buf);
	free(buf);
}

/* the rules */

static void
test_judge(void)
{
	/* in percent: available, free swap (-1: no swap), free RAM, stall in
	 * the window (-1: no PSI) */
	const struct {
		int available, swap, free, stall;
		enum verdict want;
	} t[] = {
		{ 50, -1, 50, 0, FINE },
		{ 50, 100, 50, 100, FINE },	/* not pressure alone */
		{ STALL_AVAILABLE + 1, -1, 1, 100, FINE },
		{ STALL_AVAILABLE, -1, 1, 100, STALLED },
		{ STALL_AVAILABLE, 100, 1, CUTOFF_PSI, STALLED },
		{ STALL_AVAILABLE, 100, 1, CUTOFF_PSI - 1, FINE },
		{ STALL_AVAILABLE, -1, 1, 0, FINE },
		{ STALL_AVAILABLE, -1, 1, -1, FINE },
		{ AVAILABLE_FLOOR + 1, -1, 1, 0, FINE },
		{ AVAILABLE_FLOOR, -1, 1, 0, EXHAUSTED },
		{ AVAILABLE_FLOOR, -1, 1, -1, EXHAUSTED },
		{ AVAILABLE_FLOOR, SWAP_FLOOR, 1, -1, EXHAUSTED },
		{ AVAILABLE_FLOOR, SWAP_FLOOR + 1, 1, -1, FINE },
		{ 0, 100, 0, 0, FINE },
		{ 0, 100, 0, 100, STALLED },	/* zram: swap looks free */
		{ 0, 0, 0, 0, EXHAUSTED },
	};
	const uint64_t w = STALL_WINDOW_MS * 1000;
	char *buf = new_buf(), text[128];
	int i, fd = file_of("", 0);

	reserve_kib = 0;
	armed_ms++;
	stale = 0;
	for (i = 0; i < LEN(t); i++) {
		enum verdict v;
		int n;

		mem = (struct memory){ .total_kib = 100000,
		    .available_kib = (kib)t[i].available * 1000,
		    .free_kib = (kib)t[i].free * 1000 };
		if (t[i].swap >= 0) {
			mem.swap_total_kib = 10000;
			mem.swap_free_kib = (kib)t[i].swap * 100;
		}
		psi_fd = t[i].stall < 0 ? -1 : fd;
		n = snprintf(text, sizeof(text), "some avg10=0.00 avg60=0.00 "
		    "avg300=0.00 total=%llu\n", KIB(1000000 + w *
		    (uint64_t)(t[i].stall < 0 ? 0 : t[i].stall) / 100));
		rewrite(fd, text, (size_t)n);
		/* a window that has just been completed */
		window = (struct window){ 5000, 1000000, 0 };
		v = judge(buf, 5000 + STALL_WINDOW_MS);
		ok(v == t[i].want, "judge, available %d swap %d free %d stall "
		    "%d: %d, not %d", t[i].available, t[i].swap, t[i].free,
		    t[i].stall, v, t[i].want);
	}
	/* of what stalled while somebody grew half counts afterwards */
	mem = (struct memory){ .total_kib = 100000, .available_kib =
	    STALL_AVAILABLE * 1000 };
	psi_fd = fd;
	for (i = 0; i < 2; i++) {
		const int stall = i ? 100 : CUTOFF_PSI * 3 / 2;
		const msec now = 500000 + (msec)i * 60000;
		int n = snprintf(text, sizeof(text), "some avg10=0.00 "
		    "avg60=0.00 avg300=0.00 total=%llu\n",
		    KIB(1000000 + w * (uint64_t)stall / 100));

		armed[0] = (struct candidate){ .pid = 7, .pidfd = -1,
		    .score_fd = file_of("900\n", 4) };
		armed_ms = now;
		rewrite(fd, text, (size_t)n);
		window = (struct window){ now - STALL_WINDOW_MS, 1000000, 0 };
		ok(judge(buf, now) == FINE, "%d %% stall: may grow", stall);
		rewrite(armed[0].score_fd, "950\n", 4);
		ok(judge(buf, now + RECENT_MS) == FINE, "%d %%: grows", stall);
		window = (struct window){ now + RECENT_MS * 2 - STALL_WINDOW_MS,
		    1000000, 0 };
		ok(judge(buf, now + RECENT_MS * 2) == FINE && window.previous_us
		    == w * (uint64_t)stall / 200, "%d %%: stops", stall);
		ok(judge(buf, now + RECENT_MS * 2 + 1) ==
		    (i ? STALLED : FINE), "%d %%: has stopped", stall);
		close(armed[0].score_fd);
		armed[0].pid = 0;
	}
	/* what stalled before the last kill kills nobody after it */
	mem = (struct memory){ .total_kib = 100000, .available_kib = 9000 };
	psi_fd = fd;
	window = (struct window){ now_ms(), 0, (unsigned long)w };
	settle(buf, 1);
	stale = 0;		/* else it is as if somebody grew */
	ok(judge(buf, now_ms()) == FINE, "old stall, settled: %lu",
	    live_centi);
	rewrite(fd, "some av", 7);
	ok(judge(buf, now_ms()) == FINE, "PSI cut short");
	psi_fd = -1;
	close(fd);
	free(buf);
}

/* Kills that gave nothing back count only in a row. */
static void
test_look(void)
{
	char *buf = new_buf();

	futile = RETRY - 1;
	write_meminfo(&short_of, 0);
	held = 1;
	held_ms = now_ms();
	look(buf);
	ok(futile == RETRY - 1, "still short: %u futile kills", futile);
	write_meminfo(&plenty, 0);
	look(buf);
	ok(!futile, "plenty since: %u futile kills", futile);
	held = 0;
	is_guarding = 0;
	free(buf);
}

/* start-up */

/* A procfs is only taken where self is who we are. */
static void
test_root(void)
{
	const int proc_was = proc_fd, meminfo_was = meminfo_fd;
	const struct {
		const char *what;
		int self, meminfo, want;
	} t[] = {
		{ "no self", 0, 1, -1 },
		{ "another pid namespace's", getpid() + 1, 1, -1 },
		{ "ours", getpid(), 1, 0 },
		{ "no meminfo", getpid(), 0, -1 },
	};
	char *buf = new_buf(), self[16];
	int i, fds, r;

	for (i = 0; i < LEN(t); i++) {
		snprintf(self, sizeof(self), "%d", t[i].self);
		if (t[i].self && symlinkat(self, proc_was, "self"))
			abort();
		if (t[i].meminfo)
			put_file(".", "meminfo", "x", 1);
		fds = count_fds();
		meminfo_fd = -1;
		r = open_root(buf, AT_FDCWD, fixture);
		ok(r == t[i].want && (meminfo_fd >= 0) == !r,
		    "a procfs, %s: %d", t[i].what, r);
		close(proc_fd);
		close(meminfo_fd);
		ok(count_fds() == fds, "a procfs, %s: descriptors", t[i].what);
		proc_fd = proc_was;
		unlinkat(proc_fd, "self", 0);
		unlinkat(proc_fd, "meminfo", 0);
	}
	meminfo_fd = meminfo_was;
	free(buf);
}

/* The kernel's oom_score follows. */
static void
adj_written(const char *adj)
{
	const char *score = *adj == '0' ? score_at_0 : "0\n";

	put_file("self", "oom_score", score, strlen(score));
}

/* oom_score_adj goes to -1000, or stays as it was; what holds nothing is
 * learnt. */
static void
test_protect(void)
{
	static const struct {
		const char *what, *score;
		int denied;
		unsigned want;
	} t[] = {
		{ "Linux 5.9 on", "666\n", 0, 667 },
		{ "and little RAM", "669\n", 0, 670 },
		{ "before", "0\n", 0, 0 },
		{ "before, and little RAM", "5\n", 0, 0 },
		{ "denied", "666\n", 1, 667 },
		{ "denied, at -500", "333\n", 1, 667 },
		{ "denied, at 100", "733\n", 1, 734 },
		{ "denied, before", "0\n", 1, 0 },
		{ "unreadable", "", 0, 0 },
	};
	char *buf = new_buf(), adj[32];
	int i, fd, fds;
	ssize_t n;

	mkdirat(proc_fd, "self", 0700);
	fds = count_fds();
	for (i = 0; i < LEN(t); i++) {
		put_file("self", "oom_score", t[i].score, strlen(t[i].score));
		put_file("self", "oom_score_adj", "-500\n", 5);
		baseline = 0;
		logged();
		deny_write = t[i].denied ? "-1000" : NULL;
		score_at_0 = t[i].score;
		protect_score(buf);
		score_at_0 = NULL;
		ok(count_fds() == fds, "oom_score_adj, %s: descriptors",
		    t[i].what);
		ok(baseline == t[i].want, "baseline, %s: %u", t[i].what,
		    baseline);
		fd = openat(proc_fd, "self/oom_score_adj", O_RDONLY);
		n = read(fd, adj, sizeof(adj) - 1);
		adj[n > 0 ? n : 0] = '\0';
		close(fd);
		ok(!strcmp(adj, t[i].denied ? "-500\n" : "-10000-1000"),
		    "oom_score_adj, %s: %s", t[i].what, adj);
		ok(!!strstr(logged(), "oom_score_adj: permission denied") ==
		    t[i].denied, "oom_score_adj, %s: a warning", t[i].what);
	}
	baseline = 0;
	unlinkat(proc_fd, "self/oom_score", 0);
	unlinkat(proc_fd, "self/oom_score_adj", 0);
	unlinkat(proc_fd, "self", AT_REMOVEDIR);
	free(buf);
}

/* PSI may be missing, or there and off. */
static void
test_open_psi(void)
{
	static const char line[] =
	    "some avg10=0.00 avg60=0.00 avg300=0.00 total=7\n";
	static const struct {
		const char *what, *text, *mode;
		int error;
	} t[] = {
		{ "no file", NULL, "none", 0 },
		{ "works", line, "yes", 0 },
		{ "off, before 5.6", line, "none", EOPNOTSUPP },
		{ "something else", "x\n", "none", 0 },
	};
	char *buf = new_buf();
	int i, fds = count_fds();

	mkdirat(proc_fd, "pressure", 0700);
	for (i = 0; i < LEN(t); i++) {
		if (t[i].text)
			put_file("pressure", "memory", t[i].text,
			    strlen(t[i].text));
		logged();
		read_errno = t[i].error;
		open_psi(buf);
		read_errno = 0;
		ok(!strcmp(psi_mode(), t[i].mode), "PSI, %s: %s", t[i].what,
		    psi_mode());
		ok(!strstr(logged(), "/proc/pressure/memory: ") ==
		    (psi_fd >= 0), "PSI, %s: a warning", t[i].what);
		close(psi_fd);
		psi_fd = -1;
		ok(count_fds() == fds, "PSI, %s: descriptors", t[i].what);
	}
	unlinkat(proc_fd, "pressure/memory", 0);
	unlinkat(proc_fd, "pressure", AT_REMOVEDIR);
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

/* What the kernel would do with a call: 0 lets it through, else an errno. */
static int
filtered(uint32_t arch, int nr, uint64_t flags)
{
	struct { int nr; uint32_t arch; uint64_t ip, args[6]; } data = {
	    nr, arch, 0, { -1ull, -1ull, flags, -1ull, -1ull, -1ull } };
	uint32_t a = 0;
	int i, steps;

	for (i = steps = 0; i >= 0 && i < filter_len && steps < 64; steps++) {
		const struct insn *f = &filter[i++];

		switch (f->code) {
		case 0x20:
			if (f->k % 4 || f->k >= sizeof(data))
				return -1;
			memcpy(&a, (char *)&data + f->k, 4);
			break;
		case 0x15: i += a == f->k ? f->yes : f->no; break;
		case 0x45: i += a & f->k ? f->yes : f->no; break;
		case 0x06: return f->k == 0x7fff0000 ? 0 :
		    f->k >> 16 == 5 ? (int)(f->k & 0xffff) : -1;
		default: return -1;
		}
	}
	return -1;			/* ran off the end */
}

/* The calls that the filter of SECCOMP=1 lets through. AUDIT_ARCH_* as
 * linux/audit.h has them. */
static void
test_filter(void)
{
	static const int loop[] = { SYS_clock_gettime, SYS_sysinfo,
	    SYS_pread64, SYS_ppoll, SYS_close, SYS_getdents64, SYS_lseek,
	    SYS_getpid, SYS_kill, SYS_getpgid, SYS_pidfd_open,
	    SYS_pidfd_send_signal, SYS_process_mrelease, SYS_rt_sigtimedwait,
	    SYS_writev, SYS_nanosleep, SYS_restart_syscall, SYS_exit_group,
	    SYS_openat };
	uint32_t arch =
#if defined(__x86_64__)
	    0xc000003e;
#elif defined(__i386__)
	    0x40000003;
#elif defined(__aarch64__)
	    0xc00000b7;
#elif defined(__arm__)
	    0x40000028;
#elif defined(__mips__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	    0x00000008;
#elif defined(__mips__)
	    0x40000008;
#elif defined(__riscv)
	    0xc00000f3;
#elif defined(__powerpc__) && !defined(__powerpc64__)
	    0x00000014;
#else
	    0;
#endif
	char *buf = new_buf();
	int i, nr, k, wrong, first = 0;

	for (k = NONE; k <= REBOOT; k++) {
		opt.last_resort = k;
		filter_len = 0;
		filter_calls(buf);
		ok(filter_len > LEN(loop), "a filter is installed");
		if (!arch)
			break;
		for (wrong = 0, nr = -1; nr < 7000; nr++) {
			int want = nr == SYS_write ? k == OOM :
			    nr == SYS_reboot && k == REBOOT;

			for (i = 0; i < LEN(loop); i++)
				want |= nr == loop[i];
			if (filtered(arch, nr, 0) != (want ? 0 : ENOSYS) &&
			    !wrong++)
				first = nr;
		}
		ok(!wrong, "filter, last resort %d: %d calls are wrong, the "
		    "first is %d", k, wrong, first);
		ok(filtered(arch ^ 1u << 31, SYS_getpid, 0) == ENOSYS &&
		    filtered(0x40000003 ^ (arch == 0x40000003), SYS_getpid,
		    0) == ENOSYS, "another architecture's calls are allowed");
		ok(filtered(arch, SYS_openat, O_RDONLY | O_CLOEXEC) == 0 &&
		    filtered(arch, SYS_openat, O_WRONLY) == ENOSYS &&
		    filtered(arch, SYS_openat, O_RDWR | O_CLOEXEC) == ENOSYS &&
		    filtered(arch, SYS_openat, O_CREAT) == ENOSYS &&
		    filtered(arch, SYS_openat, O_TRUNC) == ENOSYS,
		    "openat for more than reading");
	}
	opt.last_resort = LAST_RESORT;
	free(buf);
}

static void
test_victims(void)
{
	if (!mkdtemp(fixture))
		abort();
	proc_fd = open(fixture, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_scan();
	test_armed();
	test_kill();
	test_group();
	test_rescan();
	test_soon();
	test_crowd();
	test_leak();
	test_last_resort();
	test_arm_early();
	test_dip();
	test_judge();
	test_look();
	test_root();
	test_protect();
	test_open_psi();
	test_flags();
	close(proc_fd);
	ok(!rmdir(fixture), "the fixture is empty at the end");
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
	test_psi();
	test_glob();
	test_keys();
	test_key_lines();
	test_batch();
	test_directory();
	test_log();
	test_log_sinks();
	test_sysinfo();
	test_gate();
	test_cma();
	test_floors();
	test_sleep();
	test_percent();
	test_window();
	test_filter();
	test_victims();
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
