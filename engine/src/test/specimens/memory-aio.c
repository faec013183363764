/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contexts of asynchronous I/O: an idle one, one with events not yet taken, one whose ring has wrapped around, one that
 * a thread waits in.
 * row: Memory / asynchronous I/O
 * carries: contexts with their ids: idle, with events not yet taken, wrapped around, waited in by a thread
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <linux/aio_abi.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

enum { EVENTS = 5 };

static aio_context_t idle, full, wrapped, waited;
static int file, woken;
static char buffers[EVENTS][8];
static volatile int waiting, seen;

static void submit(aio_context_t context, int number)
{
	struct iocb request = {
		.aio_data = 100 + number,
		.aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_fildes = file,
		.aio_buf = (unsigned long)buffers[number],
		.aio_nbytes = 2 + number,
		.aio_offset = number,
		.aio_flags = IOCB_FLAG_RESFD,
		.aio_resfd = woken,
	};
	struct iocb *requests[1] = { &request };

	check(syscall(SYS_io_submit, context, 1, requests) == 1);
}

static int take(aio_context_t context, struct io_event *events, int count)
{
	struct timespec none = { 0, 0 };

	return syscall(SYS_io_getevents, context, 0, count, events, &none);
}

static void use(aio_context_t context)
{
	struct io_event events[EVENTS];
	int i;

	for (i = 0; i < EVENTS; i++)
		submit(context, i);
	check(take(context, events, EVENTS) == EVENTS);
	for (i = 0; i < EVENTS; i++)
		check(events[i].data == 100u + i && events[i].res == 2 + i && memcmp(buffers[i], "abcdefghij" + i, 2 + i) == 0);
	check(take(context, events, EVENTS) == 0);
}

static void *await(void *unused)
{
	struct io_event event;
	long count;

	waiting = 1;
	do /* after a stop, signal(7) */
		count = syscall(SYS_io_getevents, waited, 1, 1, &event, NULL);
	while (count < 0 && errno == EINTR);
	check(count == 1);
	check(event.data == 103 && event.res == 5);
	seen = 1;
	return unused;
}

int main(int argc, char **argv)
{
	struct io_event events[EVENTS];
	char path[4096];
	pthread_t thread;
	int i;

	specimen_begin(argc, argv);
	snprintf(path, sizeof(path), "%s/file", specimen_folder);
	file = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	woken = eventfd(0, EFD_NONBLOCK);
	check(file >= 0 && woken >= 0 && write(file, "abcdefghij", 10) == 10);
	check(syscall(SYS_io_setup, 1, &idle) == 0);
	check(syscall(SYS_io_setup, 512, &full) == 0);
	check(syscall(SYS_io_setup, 1, &wrapped) == 0);
	check(syscall(SYS_io_setup, 64, &waited) == 0);
	for (i = 0; i < EVENTS; i++)
		submit(full, i);
	for (i = 0; i < 25; i++) /* a ring of one page has 127 events */
		use(wrapped);
	for (i = 0; i < EVENTS; i++)
		submit(wrapped, i);
	check(pthread_create(&thread, NULL, await, NULL) == 0);
	while (!waiting)
		usleep(1000);
	usleep(10000);

	specimen_wait();

	check(take(full, events, 3) == 3);
	for (i = 0; i < 3; i++)
		check(events[i].data == 100u + i && events[i].res == 2 + i && events[i].res2 == 0);
	submit(full, 4);
	check(take(full, events, EVENTS) == 3);
	check(events[0].data == 103 && events[1].data == 104 && events[2].data == 104 && events[2].res == 6);
	check(take(wrapped, events, EVENTS) == EVENTS);
	for (i = 0; i < EVENTS; i++)
		check(events[i].data == 100u + i && events[i].res == 2 + i);
	for (i = 0; i < 60; i++) {
		use(idle);
		use(full);
		use(wrapped);
	}
	check(!seen);
	submit(waited, 3);
	check(pthread_join(thread, NULL) == 0 && seen);
	check(syscall(SYS_io_destroy, idle) == 0 && syscall(SYS_io_destroy, full) == 0);
	check(syscall(SYS_io_destroy, wrapped) == 0 && syscall(SYS_io_destroy, waited) == 0);
	check(syscall(SYS_io_destroy, waited) == -1 && errno == EINVAL);
	specimen_pass();
}
