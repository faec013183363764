/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagram sockets connected to one that does not belong to the tree.
 * row: Sockets / Unix, peer outside
 * carries: datagram sockets connected to one outside of the tree (--ext-unix-sk)
 * options: --ext-unix-sk
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static struct sockaddr_un outside = { .sun_family = AF_UNIX };

/* Echoes until the specimen has ended; a child of init, so no part of the tree. */
static void echo(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), parts;
	char path[4096], text[32];
	struct timeval timeout = { 0, 20000 };

	snprintf(path, sizeof(path), "%s/result", specimen_folder);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	if (bind(fd, (void *)&outside, sizeof(outside)))
		_exit(1);
	specimen_say("echoing", "");
	for (parts = 0; access(path, F_OK) != 0 && access(specimen_folder, F_OK) == 0; parts++) {
		struct sockaddr_un from;
		socklen_t size = sizeof(from);
		ssize_t length = recvfrom(fd, text, sizeof(text), 0, (void *)&from, &size);

		if (length > 0)
			sendto(fd, text, length, 0, (void *)&from, size);
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	struct sockaddr_un own = { .sun_family = AF_UNIX };
	int one, two, status;
	char path[4096], text[32];
	pid_t child;

	specimen_begin(argc, argv);
	snprintf(outside.sun_path, sizeof(outside.sun_path), "%s/outside", specimen_folder);
	snprintf(own.sun_path, sizeof(own.sun_path), "%s/own", specimen_folder);
	snprintf(path, sizeof(path), "%s/echoing", specimen_folder);
	child = fork();
	if (child == 0) {
		if (fork() == 0) {
			setsid();
			echo();
		}
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child);
	while (access(path, F_OK) != 0)
		usleep(10000);
	one = socket(AF_UNIX, SOCK_DGRAM, 0);
	check(bind(one, (void *)&own, sizeof(own)) == 0);
	check(connect(one, (void *)&outside, sizeof(outside)) == 0);
	two = socket(AF_UNIX, SOCK_DGRAM, 0);
	check(connect(two, (void *)&outside, sizeof(outside)) == 0);
	check(send(one, "before", 6, 0) == 6);
	while (recv(one, text, 1, MSG_PEEK) != 1)
		;

	specimen_wait();

	check(recv(one, text, sizeof(text), MSG_DONTWAIT) == 6 && memcmp(text, "before", 6) == 0);
	check(send(two, "nobody", 6, 0) == 6);
	check(send(one, "after", 5, 0) == 5);
	check(recv(one, text, sizeof(text), 0) == 5 && memcmp(text, "after", 5) == 0);
	specimen_pass();
}
