/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes that wait for System V semaphores and messages.
 * row: IPC / waiting for semaphores and messages
 * carries: semop, msgrcv and msgsnd to a full queue go on waiting
 * beyond CRIU: semop and semtimedop do not fail with EINTR
 * not on host: its System V semaphores and messages are carried with an IPC namespace of their own
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct message {
	long type;
	char text[8000];
};

static int sems, empty, full;

static int wait_for_sem(void)
{
	struct sembuf take = { 0, -1, SEM_UNDO };

	return syscall(SYS_semop, sems, &take, 1);
}

static int wait_for_two(void)
{
	struct sembuf take[2] = { { 1, -2, 0 }, { 2, 0, 0 } };
	struct timespec limit = { 100000, 0 };

	return syscall(SYS_semtimedop, sems, take, 2, &limit);
}

static int receive(void)
{
	struct message message;

	return msgrcv(empty, &message, sizeof(message.text), -3, 0) == 5 && message.type == 2 ? 0 : 1;
}

static int send(void)
{
	struct message message = { 1, "last" };

	return msgsnd(full, &message, sizeof(message.text), 0);
}

static pid_t start(int (*wait)(void), int number)
{
	char text[16] = "";
	pid_t child = fork();

	if (child == 0) {
		if (wait() != 0)
			_exit(errno);
		_exit(0);
	}
	while (atoi(text) != number) {
		usleep(1000);
		specimen_read(text, sizeof(text), "/proc/%d/syscall", child);
	}
	return child;
}

static void ended(pid_t child)
{
	int status;

	check(waitpid(child, &status, 0) == child);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		specimen_fail("child ended with %x", status);
}

int main(int argc, char **argv)
{
	struct sembuf give[3] = { { 0, 2, 0 }, { 1, 2, 0 }, { 2, -1, 0 } };
	struct message message = { 2, "five" };
	pid_t children[4];

	specimen_begin(argc, argv);
	sems = semget(IPC_PRIVATE, 3, 0600);
	empty = msgget(IPC_PRIVATE, 0600);
	full = msgget(IPC_PRIVATE, 0600);
	check(sems >= 0 && empty >= 0 && full >= 0);
	check(semctl(sems, 2, SETVAL, 1) == 0);
	while (msgsnd(full, &message, sizeof(message.text), IPC_NOWAIT) == 0)
		;
	check(errno == EAGAIN);
	children[0] = start(wait_for_sem, SYS_semop);
	children[1] = start(wait_for_two, SYS_semtimedop);
	children[2] = start(receive, SYS_msgrcv);
	children[3] = start(send, SYS_msgsnd);

	specimen_wait();

	check(semctl(sems, 0, GETNCNT) == 1);
	check(semop(sems, give, 1) == 0);
	ended(children[0]);
	check(semctl(sems, 0, GETVAL) == 2); /* it took one and, at its end, gave it back */
	check(semop(sems, give + 1, 2) == 0);
	ended(children[1]);
	check(msgsnd(empty, &message, 5, 0) == 0);
	ended(children[2]);
	check(msgrcv(full, &message, sizeof(message.text), 0, 0) == sizeof(message.text));
	ended(children[3]);
	while (msgrcv(full, &message, sizeof(message.text), 0, IPC_NOWAIT) >= 0)
		;
	check(message.type == 1 && strcmp(message.text, "last") == 0);
	specimen_pass();
}
