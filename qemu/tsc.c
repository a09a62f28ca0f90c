/* SPDX-License-Identifier: MIT */
/* Prints by how many kHz this machine's time stamp counter counts, which is also
 * that of a guest without icount: its kernel can't find out by itself. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <time.h>

static uint64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

int
main(void)
{
	uint64_t ns = now_ns(), ticks = __builtin_ia32_rdtsc();
	const struct timespec tenth = { 0, 100000000 };

	nanosleep(&tenth, NULL);
	ticks = __builtin_ia32_rdtsc() - ticks;
	ns = now_ns() - ns;
	printf("%llu\n", (unsigned long long)(ticks * 1000 / (ns / 1000)));
	return 0;
}
