/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads, each with its own name, mask, alternate stack, thread-local data, and in a call.
 * row: Process / threads
 * carries: name, mask, alternate stack and thread-local data of each, in sleeps and in futex waits
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define THREADS 8

static __thread int own = 0;
static pthread_barrier_t barrier;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int told;
static pid_t tids[THREADS];

static void *work(void *argument)
{
	long number = (long)argument;
	char name[16], now[16];
	sigset_t mask, is;
	stack_t stack = { .ss_size = 16384 }, have;

	own = number * 11;
	tids[number] = syscall(SYS_gettid);
	snprintf(name, sizeof(name), "thread-%ld", number);
	prctl(PR_SET_NAME, name);
	sigemptyset(&mask);
	sigaddset(&mask, SIGRTMIN + (int)number);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	stack.ss_sp = malloc(16384);
	sigaltstack(&stack, NULL);
	pthread_barrier_wait(&barrier);
	if (number % 2) {
		pthread_mutex_lock(&mutex);
		while (!told)
			pthread_cond_wait(&condition, &mutex);
		pthread_mutex_unlock(&mutex);
	} else {
		while (!__atomic_load_n(&told, __ATOMIC_ACQUIRE))
			usleep(1000);
	}
	check(own == number * 11);
	check(tids[number] == syscall(SYS_gettid));
	prctl(PR_GET_NAME, now);
	check(strcmp(name, now) == 0);
	pthread_sigmask(SIG_SETMASK, NULL, &is);
	check(sigismember(&is, SIGRTMIN + (int)number) == 1);
	check(sigismember(&is, SIGUSR1) == 0);
	sigaltstack(NULL, &have);
	check(have.ss_sp == stack.ss_sp && have.ss_size == stack.ss_size && have.ss_flags == 0);
	return (void *)(number + 1);
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	long i;

	specimen_begin(argc, argv);
	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (i = 0; i < THREADS; i++)
		check(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
	pthread_barrier_wait(&barrier);

	specimen_wait();

	pthread_mutex_lock(&mutex);
	__atomic_store_n(&told, 1, __ATOMIC_RELEASE);
	pthread_cond_broadcast(&condition);
	pthread_mutex_unlock(&mutex);
	for (i = 0; i < THREADS; i++) {
		void *result;

		check(pthread_join(threads[i], &result) == 0);
		check((long)result == i + 1);
	}
	specimen_pass();
}
