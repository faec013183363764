/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signalfds: the signals each takes, one of them queued.
 * row: Files / signalfd
 * carries: the signals each takes, one of them queued
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <signal.h>
#include <sys/signalfd.h>

int main(int argc, char **argv)
{
	struct signalfd_siginfo info;
	union sigval value = { .sival_int = 4711 };
	sigset_t first, second, all;
	int one, two;

	specimen_begin(argc, argv);
	sigemptyset(&first);
	sigaddset(&first, SIGUSR1);
	sigemptyset(&second);
	sigaddset(&second, SIGRTMAX);
	sigaddset(&second, SIGTERM);
	sigfillset(&all);
	check(sigprocmask(SIG_BLOCK, &all, NULL) == 0);
	one = signalfd(-1, &first, SFD_NONBLOCK | SFD_CLOEXEC);
	two = signalfd(-1, &second, 0);
	check(one >= 0 && two >= 0 && sigqueue(getpid(), SIGRTMAX, value) == 0);

	specimen_wait();

	check(fcntl(one, F_GETFL) & O_NONBLOCK && fcntl(one, F_GETFD) == FD_CLOEXEC);
	check(!(fcntl(two, F_GETFL) & O_NONBLOCK) && fcntl(two, F_GETFD) == 0);
	check(read(one, &info, sizeof(info)) == -1 && errno == EAGAIN);
	check(read(two, &info, sizeof(info)) == sizeof(info));
	check(info.ssi_signo == (unsigned)SIGRTMAX && info.ssi_int == 4711);
	check(raise(SIGTERM) == 0 && raise(SIGUSR1) == 0);
	check(read(one, &info, sizeof(info)) == sizeof(info) && info.ssi_signo == SIGUSR1);
	check(read(two, &info, sizeof(info)) == sizeof(info) && info.ssi_signo == SIGTERM);
	specimen_pass();
}
