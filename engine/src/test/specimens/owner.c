/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owners of files: who is signalled, with what, as whom; O_ASYNC.
 * row: Files / owners of files
 * carries: F_SETOWN and F_SETOWN_EX: process, group, thread; F_SETSIG, as whom, O_ASYNC
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

static volatile sig_atomic_t got, from;

static void on_input(int signal, siginfo_t *info, void *context)
{
	(void)context;
	got = signal;
	from = info->si_fd;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_sigaction = on_input, .sa_flags = SA_SIGINFO };
	struct f_owner_ex owner;
	int asking[2], group[2], thread[2], i;

	specimen_begin(argc, argv);
	sigaction(SIGRTMIN + 2, &action, NULL);
	check(pipe(asking) == 0 && pipe(group) == 0 && pipe(thread) == 0);
	owner = (struct f_owner_ex){ F_OWNER_PID, getpid() };
	check(fcntl(asking[0], F_SETOWN_EX, &owner) == 0);
	check(fcntl(asking[0], F_SETSIG, SIGRTMIN + 2) == 0);
	check(fcntl(asking[0], F_SETFL, O_ASYNC | O_NONBLOCK) == 0);
	check(setresuid(-1, 1000, -1) == 0);
	owner = (struct f_owner_ex){ F_OWNER_PGRP, getpgrp() };
	check(fcntl(group[1], F_SETOWN_EX, &owner) == 0);
	check(setresuid(-1, 0, -1) == 0);
	owner = (struct f_owner_ex){ F_OWNER_TID, getpid() };
	check(fcntl(thread[0], F_SETOWN_EX, &owner) == 0 && fcntl(thread[0], F_SETSIG, SIGUSR2) == 0);

	specimen_wait();

	check(got == 0);
	check((fcntl(asking[0], F_GETFL) & ~O_ACCMODE) == (O_ASYNC | O_NONBLOCK));
	check(fcntl(asking[0], F_GETSIG) == SIGRTMIN + 2);
	check(fcntl(asking[0], F_GETOWN_EX, &owner) == 0);
	check(owner.type == F_OWNER_PID && owner.pid == getpid());
	check(write(asking[1], "x", 1) == 1);
	for (i = 0; i < 1000 && got == 0; i++)
		usleep(1000);
	check(got == SIGRTMIN + 2 && from == asking[0]);
	check(fcntl(group[1], F_GETOWN_EX, &owner) == 0);
	check(owner.type == F_OWNER_PGRP && owner.pid == getpgrp() && fcntl(group[1], F_GETSIG) == 0);
	{
		unsigned uids[2];

		check(fcntl(group[1], 17 /* F_GETOWNER_UIDS */, uids) == 0 && uids[0] == 0 && uids[1] == 1000);
	}
	check(fcntl(thread[0], F_GETOWN_EX, &owner) == 0);
	check(owner.type == F_OWNER_TID && owner.pid == getpid() && fcntl(thread[0], F_GETSIG) == SIGUSR2);
	specimen_pass();
}
