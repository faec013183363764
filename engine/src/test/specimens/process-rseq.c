/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads in the midst of restartable sequences. Whoever interrupts one has to abort it: a section that goes on without
 * the kernel knowing of it (its descriptor gone from struct rseq) has lost what it relies on.
 * row: Process / restartable sequences
 * carries: registrations of each thread; a thread inside a sequence has it aborted, as by the kernel
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <pthread.h>
#include <stdint.h>
#include <sys/rseq.h>

enum { THREADS = 3 };

static volatile int go;
static volatile int lost_sections, finished_sections;
static volatile int inside[THREADS];

static struct rseq *area(void)
{
	return (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

static void *spin(void *argument)
{
	volatile int *here = argument;
	struct rseq *rseq = area();

again:
	asm goto(".pushsection __rseq_cs, \"aw\"\n"
		 ".balign 32\n"
		 "3:\n"
		 ".long 0, 0\n"
		 ".quad 1f, 2f - 1f, 4f\n"
		 ".popsection\n"
		 "leaq 3b(%%rip), %%rax\n"
		 "movq %%rax, 8(%[rseq])\n"
		 "1:\n"
		 "movl $1, (%[here])\n"
		 "5:\n"
		 "pause\n"
		 "cmpl $0, (%[go])\n"
		 "je 5b\n"
		 "cmpq %%rax, 8(%[rseq])\n"
		 "jne %l[lost]\n"
		 "2:\n"
		 "jmp %l[done]\n"
		 ".pushsection __rseq_failure, \"ax\"\n"
		 ".byte 0x0f, 0xb9, 0x3d\n"
		 ".long 0x53053053\n"
		 "4:\n"
		 "jmp %l[again]\n"
		 ".popsection\n"
		 :
		 : [rseq] "r"(rseq), [go] "r"(&go), [here] "r"(here)
		 : "rax", "memory", "cc"
		 : again, lost, done);
lost:
	__atomic_add_fetch(&lost_sections, 1, __ATOMIC_SEQ_CST);
	return NULL;
done:
	__atomic_add_fetch(&finished_sections, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	int i;

	specimen_begin(argc, argv);
	if (__rseq_size == 0) /* the C library was told not to register */
		specimen_fail("no rseq");
	for (i = 0; i < THREADS; i++)
		check(pthread_create(&threads[i], NULL, spin, (void *)&inside[i]) == 0);
	for (i = 0; i < THREADS; i++)
		while (!inside[i])
			usleep(1000);

	specimen_wait();

	go = 1;
	for (i = 0; i < THREADS; i++)
		check(pthread_join(threads[i], NULL) == 0);
	check(lost_sections == 0);
	check(finished_sections == THREADS);
	specimen_pass();
}
