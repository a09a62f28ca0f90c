/* SPDX-License-Identifier: MIT */
/*
 * Fuzzers of bustd.c's parsers, one target each, for libFuzzer under ASan and
 * UBSan (test/fuzz/run). FUZZ_TARGET in the environment names the target.
 *
 * Built with -DREPLAY it has a main of its own, which runs each file that it
 * is given, with the name of the file's directory as the target: so `make
 * check` replays the corpus without libFuzzer (test/fuzz/replay).
 *
 * A crash isn't the only finding: each target also compares what comes out
 * with a slower and plainer reckoning, or with what must always hold.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static const uint8_t *file;	/* what pread() reads */
static size_t file_len, read_most;
static jmp_buf ended;

static ssize_t
fuzz_pread(int fd, void *buf, size_t n, off_t at)
{
	(void)fd;
	if (at < 0 || (size_t)at >= file_len)
		return 0;
	n = n < read_most ? n : read_most;
	n = n < file_len - (size_t)at ? n : file_len - (size_t)at;
	memcpy(buf, file + at, n);
	return (ssize_t)n;
}

static _Noreturn void
fuzz_exit(int status)
{
	longjmp(ended, status + 1);
}

/* Records are built, and go nowhere. */
static ssize_t
fuzz_writev(int fd, const struct iovec *piece, int n)
{
	ssize_t len = 0;

	for (; n > 0; n--, piece++)
		len += (ssize_t)strnlen(piece->iov_base, piece->iov_len);
	return fd < 0 ? -1 : len;
}

static ssize_t
fuzz_write(int fd, size_t n)
{
	return fd < 0 ? -1 : (ssize_t)n;
}

#define pread(fd, buf, n, at) fuzz_pread(fd, buf, n, at)
#define writev(fd, piece, n) fuzz_writev(fd, piece, n)
#define write(fd, buf, n) fuzz_write(fd, n)
#define _exit(status) fuzz_exit(status)
#define main bustd_main
#include "../../bustd.c"
#undef main
#undef pread
#undef writev
#undef write
#undef _exit

#define MUST(x) do { if (!(x)) { \
	fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x); abort(); \
} } while (0)

/* The input as a string of its own, with nothing behind its NUL. */
static char *
string(const uint8_t *data, size_t len)
{
	char *s = malloc(len + 1);

	if (len)
		memcpy(s, data, len);
	s[len] = '\0';
	return s;
}

static void
fuzz_number(const char *p, size_t len)
{
	const char *end;
	unsigned long v = 42, c = 42;
	unsigned __int128 want = 0;
	size_t n;

	for (n = 0; n < len && p[n] >= '0' && p[n] <= '9'; n++)
		if (want <= ULONG_MAX)
			want = want * 10 + (unsigned)(p[n] - '0');
	end = parse_long(p, p + len, &v);
	MUST(!end == (!n || want > ULONG_MAX));
	MUST(end ? end == p + n && v == want : v == 42);
	/* one number after the other, as parse_long() finds them */
	for (n = 0, end = p; end && n < 5; n++) {
		const char *nth = parse_nth(p, p + len, (int)n, &v);

		while (end < p + len && (*end < '0' || *end > '9'))
			end++;
		end = parse_long(end, p + len, &c);
		MUST(nth == end && (!end || v == c));
	}
	for (n = 0; n < len && p[n] >= '0' && p[n] <= '9'; n++)
		;
	end = parse_centi(p, p + len, &c);
	MUST(!end || (c / 100 == want && end >= p + n && end <= p + n + 3));
	MUST(!end == (!n || want > INT32_MAX / 100));
}

static void
fuzz_psi(const char *p, size_t len)
{
	unsigned long total, cut;
	const char *nl = memchr(p, '\n', len);

	if (parse_psi(p, len, &total) < 0)
		return;
	MUST(nl && !memcmp(p, "some avg10=", 11));
	/* the rest of the file changes nothing; cut, it isn't believed */
	MUST(parse_psi(p, (size_t)(nl + 1 - p), &cut) == 0 &&
	    cut == total);
	MUST(parse_psi(p, (size_t)(nl - p), &cut) < 0);
}

