/* SPDX-License-Identifier: Apache-2.0 */
/* What a program without libc misses first: text, errors, the environment, small files. */
#ifndef STASIS_PLAIN_H
#define STASIS_PLAIN_H

#include "raw.h"

#define NR_READ 0
#define NR_WRITE 1
#define NR_CLOSE 3
#define NR_EXIT_GROUP 231
#define NR_OPENAT 257
#define AT_FDCWD -100
#define O_WRONLY 1
#define O_CREAT 0100
#define O_APPEND 02000
#define O_CLOEXEC 02000000
#define PATH_LIMIT 4096
#define NR_EXECVE 59

static inline uint64_t length_of(const char *text)
{
	uint64_t n = 0;

	while (text[n])
		n++;
	return n;
}

static inline int starts_with(const char *text, const char *prefix)
{
	while (*prefix)
		if (*text++ != *prefix++)
			return 0;
	return 1;
}

static inline void copy(char *to, const char *from, uint64_t length)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(length) : : "memory");
}

static inline void clear(void *at, uint64_t length)
{
	__asm__ volatile("rep stosb" : "+D"(at), "+c"(length) : "a"(0) : "memory");
}

static inline void say(const char *text)
{
	raw3(NR_WRITE, 2, (uint64_t)text, length_of(text));
}

static inline void __attribute__((noreturn)) leave(int status)
{
	for (;;)
		raw1(NR_EXIT_GROUP, status);
}

static inline void __attribute__((noreturn)) fail(const char *what, const char *object)
{
	say("stasis: ");
	say(what);
	say(object);
	say("\n");
	leave(1);
}

static inline const char *environment(char **env, const char *name_and_sign)
{
	for (; *env; env++)
		if (starts_with(*env, name_and_sign))
			return *env + length_of(name_and_sign);
	return 0;
}

static inline long open_file(const char *path, int flags, int mode)
{
	return raw4(NR_OPENAT, AT_FDCWD, (uint64_t)path, flags, mode);
}

/* Reads a whole small file and ends it with a NUL; its length, or -errno. */
static inline long read_file(const char *path, char *into, uint64_t room)
{
	long fd = open_file(path, O_CLOEXEC, 0);
	uint64_t have = 0;

	if (fd < 0)
		return fd;
	while (have < room - 1) {
		long got = raw3(NR_READ, fd, (uint64_t)into + have, room - 1 - have);

		if (got <= 0)
			break;
		have += got;
	}
	raw1(NR_CLOSE, fd);
	into[have] = 0;
	return have;
}

#endif
