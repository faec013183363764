/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every specimen does around its kernel object: say that it is ready, wait to be told to go
 * on, say how the check went. argv[1] is a folder of its own; files in it are the only words spoken.
 */
#ifndef STASIS_SPECIMEN_H
#define STASIS_SPECIMEN_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *specimen_folder;

static inline void specimen_say(const char *name, const char *text)
{
	char draft[4096], final[4096];
	int fd;

	snprintf(draft, sizeof(draft), "%s/.%s", specimen_folder, name);
	snprintf(final, sizeof(final), "%s/%s", specimen_folder, name);
	fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(99);
	close(fd);
	if (rename(draft, final) < 0)
		_exit(98);
}

/* Ends the specimen: the check failed. */
static inline void __attribute__((noreturn, format(printf, 1, 2))) specimen_fail(const char *format, ...)
{
	char text[2048] = "failed: ";
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + 8, sizeof(text) - 8, format, arguments);
	va_end(arguments);
	specimen_say("result", text);
	_exit(1);
}

static inline void __attribute__((noreturn)) specimen_pass(void)
{
	specimen_say("result", "ok");
	_exit(0);
}

#define check(condition)                                                                              \
	do {                                                                                          \
		if (!(condition))                                                                     \
			specimen_fail("line %d: %s (errno %d %s)", __LINE__, #condition, errno,       \
				      strerror(errno));                                               \
	} while (0)

/* To be called first. Leaves no descriptor open but /dev/null as 0, 1 and 2. */
static inline void specimen_begin(int argc, char **argv)
{
	int fd;

	if (argc < 2)
		_exit(97);
	specimen_folder = argv[1];
	for (fd = 3; fd < 256; fd++)
		close(fd);
	fd = open("/dev/null", O_RDWR);
	dup2(fd, 0);
	dup2(fd, 1);
	dup2(fd, 2);
	if (fd > 2)
		close(fd);
}

/* What a file of /proc says. */
static inline void __attribute__((format(printf, 3, 4))) specimen_read(char *text, size_t size, const char *format, ...)
{
	char path[256];
	va_list arguments;
	ssize_t length;
	int fd;

	va_start(arguments, format);
	vsnprintf(path, sizeof(path), format, arguments);
	va_end(arguments);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	check(fd >= 0);
	length = read(fd, text, size - 1);
	check(length > 0);
	text[length] = 0;
	close(fd);
}

/* The state of a process: the letter after its name in /proc/PID/stat. */
static inline char specimen_state(pid_t pid)
{
	char text[512], *name;

	specimen_read(text, sizeof(text), "/proc/%d/stat", pid);
	name = strrchr(text, ')');
	check(name != NULL);
	return name[2];
}

/* Whether the specimen has been told to go on. */
static inline int specimen_told(void)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/go", specimen_folder);
	return access(path, F_OK) == 0;
}

/* Whether it has rights on the machine, not just in a user namespace of its box. */
static inline int specimen_is_privileged(void)
{
	unsigned first = 1, outside = 1, count = 0;
	FILE *map = fopen("/proc/self/uid_map", "re");

	check(map != NULL && fscanf(map, "%u %u %u", &first, &outside, &count) == 3);
	fclose(map);
	return first == 0 && outside == 0 && count == 0xffffffffu;
}

/* Everything is set up: waits through any number of dumps and restores. */
static inline void specimen_wait(void)
{
	specimen_say("ready", "");
	while (!specimen_told())
		usleep(10000);
}

#endif
