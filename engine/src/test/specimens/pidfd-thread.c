/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pidfd of a thread, from Linux 6.9 on.
 * row: Files / pidfd of a thread
 * beyond CRIU: PIDFD_THREAD, from Linux 6.9 on
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <poll.h>
#include <pthread.h>
#include <sys/syscall.h>

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

static volatile int thread_id;

static void *thread(void *unused)
{
	thread_id = syscall(SYS_gettid);
	while (!specimen_told())
		usleep(10000);
	return unused;
}

int main(int argc, char **argv)
{
	struct pollfd poller = { .events = POLLIN };
	pthread_t id;
	char path[64], text[1024], wanted[32];
	int fd, info, i;

	specimen_begin(argc, argv);
	check(pthread_create(&id, NULL, thread, NULL) == 0);
	while (thread_id == 0)
		usleep(1000);
	fd = syscall(SYS_pidfd_open, thread_id, PIDFD_THREAD);
	check(fd >= 0 || errno == EINVAL);

	specimen_wait();

	if (fd < 0)
		specimen_pass();
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY);
	i = read(info, text, sizeof(text) - 1);
	text[i > 0 ? i : 0] = 0;
	snprintf(wanted, sizeof(wanted), "\nPid:\t%d\n", thread_id);
	poller.fd = fd;
	if (poll(&poller, 1, 0) == 0) /* else it has ended in the meantime */
		check(strstr(text, wanted) != NULL);
	check((fcntl(fd, F_GETFL) & PIDFD_THREAD) != 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	check(pthread_join(id, NULL) == 0);
	for (i = 0; i < 2000 && poll(&poller, 1, 0) != 1; i++)
		usleep(1000);
	check(poller.revents & POLLIN);
	specimen_pass();
}
