/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Actions of all signals; queues with every kind of information; handlers that run while the process is dumped, on an
 * alternate stack.
 * row: Process / actions and queues of signals
 * carries: 62 actions with handlers, flags, restorers and masks; the queues of process and thread with all of their
 *   information (SI_USER, SI_QUEUE, SI_TKILL, SI_TIMER, CLD_EXITED) in order; handlers on an alternate stack, also one
 *   that is disarmed meanwhile (SS_AUTODISARM)
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif
#define RT (SIGRTMIN + 2)
#define INSIDE (SIGRTMIN + 6)

struct action {
	void *handler;
	unsigned long flags;
	void *restorer;
	unsigned long mask;
};

static struct action set[65];
static volatile int entered, left;

static void unused(int signal)
{
	(void)signal;
}

static void set_actions(void)
{
	static const unsigned long flags[] = {
		0, SA_RESTART, SA_NODEFER, SA_RESETHAND, SA_ONSTACK, SA_SIGINFO, SA_NOCLDSTOP, SA_NOCLDWAIT,
		SA_SIGINFO | SA_RESTART | SA_ONSTACK, 0x400 /* SA_UNSUPPORTED is cleared */, 0x800 /* SA_EXPOSE_TAGBITS */,
	};
	int signal;

	for (signal = 1; signal <= 64; signal++) {
		struct action action = { unused, flags[signal % 11], NULL, 0x5555555555555555ul << (signal % 7) };

		if (signal == SIGKILL || signal == SIGSTOP || signal == 32 || signal == 33 || signal == INSIDE)
			continue;
		action.flags |= 0x04000000; /* SA_RESTORER */
		action.restorer = (char *)unused + signal;
		if (signal % 5 == 3)
			action.handler = SIG_IGN;
		if (signal % 5 == 4)
			action.handler = SIG_DFL;
		check(syscall(SYS_rt_sigaction, signal, &action, NULL, 8) == 0);
		check(syscall(SYS_rt_sigaction, signal, NULL, &set[signal], 8) == 0);
	}
}

static void check_actions(void)
{
	struct action now;
	int signal;

	for (signal = 1; signal <= 64; signal++) {
		if (signal == SIGKILL || signal == SIGSTOP || signal == 32 || signal == 33 || signal == INSIDE)
			continue;
		check(syscall(SYS_rt_sigaction, signal, NULL, &now, 8) == 0);
		if (memcmp(&now, &set[signal], sizeof(now)) != 0)
			specimen_fail("action of %d: %p %lx %p %lx", signal, now.handler, now.flags, now.restorer, now.mask);
	}
}

/* Stays in the handler while it is dumped. */
static void inside(int signal, siginfo_t *info, void *context)
{
	stack_t now;
	char here;

	(void)signal, (void)context;
	check(sigaltstack(NULL, &now) == 0);
	check(info->si_value.sival_int == 1 ? now.ss_flags == SS_ONSTACK : now.ss_flags == SS_DISABLE);
	__atomic_add_fetch(&entered, 1, __ATOMIC_SEQ_CST);
	while (!specimen_told())
		usleep(1000);
	check(sigaltstack(NULL, &now) == 0);
	if (info->si_value.sival_int == 1)
		check(now.ss_flags == SS_ONSTACK && &here > (char *)now.ss_sp && &here < (char *)now.ss_sp + now.ss_size);
	else
		check(now.ss_flags == SS_DISABLE);
	__atomic_add_fetch(&left, 1, __ATOMIC_SEQ_CST);
}

static void *on_stack(void *argument)
{
	unsigned int flags = argument ? 0 : SS_AUTODISARM;
	stack_t stack = { malloc(65536), flags, 65536 }, now;
	sigset_t mask;

	check(sigaltstack(&stack, NULL) == 0);
	check(pthread_sigqueue(pthread_self(), INSIDE, (union sigval){ .sival_int = argument ? 1 : 0 }) == 0);
	sigemptyset(&mask);
	sigaddset(&mask, INSIDE);
	pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
	check(left > 0);
	check(sigaltstack(NULL, &now) == 0);
	check(now.ss_sp == stack.ss_sp && (unsigned int)now.ss_flags == flags && now.ss_size == stack.ss_size);
	return NULL;
}

