/* SPDX-License-Identifier: MIT */
/* What the guest's programs (load.c, inject.c, hostile.c, record.c) share. */
#ifndef COMMON_H
#define COMMON_H
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_process_mrelease
#define SYS_process_mrelease (SYS_pidfd_open - 434 + 448)
#endif

enum { PAGE = 4096 };

static inline void
fail(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
	    strerror(errno));
	exit(1);
}

static inline uint64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static inline uint64_t
now_ms(void)
{
	return now_us() / 1000;
}

static inline void
nap_us(uint64_t us)
{
	struct timespec ts = { (time_t)(us / 1000000),
	    (long)(us % 1000000) * 1000 };

	nanosleep(&ts, NULL);
}

static inline void
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail(path);
	close(fd);
}

struct number_flag { const char *key; long *value; };

/* KEY=VALUE for the one of n flags that has this key.  1, or 0 where none has. */
static inline int
set_number(const struct number_flag *flag, size_t n, const char *key,
    const char *value)
{
	for (; n-- > 0; flag++)
		if (strcmp(key, flag->key) == 0) {
			*flag->value = atol(value);
			return 1;
		}
	return 0;
}

static inline void
no_such_flag(const char *key)
{
	fprintf(stderr, "%s: %s: no such flag (see qemu/%s.c)\n",
	    program_invocation_short_name, key, program_invocation_short_name);
	exit(100);
}

static inline void
set_adj(long adj)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", adj);
	write_file("/proc/self/oom_score_adj", text);
}
#endif
