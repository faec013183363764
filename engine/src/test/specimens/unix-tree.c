/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server with workers and clients in other processes; connections shared, and between siblings.
 * row: Sockets / Unix between processes
 * carries: a server with workers and clients, connections shared, and between siblings
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "server" };

static void answer(int fd, char with)
{
	char byte;

	if (read(fd, &byte, 1) != 1 || write(fd, &with, 1) != 1)
		_exit(11);
}

static void ask(int fd, char expected)
{
	char byte = '?';

	if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1 || byte != expected)
		_exit(12);
}

int main(int argc, char **argv)
{
	int listener, siblings[2], start[2], worker_connection, i, status, client;
	pid_t children[3];
	char byte;

	specimen_begin(argc, argv);
	check(chdir(specimen_folder) == 0);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	check(bind(listener, (void *)&name, sizeof(name)) == 0 && listen(listener, 5) == 0);
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, siblings) == 0 && pipe(start) == 0);
	/* a client, connected before the worker is forked, its connection accepted by the server */
	children[0] = fork();
	if (children[0] == 0) {
		close(start[1]);
		close(listener);
		close(siblings[1]);
		client = socket(AF_UNIX, SOCK_STREAM, 0);
		if (connect(client, (void *)&name, sizeof(name)) || write(client, "early", 5) != 5)
			_exit(1);
		if (read(start[0], &byte, 1) != 0)
			_exit(2);
		ask(client, 'w');
		answer(siblings[0], 's');
		_exit(0);
	}
	worker_connection = accept(listener, NULL, NULL);
	check(worker_connection >= 0);
	/* the worker has it too */
	children[1] = fork();
	if (children[1] == 0) {
		char text[8];

		close(start[1]);
		close(siblings[0]);
		if (read(start[0], &byte, 1) != 0)
			_exit(3);
		if (read(worker_connection, text, 5) != 5 || memcmp(text, "early", 5))
			_exit(4);
		answer(worker_connection, 'w');
		ask(siblings[1], 's');
		_exit(0);
	}
	/* a client in a grandchild that waits to be accepted */
	children[2] = fork();
	if (children[2] == 0) {
		pid_t grandchild;

		close(start[1]);
		close(listener);
		close(siblings[0]);
		close(siblings[1]);
		close(worker_connection);
		client = socket(AF_UNIX, SOCK_STREAM, 0);
		if (connect(client, (void *)&name, sizeof(name)))
			_exit(5);
		grandchild = fork();
		if (grandchild == 0) {
			if (read(start[0], &byte, 1) != 0)
				_exit(6);
			ask(client, 'l');
			_exit(0);
		}
		close(client);
		if (waitpid(grandchild, &status, 0) != grandchild || status)
			_exit(7);
		_exit(0);
	}
	close(siblings[0]);
	close(siblings[1]);
	close(start[0]);
	usleep(100000);

	specimen_wait();

	close(start[1]);
	client = accept(listener, NULL, NULL);
	check(client >= 0);
	check(read(client, &byte, 1) == 1 && write(client, "l", 1) == 1);
	for (i = 0; i < 3; i++) {
		check(waitpid(children[i], &status, 0) == children[i]);
		if (status)
			specimen_fail("child %d: status %x", i, status);
	}
	specimen_pass();
}
