/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eventfds: counters up to the largest, semaphores, flags, one shared with a child.
 * row: Files / eventfd
 * carries: counters up to the largest, flags, one shared with a child
 * beyond CRIU: EFD_SEMAPHORE
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
	int plain, semaphore, empty, large, shared, status;
	uint64_t value = 0xfffffffffffffffeull;
	pid_t child;

	specimen_begin(argc, argv);
	plain = eventfd(42, EFD_NONBLOCK);
	semaphore = eventfd(3, EFD_SEMAPHORE | EFD_CLOEXEC);
	empty = eventfd(0, 0);
	large = eventfd(0, 0);
	shared = eventfd(0, 0);
	check(write(large, &value, 8) == 8);
	child = fork();
	if (child == 0)
		_exit(read(shared, &value, 8) == 8 && value == 17 ? 5 : 1);

	specimen_wait();

	value = 17;
	check(write(shared, &value, 8) == 8);
	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 5);
	check(fcntl(plain, F_GETFL) & O_NONBLOCK && !(fcntl(empty, F_GETFL) & O_NONBLOCK));
	check(fcntl(semaphore, F_GETFD) == FD_CLOEXEC);
	check(read(plain, &value, 8) == 8 && value == 42);
	check(read(plain, &value, 8) == -1 && errno == EAGAIN);
	check(read(semaphore, &value, 8) == 8 && value == 1);
	check(read(semaphore, &value, 8) == 8 && value == 1);
	check(poll(&(struct pollfd){ .fd = empty, .events = POLLIN }, 1, 0) == 0);
	check(read(large, &value, 8) == 8 && value == 0xfffffffffffffffeull);
	specimen_pass();
}
