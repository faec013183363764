/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signal actions, masks, queued signals with their values, interval and POSIX timers.
 * row: Process / signals and timers
 * carries: actions, masks, private and shared queues in order with their values, an interval timer, a POSIX timer
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <signal.h>
#include <sys/time.h>
#include <time.h>

static volatile sig_atomic_t usr1, alarms, timers;
static volatile int order[8], orders;

static void on_usr1(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	usr1 += info->si_value.sival_int;
}

static void on_rt(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	order[orders++] = info->si_value.sival_int;
}

static void on_alarm(int signal)
{
	(void)signal;
	alarms++;
}

static void on_timer(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	timers += info->si_value.sival_int;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_sigaction = on_usr1, .sa_flags = SA_SIGINFO | SA_RESTART }, now;
	struct itimerval interval = { { 0, 20000 }, { 0, 20000 } };
	struct itimerspec spec = { { 0, 30000000 }, { 0, 30000000 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2 };
	sigset_t mask, old;
	timer_t timer;
	int i;

	specimen_begin(argc, argv);
	sigaction(SIGUSR1, &action, NULL);
	action.sa_sigaction = on_rt;
	sigaction(SIGRTMIN + 3, &action, NULL);
	action.sa_sigaction = on_timer;
	action.sa_flags = SA_SIGINFO;
	sigaddset(&action.sa_mask, SIGHUP);
	sigaction(SIGUSR2, &action, NULL);
	signal(SIGALRM, on_alarm);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigaddset(&mask, SIGRTMIN + 3);
	sigprocmask(SIG_BLOCK, &mask, &old);
	check(sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 5 }) == 0);
	for (i = 0; i < 4; i++)
		check(sigqueue(getpid(), SIGRTMIN + 3, (union sigval){ .sival_int = 100 + i }) == 0);
	event.sigev_value.sival_int = 3;
	check(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	check(timer_settime(timer, 0, &spec, NULL) == 0);
	setitimer(ITIMER_REAL, &interval, NULL);

	specimen_wait();

	check(usr1 == 0 && orders == 0);
	sigprocmask(SIG_SETMASK, &old, NULL);
	check(usr1 == 5);
	check(orders == 4);
	for (i = 0; i < 4; i++)
		check(order[i] == 100 + i);
	sigaction(SIGPIPE, NULL, &now);
	check(now.sa_handler == SIG_IGN);
	sigaction(SIGUSR2, NULL, &now);
	check(now.sa_sigaction == on_timer && (now.sa_flags & SA_SIGINFO) && sigismember(&now.sa_mask, SIGHUP));
	alarms = timers = 0;
	for (i = 0; i < 1000 && (alarms < 3 || timers < 9); i++)
		usleep(10000);
	check(alarms >= 3 && timers >= 9 && timers % 3 == 0);
	specimen_pass();
}
