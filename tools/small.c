/* SPDX-License-Identifier: MIT */
/*
 * Less of musl, for a file that fits a router's flash: bustd.c is complete
 * without this.  What is defined here the linker doesn't take from libc.a.  It
 * leaves out all that bustd has no use for: thread-local storage, which musl
 * sets up for errno alone, constructors, atexit(3), and speed.
 *
 * It rests on three facts of musl, read in 1.2.3.  Its crt1.o does nothing but
 * to call __libc_start_main().  Its functions reach errno by a function,
 * ___errno_location().  Each system call of a program without threads is made
 * by __syscall_cp(), which no other libc has, or inline.  The Makefile takes
 * this file only where it compiles and links; test/invariants shows that
 * nothing asks for thread-local storage.
 */
#include <stddef.h>
#include <sys/syscall.h>

/* A stack protector's canary, and i386's entry to the kernel, are beside the
 * thread-local storage; here an argument may be wider than a long. */
#if defined __SSP__ || defined __SSP_STRONG__ || defined __SSP_ALL__ || \
    defined __i386__ || defined __ILP32__ || defined _ABIN32
#error "not for this board, or not with this flag: build without small.c"
#endif

long __syscall_cp(long, long, long, long, long, long, long);
long __syscall_ret(unsigned long);

/* musl's reads its arguments by va_arg, in 280 bytes on arm64.  Integers are
 * passed alike to a variadic function and to others wherever Linux runs; what
 * wasn't passed the kernel doesn't look at. */
long
syscall(long number, long a, long b, long c, long d, long e, long f)
{
	return __syscall_ret((unsigned long)__syscall_cp(number, a, b, c, d, e,
	    f));
}

static int error;

int *
__errno_location(void)
{
	return &error;
}

int *___errno_location(void) __attribute__((alias("__errno_location")));

_Noreturn void
_exit(int status)
{
	for (;;)
		syscall(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

/* A member of libc.a that has a canary brings its own one along, so that the
 * link fails. */
void
__init_ssp(void)
{
}

int main(int argc, char **argv, char **envp);

_Noreturn void
__libc_start_main(void *as_declared, int argc, char **argv)
{
	(void)as_declared;
	_exit(main(argc, argv, argv + argc + 1));
}

/* Without a mode: bustd creates no file. */
int
openat(int dir, const char *name, int flags)
{
	return (int)syscall(SYS_openat, dir, (long)name, flags, 0, 0, 0);
}

int
close(int fd)
{
	return (int)syscall(SYS_close, fd, 0, 0, 0, 0, 0);
}

/* Byte by byte: musl's have 400 and 260 bytes on arm64. */
void *
memcpy(void *restrict to, const void *restrict from, size_t n)
{
	char *t = to;
	const char *f = from;

	while (n--)
		*t++ = *f++;
	return to;
}

void *
memset(void *to, int c, size_t n)
{
	char *t = to;

	while (n--)
		*t++ = (char)c;
	return to;
}

int
memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	for (; n; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

#ifdef __ARMEL__
/* ARM cores before the Cortex-A7 don't divide.  libgcc's takes 604 bytes, and a
 * signal for a division by zero.  The quotient is returned in r0, what remains
 * in r1. */
unsigned long long
__aeabi_uidivmod(unsigned n, unsigned divisor)
{
	unsigned quotient = 0, rest = 0, over, i;

	for (i = 0; i < 32; i++, n <<= 1) {
		over = rest >> 31;
		rest = rest << 1 | n >> 31;
		quotient <<= 1;
		if (over || rest >= divisor) {
			rest -= divisor;
			quotient |= 1;
		}
	}
	return (unsigned long long)rest << 32 | quotient;
}

unsigned
__aeabi_uidiv(unsigned n, unsigned divisor)
{
	return (unsigned)__aeabi_uidivmod(n, divisor);
}
#endif