static siginfo_t take(int signal)
{
	struct timespec none = { 0, 0 };
	unsigned long only = 1ul << (signal - 1);
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	if (syscall(SYS_rt_sigtimedwait, &only, &info, &none, 8) != signal)
		specimen_fail("signal %d is not queued: %s", signal, strerror(errno));
	return info;
}

int main(int argc, char **argv)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = RT + 1, .sigev_value.sival_ptr = (void *)0x1234567890 };
	struct itimerspec often = { { 0, 1000000 }, { 0, 1000000 } };
	struct sigaction action = { .sa_sigaction = inside, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	pthread_t threads[2];
	siginfo_t info, claimed = { 0 };
	sigset_t all;
	timer_t timer;
	pid_t child;
	int i;

	specimen_begin(argc, argv);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	check(sigaction(INSIDE, &action, NULL) == 0);
	for (i = 0; i < 2; i++)
		check(pthread_create(&threads[i], NULL, on_stack, i ? &i : NULL) == 0);
	while (__atomic_load_n(&entered, __ATOMIC_SEQ_CST) < 2)
		usleep(1000);
	set_actions();
	check(kill(getpid(), SIGUSR1) == 0);
	check(sigqueue(getpid(), SIGUSR2, (union sigval){ .sival_ptr = (void *)0xfedcba9876543210 }) == 0);
	for (i = 0; i < 40; i++)
		check(sigqueue(getpid(), RT, (union sigval){ .sival_int = i }) == 0);
	for (i = 0; i < 3; i++)
		check(pthread_sigqueue(pthread_self(), RT, (union sigval){ .sival_int = 1000 + i }) == 0);
	check(syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1) == 0);
	claimed.si_code = -77; /* anything negative may be claimed */
	claimed.si_pid = 4711;
	claimed.si_uid = 815;
	memset((char *)&claimed + 32, 0x5a, 16); /* of codes it does not know the kernel takes 48 bytes */
	check(syscall(SYS_rt_sigqueueinfo, getpid(), SIGHUP, &claimed) == 0);
	child = fork();
	if (child == 0)
		_exit(33);
	check(waitid(P_PID, child, &info, WEXITED | WNOWAIT) == 0);
	check(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	check(timer_settime(timer, 0, &often, NULL) == 0);
	usleep(20000);
	memset(&often, 0, sizeof(often));

	specimen_wait();

	check_actions();
	info = take(SIGUSR1); /* the thread's own comes first */
	check(info.si_code == SI_TKILL && info.si_pid == getpid());
	info = take(SIGUSR1);
	check(info.si_code == SI_USER && info.si_pid == getpid() && info.si_uid == getuid());
	info = take(SIGUSR2);
	check(info.si_code == SI_QUEUE && info.si_value.sival_ptr == (void *)0xfedcba9876543210);
	for (i = 0; i < 3; i++)
		check(take(RT).si_value.sival_int == 1000 + i);
	for (i = 0; i < 40; i++) {
		info = take(RT);
		check(info.si_value.sival_int == i && info.si_code == SI_QUEUE && info.si_pid == getpid());
	}
	info = take(SIGHUP);
	check(info.si_code == -77 && info.si_pid == 4711 && info.si_uid == 815);
	check(((char *)&info)[32] == 0x5a && ((char *)&info)[47] == 0x5a);
	info = take(SIGCHLD);
	check(info.si_code == CLD_EXITED && info.si_pid == child && info.si_status == 33);
	info = take(RT + 1);
	check(info.si_code == SI_TIMER && info.si_value.sival_ptr == (void *)0x1234567890);
	check(timer_settime(timer, 0, &often, NULL) == 0);
	check(waitpid(child, NULL, 0) == child);
	for (i = 0; i < 2; i++)
		check(pthread_join(threads[i], NULL) == 0);
	check(left == 2);
	specimen_pass();
}