static void
fuzz_meminfo(const uint8_t *data, size_t len)
{
	static const char keys[] = "MemFree:\0MemAvailable:\0CmaFree:";
	const char *key;
	unsigned long v[3] = { 42, 42, 42 };
	char *buf;
	off_t at = 0;
	unsigned found;
	int k;

	if (!len)
		return;
	file = data + 1;
	file_len = len - 1;
	read_most = data[0] % BUF + 1;
	buf = malloc(BUF);
	found = read_keys(0, buf, &at, keys, v, 3);
	MUST(found < 8 && at >= 0 && (size_t)at <= file_len);
	for (k = 0; k < 3; k++)
		MUST(found >> k & 1 || v[k] == 42);
	for (k = 0, key = keys; found && k < 3; k++, key += strlen(key) + 1)
		if (file_len - (size_t)at > strlen(key) &&
		    !memcmp(file + at, key, strlen(key)))
			break;
	MUST(!found || k < 3);		/* *at is where one of them is */

	/* whatever it says, what is decided by it stays in its bounds */
	memory = (struct memory){ .reserve_kib = LONG_MAX,
	    .pinned_kib = LONG_MAX };
	now = (struct look){ .now_ms = 5000, .total_kib = 65536,
	    .free_kib = 30000 };
	learn(buf);
	read_meminfo(buf, &now);
	remember(&machine, &memory);
	MUST(sleep_ms(&machine) >= SLEEP_MIN_MS);
	MUST(sleep_ms(&machine) <= SLEEP_MAX_MS);
	judge(&machine);
	free(buf);
}

/* /proc/swaps, or zram's mm_stat; and refaults in /proc/vmstat. */
static void
fuzz_swaps(const uint8_t *data, size_t len)
{
	struct memory m = { 0 };
	struct refaults r;
	char *buf;
	int i;

	if (!len)
		return;
	file = data + 1;
	file_len = len - 1;
	read_most = data[0] % BUF + 1;
	buf = malloc(BUF);
	for (i = 0; i < ZRAMS; i++)
		zram_fd[i] = 7;		/* all open already */
	learn_swaps(buf, &m);
	/* without a line that begins with it nothing is on zram */
	MUST(!m.zram_free_kib || memmem(file, file_len, "/dev/zram", 9));
	read_zram(buf, &m);
	for (i = 0; i < 2; i++) {
		read_refaults(buf, &r, 5);
		MUST(vmstat_at >= 0 && (size_t)vmstat_at <= file_len);
		MUST(!r.ms || r.ms == 5);
	}
	vmstat_at = 0;
	free(buf);
}

/* The glob, by trying every split at a star. */
static int
plain_glob(const char *pat, const char *end, const char *s)
{
	if (pat == end)
		return !*s;
	if (*pat == '*')
		return plain_glob(pat + 1, end, s) ||
		    (*s && plain_glob(pat, end, s + 1));
	return *s && *pat == *s && plain_glob(pat + 1, end, s + 1);
}

static void
fuzz_glob(char *text, size_t len)
{
	char *comm = memchr(text, '\n', len), *copy;
	size_t n, stars = 0;

	if (!comm)
		return;
	*comm++ = '\0';
	n = strlen(comm);
	if (n > COMM - 1)
		comm[n = COMM - 1] = '\0';
	copy = string((uint8_t *)comm, n);
	for (n = 0; text[n]; n++)
		stars += text[n] == '*';
	if (stars < 6)
		MUST(glob(text, text + n, copy) ==
		    plain_glob(text, text + n, copy));
	else
		glob(text, text + n, copy);
	free(copy);
}

static void
fuzz_list(char *text, size_t len)
{
	char *comm = memchr(text, '\n', len), *p, *end;
	int want = 0;

	if (!comm)
		return;
	*comm++ = '\0';
	if (strlen(comm) > COMM - 1)
		comm[COMM - 1] = '\0';
	/* a part of the list that ends it may be empty, and counts as none */
	for (p = text; *p; p = *end ? end + 1 : end) {
		end = p + strcspn(p, "|");
		want |= glob(p, end, comm);
	}
	MUST(is_listed(text, comm) == want);
}

