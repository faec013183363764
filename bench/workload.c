/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the benchmarks dump and restore. It says "ready" when it is set up and, at every SIGUSR1, looks whether all it
 * has is as it left it and says "good" or "bad".
 *
 *   workload small            one process
 *   workload memory MIB       one process with that much memory, every page different
 *   workload tree N           N processes: this one and its children
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

static volatile sig_atomic_t asked;

static void ask(int signal)
{
	(void)signal;
	asked = 1;
}

static uint64_t word(uint64_t index)
{
	return (index + 1) * 0x9e3779b97f4a7c15u;
}

static int memory_is_good(const uint64_t *memory, uint64_t words)
{
	for (uint64_t i = 0; i < words; i++)
		if (memory[i] != word(i))
			return 0;
	return 1;
}

static int children_are_there(const pid_t *children, int count)
{
	for (int i = 0; i < count; i++)
		if (kill(children[i], 0) < 0)
			return 0;
	return 1;
}

static void wait_for_question(void)
{
	sigset_t none, usr1;

	sigemptyset(&none);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	while (!asked)
		sigsuspend(&none);
	asked = 0;
	sigprocmask(SIG_UNBLOCK, &usr1, NULL);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	uint64_t number = argc > 2 ? strtoull(argv[2], NULL, 10) : 0, words = 0;
	uint64_t *memory = NULL;
	pid_t *children = NULL;
	int count = 0;

	setsid();
	signal(SIGUSR1, ask);
	if (!strcmp(what, "memory")) {
		words = (number << 20) / sizeof(*memory);
		memory = mmap(NULL, number << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (memory == MAP_FAILED) {
			perror("mmap");
			return 1;
		}
		for (uint64_t i = 0; i < words; i++)
			memory[i] = word(i);
	} else if (!strcmp(what, "tree")) {
		children = calloc(number, sizeof(*children));
		for (count = 0; count + 1 < (int)number; count++) {
			children[count] = fork();
			if (children[count] == 0)
				for (;;)
					pause();
			if (children[count] < 0) {
				perror("fork");
				return 1;
			}
		}
	} else if (strcmp(what, "small")) {
		fprintf(stderr, "workload small | memory MIB | tree N\n");
		return 2;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		wait_for_question();
		puts(memory_is_good(memory, words) && children_are_there(children, count) ? "good" : "bad");
		fflush(stdout);
	}
}
