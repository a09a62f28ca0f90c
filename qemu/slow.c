/* SPDX-License-Identifier: MIT */
/*
 * slow - devices that are slow, or that never answer, for a guest.  For tests
 * only; one static binary, called as
 *
 *	slow COMMAND [KEY=VALUE...]
 *
 * disk path=DEV read=MS write=MS
 *		make /dev/dm-0: DEV, each of whose requests takes MS longer
 *		(modules dm-mod and dm-delay)
 * fuse path=DIR size=MIB
 *		mount a FUSE server on DIR that never answers a read (module
 *		fuse), and start a process, `victim`, that ignores SIGTERM,
 *		touches MIB and then waits for that server inside of mmap(2):
 *		it holds its mmap_lock for good, and no signal ends it.  Prints
 *		its pid.  Ends when its server (`fused`) is killed.
 */
#define _GNU_SOURCE
#include <linux/dm-ioctl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common.h"

static const char *path = "";
static long read_ms = 5, write_ms = 5, size = 1;

/* disk */

struct dm_request {
	struct dm_ioctl head;
	struct dm_target_spec target;
	char parameters[128];
};

static void
ask_dm(int fd, unsigned long what, struct dm_request *request)
{
	request->head.version[0] = DM_VERSION_MAJOR;
	request->head.data_size = sizeof(*request);
	request->head.data_start = sizeof(request->head);
	strcpy(request->head.name, "slow");
	if (ioctl(fd, what, request) < 0)
		fail("device mapper");
}

static void
disk(void)
{
	struct dm_request create = { 0 }, load = { 0 }, resume = { 0 };
	int fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	int disk_fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t bytes = lseek(disk_fd, 0, SEEK_END);
	struct stat st;
	unsigned major_nr, minor_nr;

	if (fd < 0)
		fail("/dev/mapper/control");
	if (bytes < 0 || fstat(disk_fd, &st) < 0)
		fail(path);
	major_nr = major(st.st_rdev);
	minor_nr = minor(st.st_rdev);
	ask_dm(fd, DM_DEV_CREATE, &create);
	load.head.target_count = 1;
	load.target.length = (uint64_t)bytes / 512;
	load.target.next = sizeof(load.target) + sizeof(load.parameters);
	strcpy(load.target.target_type, "delay");
	snprintf(load.parameters, sizeof(load.parameters),
	    "%u:%u 0 %ld %u:%u 0 %ld", major_nr, minor_nr, read_ms, major_nr,
	    minor_nr, write_ms);
	ask_dm(fd, DM_TABLE_LOAD, &load);
	ask_dm(fd, DM_DEV_SUSPEND, &resume);	/* without its flag: resume */
}

/* fuse */

static void
reply(int fd, uint64_t unique, int error, const void *data, size_t len)
{
	static char buf[4096];
	struct fuse_out_header head = { (uint32_t)(sizeof(head) + len), error,
	    unique };

	memcpy(buf, &head, sizeof(head));
	memcpy(buf + sizeof(head), data, len);
	if (write(fd, buf, head.len) < 0)
		fail("write to /dev/fuse");
}

/* The root, node 1, has one file, node 2, whatever its name. */
static struct fuse_attr
attributes(uint64_t node)
{
	struct fuse_attr attr = { .ino = node, .nlink = 1, .size = 65536,
	    .mode = node == 1 ? S_IFDIR | 0755 : S_IFREG | 0666 };

	return attr;
}

/* Whoever opens the file secondly has it without a cache: its mmap(2) then asks
 * for all pages to be thrown out, and waits for the read that the first one
 * began and that has the page locked. */
static void
serve(int fd)
{
	static char buf[128 * 1024];
	const struct fuse_in_header *in = (const void *)buf;
	int opened = 0;

	for (;;) {
		struct fuse_init_out init = { .major = 7, .minor = 31,
		    .max_readahead = 4096, .max_write = 4096,
		    .max_background = 16 };
		struct fuse_entry_out entry = { .nodeid = 2,
		    .entry_valid = 1000, .attr_valid = 1000 };
		struct fuse_attr_out attr = { .attr_valid = 1000 };
		struct fuse_open_out file = { .fh = 1 };

		if (read(fd, buf, sizeof(buf)) < 0) {
			if (errno == EINTR || errno == ENOENT)
				continue;
			return;
		}
		switch (in->opcode) {
		case FUSE_INIT:
			reply(fd, in->unique, 0, &init, sizeof(init));
			break;
		case FUSE_LOOKUP:
			entry.attr = attributes(2);
			reply(fd, in->unique, 0, &entry, sizeof(entry));
			break;
		case FUSE_GETATTR:
			attr.attr = attributes(in->nodeid);
			reply(fd, in->unique, 0, &attr, sizeof(attr));
			break;
		case FUSE_OPEN:
			file.open_flags = opened++ ? FOPEN_DIRECT_IO : 0;
			reply(fd, in->unique, 0, &file, sizeof(file));
			break;
		case FUSE_READ:		/* never answered */
		case FUSE_INTERRUPT:
		case FUSE_FORGET:
			break;
		default:
			reply(fd, in->unique, -ENOSYS, "", 0);
		}
	}
}

static void
touch(size_t bytes)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t i;

	if (p == MAP_FAILED)
		fail("mmap");
	for (i = 0; i < bytes; i += PAGE)
		p[i] = 1;
}

static void
fuse(void)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	int cached_fd, direct_fd;
	char options[128], file[256], byte;
	pid_t child;

	mkdir(path, 0755);
	snprintf(options, sizeof(options),
	    "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fd);
	if (fd < 0 || mount("slow", path, "fuse", MS_NOSUID | MS_NODEV,
	    options) < 0)
		fail("mount a FUSE file system");
	if (fork() == 0) {
		prctl(PR_SET_NAME, "fused");
		serve(fd);
		_exit(0);
	}
	close(fd);
	snprintf(file, sizeof(file), "%s/file", path);
	cached_fd = open(file, O_RDONLY | O_CLOEXEC);
	direct_fd = open(file, O_RDONLY | O_CLOEXEC);
	if (cached_fd < 0 || direct_fd < 0)
		fail(file);
	if (fork() == 0) {
		prctl(PR_SET_NAME, "reader");
		if (pread(cached_fd, &byte, 1, 0) < 0)
			_exit(1);
		_exit(0);
	}
	nap_us(300000);
	child = fork();
	if (child == 0) {
		set_adj(0);
		prctl(PR_SET_NAME, "victim");
		signal(SIGTERM, SIG_IGN);
		touch((size_t)size * 1024 * 1024);
		(void)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, direct_fd, 0);
		_exit(0);
	}
	printf("%d\n", (int)child);
	fflush(stdout);
	for (;;)
		pause();
}

int
main(int argc, char **argv)
{
	static const struct number_flag number[] = {
		{ "read", &read_ms }, { "write", &write_ms }, { "size", &size },
	};
	const char *what = argc < 2 ? "" : argv[1];

	for (argv += 1 + (argc > 1); *argv; argv++) {
		char *value = strchr(*argv, '=');

		if (value)
			*value++ = '\0';
		if (value && strcmp(*argv, "path") == 0)
			path = value;
		else if (!value || !set_number(number, sizeof(number) /
		    sizeof(*number), *argv, value))
			no_such_flag(*argv);
	}
	prctl(PR_SET_NAME, what);
	if (strcmp(what, "disk") == 0) {
		disk();
		return 0;
	}
	if (strcmp(what, "fuse") == 0) {
		fuse();
		return 0;
	}
	fprintf(stderr, "slow: %s: no such command (see qemu/slow.c)\n", what);
	return 100;
}
