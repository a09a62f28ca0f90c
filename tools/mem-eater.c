/* SPDX-License-Identifier: MIT
 *
 * mem-eater: eats memory at a chosen rate and shows what that does to the
 * machine, so that a person can find the thresholds that suit a board.
 *
 *	eater (the process that was started):  touch pages at the rate, up to
 *	                                       the limit, then hold them
 *	table (its child, -q: none):           a line each half second
 *
 * The table must not stop when memory does: the child locks its few pages,
 * keeps its files open, allocates nothing, and outlives the eater for a last
 * line. Who looks for a victim sees the eater alone: the child has nothing.
 *
 * The table's figures are bustd's own: bustd.c is included whole, and reads and
 * reckons here what it would there.
 *
 * To understand everything else, start reading main().
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define main bustd_main
__attribute__((unused)) static int bustd_main(int argc, char **argv);
#include "../bustd.c"	/* NOLINT(bugprone-suspicious-include): whole */
#undef main

#define MIB		1048576ULL
#define TICK_US		10000	/* the eater's pace */
#define CATCH_UP_US	100000	/* a longer stall is not made up for */
#define CHUNK		(4 * MIB)	/* no single mapping is refused */
#define TMPFS_TYPE	0x01021994
#define RAMFS_TYPE	0x858458f6

enum { RATE, MAX, COMPRESSIBLE, INTERVAL, NUMBERS };
enum { COLUMNS = 7 };		/* of percentages */

/* legal ranges in hundredths of the unit */
static const struct {
	const char *flag, *unit;
	uint64_t min, max;
} range[NUMBERS] = {
	[RATE] = { "-r --rate", " MiB/s", 0, 100000000 },
	[MAX] = { "-m --max", " MiB, or 1% to 1000% of RAM", 1, 1600000000 },
	[COMPRESSIBLE] = { "-c --compressible", " %", 0, 10000 },
	[INTERVAL] = { "-s --interval", " seconds", 1, 360000 },
};

static const struct option options[] = {
	{ "rate", required_argument, NULL, 'r' },
	{ "max", required_argument, NULL, 'm' },
	{ "kind", required_argument, NULL, 'k' },
	{ "file", required_argument, NULL, 'f' },
	{ "compressible", required_argument, NULL, 'c' },
	{ "ignore-term", no_argument, NULL, 'i' },
	{ "interval", required_argument, NULL, 's' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'v' },
	{ NULL, 0, NULL, 0 }
};

static const char usage[] =
"usage: mem-eater [-r MIB/S] [-m MIB|PERCENT%] [-k anon|file|tmpfs] [-f PATH]\n"
"                 [-c PERCENT] [-i] [-s SECONDS] [-q]\n"
"Eats memory and shows what bustd goes by meanwhile.\n"
"  -r --rate MIB/S        how fast, 0 = as fast as it can (default 20)\n"
"  -m --max MIB|PERCENT%  how much, then hold it (default: all it can get)\n"
"  -k --kind KIND         anon: touch anonymous pages (default)\n"
"                         file: map PATH, read it over and over at random\n"
"                         tmpfs: write a file under PATH; it stays when the\n"
"                         eater is killed, and goes when you press Ctrl-C\n"
"  -f --file PATH         the file to read, or the tmpfs (default /tmp)\n"
"  -c --compressible PCT  share of each page that is zeros, for zram\n"
"  -i --ignore-term       ignore SIGTERM\n"
"  -s --interval SECONDS  time between lines (default 0.5)\n"
"  -q --quiet             no table\n"
"  -h --help              show this\n"
"  -v --version           show the version\n"
"The table: seconds since the start, MiB eaten, then in percent: free RAM,\n"
"MemAvailable, free swap; room, which bustd calls exhausted at -a; and over a\n"
"second, while RAM is short, the time that tasks stalled on memory and waited\n"
"for reads, and what of it had been read before, for the rule stalled.\n";

