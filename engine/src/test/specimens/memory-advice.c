/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every advice of madvise(2) that stays with a mapping, alone and together, and what it does at fork(2).
 *
 * row: Memory / madvise
 * carries: RANDOM, SEQUENTIAL, DONTFORK, WIPEONFORK, DONTDUMP, HUGEPAGE, NOHUGEPAGE, MERGEABLE
 */
#define _GNU_SOURCE
#include "maps.h"
#include <sys/wait.h>

enum { PAGE = 4096, SIZE = 4 * PAGE, COUNT = 12 };

static const struct {
	int advice, second;
	const char *flag;
} advices[] = {
	{ MADV_RANDOM, 0, "rr" }, { MADV_SEQUENTIAL, 0, "sr" }, { MADV_DONTFORK, 0, "dc" },
	{ MADV_WIPEONFORK, 0, "wf" }, { MADV_DONTDUMP, 0, "dd" }, { MADV_HUGEPAGE, 0, "hg" },
	{ MADV_NOHUGEPAGE, 0, "nh" }, { MADV_MERGEABLE, 0, "mg" }, { MADV_DONTFORK, MADV_DONTDUMP, "dc" },
	{ MADV_WIPEONFORK, MADV_NOHUGEPAGE, "wf" }, { MADV_RANDOM, MADV_MERGEABLE, "mg" }, { MADV_NORMAL, 0, "" },
};

static unsigned char *areas[COUNT + 1];
static char flags[COUNT + 1][128];

static void copy_flags(int index, char *to)
{
	strcpy(to, maps_find(areas[index], "Rss:").flags);
}

int main(int argc, char **argv)
{
	int status, kept, file;
	char path[4096], now[128];
	pid_t child;

	specimen_begin(argc, argv);
	for (int i = 0; i < COUNT; i++) {
		/* by itself: neighbours that end up with the same flags are one mapping */
		unsigned char *area = mmap(NULL, 3 * SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		areas[i] = mmap(area + SIZE, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
				-1, 0);
		check(areas[i] != MAP_FAILED);
		/* EINVAL: a kernel without it */
		kept = madvise(areas[i], SIZE, advices[i].advice);
		check(kept == 0 || errno == EINVAL);
		if (advices[i].second)
			check(madvise(areas[i], SIZE, advices[i].second) == 0 || errno == EINVAL);
		memset(areas[i], i + 1, SIZE);
		copy_flags(i, flags[i]);
		check(kept < 0 || strstr(flags[i], advices[i].flag));
	}
	snprintf(path, sizeof(path), "%s/file", specimen_folder);
	file = open(path, O_RDWR | O_CREAT, 0600);
	check(ftruncate(file, SIZE) == 0);
	areas[COUNT] = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, file, 0);
	check(areas[COUNT] != MAP_FAILED && madvise(areas[COUNT], SIZE, MADV_RANDOM) == 0);
	check(madvise(areas[COUNT], SIZE, MADV_DONTFORK) == 0);
	copy_flags(COUNT, flags[COUNT]);

	specimen_wait();

	for (int i = 0; i <= COUNT; i++) {
		copy_flags(i, now);
		if (strcmp(now, flags[i]) != 0)
			specimen_fail("area %d: flags%s instead of%s", i, now, flags[i]);
		check(areas[i][0] == (i < COUNT ? i + 1 : 0) && areas[i][SIZE - 1] == (i < COUNT ? i + 1 : 0));
	}
	child = fork();
	if (child == 0) {
		unsigned char page;

		if (areas[3][0] != 0 || areas[9][PAGE] != 0 || areas[0][0] != 1)
			_exit(1);
		_exit(mincore(areas[2], PAGE, &page) == -1 && errno == ENOMEM ? 0 : 2);
	}
	check(waitpid(child, &status, 0) == child && status == 0);
	specimen_pass();
}
