/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private memory that parent and children still share since fork(2): each measures how much of an
 * area is in its own pages alone, before and after.
 *
 * row: Memory / private anonymous memory, shared copy-on-write
 * carries: content of each task; pages that a child shares with its parent
 * beyond CRIU: all of these pages, over three generations, and where a child has cut the area; a dump
 *     that leaves the tasks running leaves them shared too
 */
#define _GNU_SOURCE
#include "maps.h"
#include <signal.h>
#include <sys/wait.h>

enum { PAGE = 4096, PAGES = 2048, SIZE = PAGES * PAGE };

static unsigned char data[64 * PAGE] = { 1 };
static unsigned char *area;
static unsigned char *expected;
static long private_area, private_data;
static int answers[2];

struct range {
	unsigned long start, end;
	long kib;
};

static int add(const struct maps_entry *entry, void *data)
{
	struct range *range = data;

	if (entry->start < range->end && range->start < entry->end)
		range->kib += entry->kib;
	return entry->start >= range->end;
}

/* How much of a range is in pages that nobody else has. */
static long private_kib(const void *address, size_t size)
{
	struct range range = { (unsigned long)address, (unsigned long)address + size, 0 };

	maps_walk("Private_Dirty:", add, &range);
	maps_walk("Private_Clean:", add, &range);
	return range.kib;
}

static void fill(int page, int value)
{
	memset(area + page * PAGE, value, PAGE);
	expected[page] = value;
}

static void measure(void)
{
	private_area = private_kib(area, SIZE);
	private_data = private_kib(data, sizeof(data));
}

/* 0, or what is wrong. Restoring may cost a few copies, of pages that the kernel or the C library writes to. */
static int is_good(void)
{
	for (int i = 0; i < PAGES; i++)
		for (int j = 0; j < PAGE; j += 512)
			if (expected[i] && area[i * PAGE + j] != expected[i])
				return 1;
	for (int i = 1; i < 64; i++)
		if (data[i * PAGE] != i)
			return 2;
	if (private_kib(area, SIZE) > private_area + 64)
		specimen_fail("%ld KiB of the area are its own, %ld were", private_kib(area, SIZE), private_area);
	if (private_kib(data, sizeof(data)) > private_data + 64)
		specimen_fail("%ld KiB of the data are its own, %ld were", private_kib(data, sizeof(data)), private_data);
	return 0;
}

/* A child is ready; told to go on, it looks, says what it saw, and stays until its parent
 * has ended, so that all have looked. */
static void __attribute__((noreturn)) be_told(void)
{
	unsigned char byte = 0;
	pid_t parent = getppid();

	measure();
	check(write(answers[1], &byte, 1) == 1);
	while (!specimen_told())
		usleep(10000);
	byte = is_good();
	check(write(answers[1], &byte, 1) == 1);
	while (getppid() == parent)
		usleep(10000);
	_exit(0);
}

static int answer(void)
{
	unsigned char byte;

	check(read(answers[0], &byte, 1) == 1);
	return byte;
}

int main(int argc, char **argv)
{
	pid_t child, grandchild, second;
	int wrong;

	specimen_begin(argc, argv);
	check(pipe(answers) == 0);
	expected = mmap(NULL, PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	area = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(area != MAP_FAILED && madvise(area, SIZE, MADV_NOHUGEPAGE) == 0);
	for (int i = 0; i < PAGES - 100; i++)
		fill(i, i % 250 + 1);
	for (int i = 1; i < 64; i++)
		data[i * PAGE] = i;
	child = fork();
	if (child == 0) {
		for (int i = 0; i < 200; i++)
			fill(i * 3, 251);
		grandchild = fork();
		if (grandchild == 0) {
			fill(5, 252);
			check(mmap(area + 1000 * PAGE, 100 * PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED);
			for (int i = 1000; i < 1100; i++)
				fill(i, 7);
			check(mprotect(area, 500 * PAGE, PROT_READ) == 0);
			check(munmap(area + 600 * PAGE, PAGE) == 0);
			check(mmap(area + 600 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
			      MAP_FAILED);
			memset(expected + 600, 0, 1);
			be_told();
		}
		be_told();
	}
	check(answer() == 0 && answer() == 0);
	for (int i = 1500; i < 1600; i++)
		fill(i, 253);
	second = fork();
	if (second == 0)
		be_told();
	check(answer() == 0);
	measure();

	specimen_wait();

	wrong = is_good();
	if (wrong)
		specimen_fail("parent: %d", wrong);
	for (int i = 0; i < 3; i++) {
		wrong = answer();
		if (wrong)
			specimen_fail("a child: %d", wrong);
	}
	kill(second, SIGKILL);
	kill(child, SIGKILL);
	specimen_pass();
}
