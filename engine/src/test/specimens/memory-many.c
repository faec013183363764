/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 100,000 mappings, in two processes: the kernel lets one have 65,530.
 *
 * row: Memory / many mappings
 * carries: 100,000 mappings, each with a page of its own
 */
#define _GNU_SOURCE
#include "maps.h"
#include <sys/wait.h>

enum { PAGE = 4096, EACH = 50000 };

static unsigned char *area;

static void set_up(int value)
{
	area = mmap(NULL, (size_t)EACH * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(area != MAP_FAILED && madvise(area, (size_t)EACH * PAGE, MADV_NOHUGEPAGE) == 0);
	for (int i = 0; i < EACH; i++) {
		if (i % 16 == 0)
			*(int *)(area + (size_t)i * PAGE) = i + value;
		if (i % 2)
			check(mprotect(area + (size_t)i * PAGE, PAGE, PROT_READ) == 0);
	}
}

static int count(const struct maps_entry *entry, void *data)
{
	(void)entry;
	++*(int *)data;
	return 0;
}

static int is_good(int value)
{
	int mappings = 0;

	for (int i = 0; i < EACH; i++)
		if (*(int *)(area + (size_t)i * PAGE) != (i % 16 ? 0 : i + value))
			return 1;
	maps_walk("Rss:", count, &mappings);
	return mappings < EACH;
}

int main(int argc, char **argv)
{
	int status, ready[2];
	char byte = 1;
	pid_t child;

	specimen_begin(argc, argv);
	check(pipe(ready) == 0);
	child = fork();
	if (child == 0) {
		set_up(1);
		check(write(ready[1], &byte, 1) == 1);
		while (!specimen_told())
			usleep(10000);
		_exit(is_good(1));
	}
	set_up(2);
	check(read(ready[0], &byte, 1) == 1);

	specimen_wait();

	check(is_good(2) == 0);
	check(waitpid(child, &status, 0) == child && status == 0);
	specimen_pass();
}
