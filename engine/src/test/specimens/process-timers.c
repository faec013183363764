/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timers of every clock and notification, armed and not, with gaps in their ids; interval timers of all three kinds.
 * row: Process / timers
 * carries: ITIMER_REAL, VIRTUAL and PROF, alarm; POSIX timers of each clock with their ids, values and intervals;
 *   notification by signal, to a thread, none; signals of theirs that are queued
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#define FAR 100000

static const int clocks[] = {
	CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
	CLOCK_REALTIME_ALARM, CLOCK_BOOTTIME_ALARM,
};
#define CLOCKS ((int)(sizeof(clocks) / sizeof(clocks[0])))

static int ids[CLOCKS][3];

static int create(int clock, int notify, int value)
{
	struct sigevent event = { .sigev_notify = notify, .sigev_signo = SIGRTMIN + 1, .sigev_value.sival_int = value };
	int id = -1;

	if (notify == SIGEV_THREAD_ID)
		event._sigev_un._tid = syscall(SYS_gettid);
	if (syscall(SYS_timer_create, clock, &event, &id) == 0)
		return id;
	if (errno != EOPNOTSUPP && errno != EINVAL && errno != EPERM)
		specimen_fail("clock %d, notification %d: %s", clock, notify, strerror(errno));
	return -1; /* the kernel has written an id all the same */
}

int main(int argc, char **argv)
{
	static const int notify[] = { SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD_ID };
	struct itimerspec spec = { { 7, 5 }, { FAR, 0 } }, off = { { 0, 0 }, { 0, 0 } }, now;
	struct itimerval real = { { 0, 0 }, { FAR, 0 } }, virtual = { { 9, 1 }, { FAR, 0 } }, is;
	struct timespec later, none = { 0, 0 };
	int i, k, gaps[5], overrun, expired;
	siginfo_t info;
	sigset_t rt;

	specimen_begin(argc, argv);
	sigemptyset(&rt);
	sigaddset(&rt, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &rt, NULL);
	check(setitimer(ITIMER_VIRTUAL, &virtual, NULL) == 0 && setitimer(ITIMER_PROF, &virtual, NULL) == 0);
	check(setitimer(ITIMER_REAL, &real, NULL) == 0 && alarm(FAR) == FAR);
	for (i = 0; i < CLOCKS; i++) {
		for (k = 0; k < 3; k++) {
			gaps[k] = create(CLOCK_MONOTONIC, SIGEV_NONE, 0);
			ids[i][k] = create(clocks[i], notify[k], i * 3 + k);
			if (ids[i][k] >= 0 && k != 1)
				check(syscall(SYS_timer_settime, ids[i][k], 0, &spec, NULL) == 0);
			check(syscall(SYS_timer_delete, gaps[k]) == 0);
		}
	}
	expired = create(CLOCK_MONOTONIC, SIGEV_SIGNAL, 99);
	spec.it_value = (struct timespec){ 0, 1000000 };
	spec.it_interval = (struct timespec){ FAR, 0 };
	check(syscall(SYS_timer_settime, expired, 0, &spec, NULL) == 0);
	overrun = create(CLOCK_MONOTONIC, SIGEV_SIGNAL, 100);
	spec.it_interval = (struct timespec){ 0, 1000000 };
	check(syscall(SYS_timer_settime, overrun, 0, &spec, NULL) == 0);
	usleep(20000);

	specimen_wait();

	check(getitimer(ITIMER_REAL, &is) == 0 && is.it_value.tv_sec > FAR - 1000 && is.it_value.tv_sec <= FAR);
	for (i = ITIMER_VIRTUAL; i <= ITIMER_PROF; i++) {
		check(getitimer(i, &is) == 0);
		check(is.it_interval.tv_sec == 9 && is.it_interval.tv_usec == 1);
		check(is.it_value.tv_sec > FAR - 1000 && is.it_value.tv_sec <= FAR);
	}
	for (i = 0; i < CLOCKS; i++) {
		for (k = 0; k < 3; k++) {
			if (ids[i][k] < 0)
				continue;
			if (syscall(SYS_timer_gettime, ids[i][k], &now) != 0)
				specimen_fail("clock %d, notification %d: no timer %d", clocks[i], notify[k], ids[i][k]);
			if (k == 1) {
				check(now.it_value.tv_sec == 0 && now.it_value.tv_nsec == 0);
			} else {
				check(now.it_interval.tv_sec == 7 && now.it_interval.tv_nsec == 5);
				check(now.it_value.tv_sec > FAR - 1000 && now.it_value.tv_sec <= FAR);
			}
		}
	}
	for (i = 0; i < 2; i++) {
		check(syscall(SYS_rt_sigtimedwait, &rt, &info, &none, 8) == SIGRTMIN + 1);
		check(info.si_code == SI_TIMER);
		if (info.si_value.sival_int == 100)
			check(info.si_overrun >= 0); /* counted when it is taken; in the queue nobody sees it */
		else
			check(info.si_value.sival_int == 99 && info.si_overrun == 0);
	}
	check(syscall(SYS_timer_settime, overrun, 0, &off, NULL) == 0);
	while (syscall(SYS_rt_sigtimedwait, &rt, &info, &none, 8) > 0)
		check(info.si_value.sival_int == 100);
	/* each still does what it is for */
	for (i = 0; i < CLOCKS; i++) {
		for (k = 0; k < 3; k += 2) {
			struct timespec patience = { 60, 0 };

			if (ids[i][k] < 0)
				continue;
			spec = (struct itimerspec){ { 0, 0 }, { 0, 1 } };
			check(syscall(SYS_timer_settime, ids[i][k], 0, &spec, NULL) == 0);
			clock_gettime(CLOCK_MONOTONIC, &later);
			later.tv_sec += 1; /* clocks of the CPU need some */
			while (clocks[i] == CLOCK_PROCESS_CPUTIME_ID || clocks[i] == CLOCK_THREAD_CPUTIME_ID) {
				struct timespec t;

				clock_gettime(CLOCK_MONOTONIC, &t);
				sigpending(&rt);
				if (sigismember(&rt, SIGRTMIN + 1) || t.tv_sec > later.tv_sec)
					break;
			}
			sigemptyset(&rt);
			sigaddset(&rt, SIGRTMIN + 1);
			check(syscall(SYS_rt_sigtimedwait, &rt, &info, &patience, 8) == SIGRTMIN + 1);
			check(info.si_code == SI_TIMER && info.si_value.sival_int == i * 3 + k);
		}
	}
	check(alarm(0) > 0);
	specimen_pass();
}
