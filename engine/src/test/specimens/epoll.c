/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Epoll sets: data, modes, nested sets, numbers that were closed or given to another file since.
 * row: Files / epoll
 * carries: sets with their data and modes (level, edge, one-shot, disarmed), nested sets, sets shared with a child
 * beyond CRIU: a file watched under two numbers, a number closed or given to another file since
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static void add(int set, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event event = { .events = events, .data.u64 = data };

	check(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0);
}

static void raise_event(int fd)
{
	uint64_t one = 1;

	check(write(fd, &one, 8) == 8);
}

int main(int argc, char **argv)
{
	int set, outer, empty, level, edge, shot, quiet, pipe_fds[2], moved, reused, both, i, count;
	struct epoll_event events[16];
	uint64_t value;

	specimen_begin(argc, argv);
	set = epoll_create1(EPOLL_CLOEXEC);
	outer = epoll_create1(0);
	empty = epoll_create1(0);
	level = eventfd(0, EFD_NONBLOCK);
	edge = eventfd(0, EFD_NONBLOCK);
	shot = eventfd(0, EFD_NONBLOCK);
	quiet = eventfd(0, EFD_NONBLOCK);
	check(pipe(pipe_fds) == 0);
	add(set, level, EPOLLIN, 0x1122334455667788ull);
	add(set, edge, EPOLLIN | EPOLLET, 2);
	add(set, shot, EPOLLIN | EPOLLONESHOT, 3);
	add(set, pipe_fds[0], EPOLLIN | EPOLLRDHUP | EPOLLPRI, 4);
	add(set, pipe_fds[1], EPOLLOUT | EPOLLET, 5);
	add(outer, set, EPOLLIN, 6);
	add(outer, quiet, 0, 7);

	/* added as 50, now only 51; and 50 means something else */
	moved = eventfd(0, EFD_NONBLOCK);
	check(dup2(moved, 50) == 50);
	close(moved);
	add(outer, 50, EPOLLIN, 8);
	check(dup2(50, 51) == 51);
	reused = eventfd(0, EFD_NONBLOCK);
	check(dup2(reused, 50) == 50);
	close(reused);
	add(outer, 50, EPOLLIN, 9); /* the same number twice */
	add(outer, 51, EPOLLIN, 10); /* the same file twice */
	/* added as 60, open as 61 only */
	check(dup2(level, 60) == 60);
	add(outer, 60, EPOLLIN, 11);
	check(close(60) == 0);

	specimen_wait();

	check(fcntl(set, F_GETFD) == FD_CLOEXEC && fcntl(outer, F_GETFD) == 0);
	check(epoll_wait(empty, events, 16, 0) == 0);
	count = epoll_wait(set, events, 16, 0);
	check(count == 1 && events[0].data.u64 == 5 && events[0].events == EPOLLOUT); /* the pipe is empty */
	check(epoll_wait(set, events, 16, 0) == 0); /* edge triggered */
	raise_event(level);
	raise_event(edge);
	raise_event(shot);
	count = epoll_wait(set, events, 16, 0);
	check(count == 3);
	for (i = 0; i < count; i++)
		check(events[i].data.u64 == 0x1122334455667788ull || events[i].data.u64 == 2 ||
		      events[i].data.u64 == 3);
	count = epoll_wait(set, events, 16, 0);
	check(count == 1 && events[0].data.u64 == 0x1122334455667788ull);
	count = epoll_wait(outer, events, 16, 0);
	check(count == 2); /* the inner set, and level added as 60 */
	for (i = 0; i < count; i++)
		check(events[i].data.u64 == 6 || events[i].data.u64 == 11);
	check(read(level, &value, 8) == 8);
	raise_event(51);
	count = epoll_wait(outer, events, 16, 0);
	check(count == 2);
	for (i = 0; i < count; i++)
		check(events[i].data.u64 == 8 || events[i].data.u64 == 10);
	check(read(51, &value, 8) == 8);
	raise_event(50);
	count = epoll_wait(outer, events, 16, 0);
	check(count == 1 && events[0].data.u64 == 9);
	check(epoll_ctl(outer, EPOLL_CTL_DEL, quiet, NULL) == 0);
	check(epoll_ctl(outer, EPOLL_CTL_DEL, empty, NULL) == -1 && errno == ENOENT);
	close(pipe_fds[1]);
	count = epoll_wait(set, events, 16, 0);
	check(count == 1 && events[0].data.u64 == 4 && events[0].events == EPOLLHUP);
	specimen_pass();
}