static uint64_t number[NUMBERS] = { [RATE] = 2000, [INTERVAL] = 50 };
static uint64_t limit = UINT64_MAX;		/* bytes */
static size_t page;
static uint64_t seed = 88172645463325252;
static volatile unsigned long *eaten_kib;	/* shared with the table */
static char tmpfs_path[4096];

/* small things */

static uint64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static _Noreturn void
die(const char *what)
{
	dprintf(2, "mem-eater: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Marsaglia's xorshift64: a page of it doesn't compress. */
static uint64_t
rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

static void
fill(uint64_t *p)
{
	size_t noise, i;

	noise = page * (10000 - number[COMPRESSIBLE]) / 10000 / sizeof(*p);
	p[0] = 0;	/* even a page of zeros has to be touched */
	for (i = 0; i < noise; i++)
		p[i] = rnd();
}

/* table */

/* "12.34": what of whole part is, in percent, or "-" where there is none. */
static const char *
percent(uint64_t part, uint64_t whole)
{
	static char text[COLUMNS][16];
	static unsigned at;
	char *out = text[at++ % COLUMNS];
	uint64_t v = whole ? part * 10000 / whole : 0;

	snprintf(out, sizeof(*text), whole ? "%u.%02u" : "-",
	    (unsigned)(v / 100), (unsigned)(v % 100));
	return out;
}

/* What bustd would read, remember and judge now. */
static struct verdict
look_as_bustd(char *buf)
{
	now.now_ms = clock_ms(CLOCK_MONOTONIC);
	read_sysinfo(&now);
	read_meminfo(buf, &now);
	now.has_psi = read_psi(buf, psi_fd, &now.mem_us) == 0 &&
	    read_psi(buf, io_fd, &now.io_us) == 0;
	if (!now.has_psi)
		read_iowait(buf, &now);
	read_zram(buf, &memory);
	read_refaults(buf, &memory.refaults, now.now_ms);
	learn(buf);
	remember(&machine, &memory);
	return judge(&machine);
}

static void
line(uint64_t start)
{
	static _Alignas(8) char buf[BUF];
	static char text[256];
	const struct verdict v = look_as_bustd(buf);
	const kib ram = now.total_kib;
	uint64_t t = (now_us() - start) / 10000;
	int n;

	n = snprintf(text, sizeof(text),
	    "%5u.%02u %9lu.%lu %7s %7s %7s %7s %7s %7s %7s\n",
	    (unsigned)(t / 100), (unsigned)(t % 100), *eaten_kib / 1024,
	    *eaten_kib % 1024 * 10 / 1024, percent(now.free_kib, ram),
	    percent(memory.memavailable_kib, ram),
	    percent(now.swap_free_kib, now.swap_total_kib),
	    percent(v.room_kib, ram),
	    percent(v.mem_centi, now.has_psi ? 10000 : 0),
	    percent(v.io_centi, 10000), percent(v.refault_centi, 10000));
	if (write(1, text, (size_t)n) < 0 && errno == EPIPE) {
		/* nobody reads the table: don't eat on unseen */
		kill(getppid(), SIGINT);
		_exit(0);
	}
}

static _Noreturn void
table(int gone)
{
	static const char head[] =
	    "    time       eaten    free   avail    swap    room"
	    " stalled waiting  reread\n"
	    "       s         MiB       %       %       %       %"
	    "       %       %       %\n";
	struct pollfd pfd = { .fd = gone, .events = POLLIN };
	uint64_t start, next, t;
	char buf[BUF];

	proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	open_files(buf);
	memory.reserve_kib = memory.pinned_kib = LONG_MAX;
	signal(SIGPIPE, SIG_IGN);
	if (write(1, head, sizeof(head) - 1) < 0)
		die("stdout");
	start = next = now_us();
	line(start);
	/* the eater's end of the pipe closes when it dies, however it dies */
	for (;;) {
		next += number[INTERVAL] * 10000;
		while ((t = now_us()) < next)
			if (poll(&pfd, 1, (int)((next - t + 999) / 1000)) > 0) {
				line(start);
				dprintf(1, "mem-eater: the eater is gone\n");
				_exit(0);
			}
		next = t - next > CATCH_UP_US ? t : next;
		line(start);
	}
}

/* eater */

static void
on_int(int sig)
{
	if (tmpfs_path[0])
		unlink(tmpfs_path);
	_exit(128 + sig);
}

static _Noreturn void
hold(const char *why)
{
	dprintf(2, "mem-eater: holds %lu MiB: %s\n", *eaten_kib / 1024, why);
	for (;;)
		pause();
}

/* Waits until the rate allows another page. */
static void
pace(void)
{
	static uint64_t last, allowed;
	struct timespec tick = { .tv_nsec = TICK_US * 1000 };
	uint64_t t, us;

	while (number[RATE] && allowed < page) {
		t = now_us();
		us = last ? t - last : TICK_US;
		if (us < TICK_US) {
			nanosleep(&tick, NULL);
			continue;
		}
		if (us > CATCH_UP_US)
			us = CATCH_UP_US;
		allowed += number[RATE] * MIB / 100 * us / 1000000;
		last = t;
	}
	allowed -= number[RATE] ? page : 0;
}

static _Noreturn void
eat_anon(const char *unused)
{
	uint64_t done;
	unsigned char *p = NULL;
	size_t left = 0;

	(void)unused;
	for (done = 0; done + page <= limit; done += page) {
		if (!left) {
			p = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
			if (p == MAP_FAILED)
				hold("mmap: no more to be had");
			/* else one touch takes 2 MiB and breaks the pace */
			madvise(p, CHUNK, MADV_NOHUGEPAGE);
			left = CHUNK;
		}
		pace();
		fill((void *)p);
		p += page;
		left -= page;
		*eaten_kib = (unsigned long)((done + page) / 1024);
	}
	hold("limit reached");
}

static _Noreturn void
eat_file(const char *path)
{
	volatile unsigned char *map;
	struct stat st;
	uint64_t done, size;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		die(path);
	size = (uint64_t)st.st_size < limit ? (uint64_t)st.st_size : limit;
	if (size < page) {
		dprintf(2, "mem-eater: %s: too small to read at random (make "
		    "a file larger than RAM)\n", path);
		exit(1);
	}
	errno = ENOMEM;
	map = size > SIZE_MAX ? MAP_FAILED :
	    mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		die(path);
	/* no read-ahead: each page that was dropped is a wait of its own */
	madvise((void *)map, (size_t)size, MADV_RANDOM);
	for (done = 0; ; done += page) {
		pace();
		(void)map[rnd() % (size / page) * page];
		*eaten_kib = (unsigned long)((done + page) / 1024);
	}
}

static _Noreturn void
eat_tmpfs(const char *dir)
{
	static uint64_t buf[65536 / sizeof(uint64_t)];
	struct statfs fs;
	uint64_t done;
	int fd;

	if (statfs(dir, &fs))
		die(dir);
	if ((unsigned long)fs.f_type != TMPFS_TYPE &&
	    (unsigned long)fs.f_type != RAMFS_TYPE) {
		dprintf(2, "mem-eater: %s: not a tmpfs, this would fill a "
		    "disk (name one with -f)\n", dir);
		exit(1);
	}
	snprintf(tmpfs_path, sizeof(tmpfs_path), "%s/mem-eater.%d", dir,
	    (int)getpid());
	fd = open(tmpfs_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		die(tmpfs_path);
	for (done = 0; done + page <= limit; done += page) {
		pace();
		fill(buf);
		if (write(fd, buf, page) != (ssize_t)page)
			hold("write: no more to be had");
		*eaten_kib = (unsigned long)((done + page) / 1024);
	}
	hold("limit reached");
}

/* options */

static _Noreturn void
bad(int n, const char *got)
{
	dprintf(2, "mem-eater: %s: '%s': a number from %u.%02u to %u%s\n",
	    range[n].flag, got, (unsigned)(range[n].min / 100),
	    (unsigned)(range[n].min % 100), (unsigned)(range[n].max / 100),
	    range[n].unit);
	exit(100);
}

/* A decimal number with at most two decimals, in hundredths. */
static uint64_t
parse(int n, const char *arg, const char *suffix, uint64_t min, uint64_t max)
{
	const char *p = arg;
	uint64_t v = 0;
	int decimals = -1;

	for (; (*p >= '0' && *p <= '9') || (*p == '.' && decimals < 0); p++) {
		if (*p == '.' || decimals >= 0)
			decimals++;
		if (decimals > 2 || v > max)
			bad(n, arg);
		if (*p != '.')
			v = v * 10 + (uint64_t)(*p - '0');
	}
	for (decimals = decimals < 0 ? 0 : decimals; decimals < 2; decimals++)
		v *= 10;
	if (p == arg || p[-1] == '.' || *arg == '.' ||
	    strcmp(p, suffix) != 0 ||
	    v < min || v > max)
		bad(n, arg);
	return v;
}

static void
parse_max(const char *arg)
{
	struct sysinfo si;

	if (strchr(arg, '%')) {
		sysinfo(&si);
		limit = (uint64_t)si.totalram * si.mem_unit / 10000 *
		    parse(MAX, arg, "%", 100, 100000);
	} else {
		limit = parse(MAX, arg, "", range[MAX].min, range[MAX].max) *
		    MIB / 100;
	}
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name, *path;
		void (*eat)(const char *path);
	} kinds[] = {
		{ "anon", "", eat_anon },
		{ "file", "", eat_file },
		{ "tmpfs", "/tmp", eat_tmpfs },
	};
	static const char flags[] = "rmcs";	/* in the order of range */
	const char *path = NULL, *at;
	size_t k = 0;
	int c, n, ignore = 0, quiet = 0, gone[2];

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":r:m:k:f:c:is:qhv", options,
	    NULL)) != -1) {
		at = strchr(flags, c == ':' ? optopt : c);
		n = at ? (int)(at - flags) : -1;
		if (c == ':' && at)
			bad(n, "");
		switch (c) {
		case 'm':
			parse_max(optarg);
			break;
		case 'r':
		case 'c':
		case 's':
			number[n] = parse(n, optarg, "", range[n].min,
			    range[n].max);
			break;
		case 'k':
			for (k = 0; k < 3 &&
			    strcmp(kinds[k].name, optarg) != 0; )
				k++;
			if (k < 3)
				break;
			dprintf(2, "mem-eater: -k --kind: '%s': one of anon, "
			    "file, tmpfs\n", optarg);
			return 100;
		case 'f':
			path = optarg;
			break;
		case 'i':
			ignore = 1;
			break;
		case 'q':
			quiet = 1;
			break;
		case 'h':
			dprintf(1, "%s", usage);
			return 0;
		case 'v':
			dprintf(1, "mem-eater %s\n", VERSION);
			return 0;
		default:
			dprintf(2, "mem-eater: %s: %s\n%s", argv[optind - 1],
			    c == ':' ? "wants an argument" : "no such flag",
			    usage);
			return 100;
		}
	}
	if (optind < argc) {
		dprintf(2, "mem-eater: %s: belongs to no flag\n%s",
		    argv[optind], usage);
		return 100;
	}
	path = path ? path : kinds[k].path;
	if (k == 1 && !*path) {
		dprintf(2, "mem-eater: -k file: name the file with -f PATH\n");
		return 100;
	}

	page = (size_t)sysconf(_SC_PAGESIZE);
	eaten_kib = mmap(NULL, page, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (eaten_kib == MAP_FAILED || pipe2(gone, O_CLOEXEC))
		die("start");
	signal(SIGCHLD, SIG_IGN);
	c = quiet ? 1 : fork();
	if (c < 0)
		die("fork");
	if (mlockall(MCL_CURRENT))	/* what is eaten later may swap */
		dprintf(2, "mem-eater: mlockall: %s (the table may stall)\n",
		    strerror(errno));
	if (!c) {
		close(gone[1]);
		table(gone[0]);
	}
	close(gone[0]);
	signal(SIGINT, on_int);
	if (ignore)
		signal(SIGTERM, SIG_IGN);
	kinds[k].eat(path);
}
