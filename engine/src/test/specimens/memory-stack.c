/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that grows: the stack, an area mapped with MAP_GROWSDOWN, the heap of brk(2).
 *
 * row: Memory / stack and heap
 * carries: both and where they end; they grow on, and the gap below a stack stays a guard
 */
#define _GNU_SOURCE
#include "maps.h"
#include <setjmp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum { PAGE = 4096 };

static sigjmp_buf back;
static unsigned char alternate[65536];

static void fault(int signal)
{
	siglongjmp(back, signal);
}

static int __attribute__((noinline)) deep(int frames)
{
	volatile unsigned char frame[PAGE];

	frame[0] = frames;
	return frames == 0 ? frame[0] : deep(frames - 1) + frame[0] - (frames & 0xff);
}

int main(int argc, char **argv)
{
	unsigned char *room, *area;
	char *heap, *end;
	struct sigaction action = { .sa_handler = fault, .sa_flags = SA_ONSTACK };
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof(alternate) };

	specimen_begin(argc, argv);
	deep(40);
	heap = sbrk(3 * PAGE);
	check(heap != (char *)-1);
	memset(heap, 5, 3 * PAGE);
	end = sbrk(0);
	room = mmap(NULL, 512 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(munmap(room, 512 * PAGE) == 0);
	area = mmap(room + 500 * PAGE, 4 * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, -1, 0);
	check(area == room + 500 * PAGE);
	area[0] = 1;
	area[-2 * PAGE] = 2;
	check(sigaltstack(&stack, NULL) == 0 && sigaction(SIGSEGV, &action, NULL) == 0);

	specimen_wait();

	check(sbrk(0) == end && heap[0] == 5 && heap[3 * PAGE - 1] == 5);
	check(sbrk(64 * PAGE) == end);
	memset(end, 6, 64 * PAGE);
	check(brk(heap + PAGE) == 0 && sbrk(0) == heap + PAGE && heap[0] == 5);
	check(sbrk(2 * PAGE) == heap + PAGE && heap[PAGE] == 0);
	check(area[0] == 1 && area[-2 * PAGE] == 2 && maps_has(area, " gd"));
	area[-3 * PAGE] = 3;
	area[-20 * PAGE] = 4;
	check(area[-20 * PAGE] == 4 && maps_find(area, "Rss:").start == (unsigned long)area - 20 * PAGE);
	deep(800);
	if (sigsetjmp(back, 1) == 0) {
		struct rlimit limit = { 1 << 20, RLIM_INFINITY };

		check(getrlimit(RLIMIT_STACK, &limit) == 0);
		limit.rlim_cur = 4 << 20;
		check(setrlimit(RLIMIT_STACK, &limit) == 0);
		deep(2000);
		specimen_fail("the stack has no end");
	}
	specimen_pass();
}