static void
fuzz_flags(const uint8_t *data, size_t len)
{
	const struct options saved = opt;
	char *argv[18] = { NULL }, *buf = malloc(BUF);
	size_t i, start = 0;
	int argc = 1, status;

	argv[0] = string((const uint8_t *)"bustd", 5);
	for (i = 0; i <= len && argc < 17; i++)
		if (i == len || !data[i] || data[i] == '\n') {
			argv[argc++] = string(data + start, i - start);
			start = i + 1;
		}
	status = setjmp(ended);
	if (!status)
		parse_flags(buf, argv);
	MUST(!status || status == 1 || status == 2 ||
	    status == EXIT_USAGE + 1);
	if (!status) {
		/* what was accepted is in range, and fits together */
		MUST(opt.psi_centi >= 100 && opt.psi_centi <= 10000);
		MUST(opt.floor_centi >= 1 && opt.floor_centi <= 9000);
		MUST(opt.swap_centi >= 0 && opt.swap_centi <= 10000);
		MUST(opt.kill_centi >= 0 &&
		    opt.kill_centi <= opt.floor_centi);
		MUST(opt.grace_ms >= 0 && opt.grace_ms <= 60000);
		MUST(opt.log >= LOG_STDERR && opt.log <= LOG_BOTH);
		MUST(opt.last_resort >= NONE && opt.last_resort <= REBOOT);
		MUST(!opt.daemonize || opt.log != LOG_STDERR);
		MUST(is_list(opt.unkillables) && is_list(opt.preferred));
	}
	opt = saved;
	for (i = 0; i < 18; i++)
		free(argv[i]);
	free(buf);
}

static void
fuzz_getdents(const char *p, size_t len)
{
	pid_t *pid = malloc(BATCH * sizeof(*pid));
	int n, i;

	if (len > BUF)
		len = BUF;
	n = batch_pids(p, (ssize_t)len, pid, 1234);
	MUST(n >= 0 && n <= (int)BATCH);
	for (i = 0; i < n; i++)
		MUST(pid[i] > 1 && pid[i] != 1234);
	free(pid);
}

/* The line that bustd writes about a comm is one line, and plain ASCII. */
static void
fuzz_comm(const uint8_t *data, size_t len)
{
	char *buf = malloc(BUF), *comm = string(data, len < 15 ? len : 15);
	struct line l = { .n = len ? data[0] % (PIECES + 1) : 0, .buf = buf,
	    .end = buf + BUF };
	const int first = l.n;
	int n;
	size_t i;

	put_comm(&l, comm);
	MUST(l.n == first || l.n < PIECES);
	for (n = first; n < l.n; n++)
		for (i = 0; i < l.piece[n].iov_len; i++) {
			char c = ((char *)l.piece[n].iov_base)[i];

			MUST(c > ' ' && c < 0x7f && c != '"');
		}
	say(buf, WARN, "%.15s %s %lu", comm, comm, ULONG_MAX);
	free(comm);
	free(buf);
}

static int
run(const char *target, const uint8_t *data, size_t len)
{
	/* a copy of its own, so that ASan sees each byte read too many */
	char *text = string(data, len);

	if (!strcmp(target, "number"))
		fuzz_number(text, len);
	else if (!strcmp(target, "psi"))
		fuzz_psi(text, len);
	else if (!strcmp(target, "meminfo"))
		fuzz_meminfo((uint8_t *)text, len);
	else if (!strcmp(target, "glob"))
		fuzz_glob(text, len);
	else if (!strcmp(target, "list"))
		fuzz_list(text, len);
	else if (!strcmp(target, "swaps"))
		fuzz_swaps((uint8_t *)text, len);
	else if (!strcmp(target, "flags"))
		fuzz_flags((uint8_t *)text, len);
	else if (!strcmp(target, "getdents"))
		fuzz_getdents(text, len);
	else if (!strcmp(target, "comm"))
		fuzz_comm((uint8_t *)text, len);
	else
		len = (size_t)-1;
	free(text);
	return len == (size_t)-1 ? -1 : 0;
}

#ifdef REPLAY
int
main(int argc, char **argv)
{
	static uint8_t data[65536];
	int i, failed = 0;

	for (i = 1; i < argc; i++) {
		char path[4096], *name, *slash;
		FILE *f = fopen(argv[i], "rb");
		size_t len, cut;

		snprintf(path, sizeof(path), "%s", argv[i]);
		slash = strrchr(path, '/');
		if (slash)
			*slash = '\0';
		name = strrchr(path, '/');
		if (!f || !name || !slash) {
			printf("FAILED: %s: not TARGET/FILE\n", argv[i]);
			failed++;
			continue;
		}
		len = fread(data, 1, sizeof(data), f);
		fclose(f);
		/* the file, and all that it begins with */
		for (cut = 0; cut <= len; cut++)
			if (run(name + 1, data, cut) < 0) {
				printf("FAILED: no target %s\n", name + 1);
				failed++;
				break;
			}
	}
	printf("%d passed, %d failed\n", argc - 1 - failed, failed);
	return failed != 0;
}
#else
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *target;

	if (!target)
		target = getenv("FUZZ_TARGET");
	if (!target || run(target, data, len) < 0) {
		fprintf(stderr, "FUZZ_TARGET: no such target\n");
		exit(1);
	}
	return 0;
}
#endif
