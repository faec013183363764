/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timerfds: all clocks, once and repeating, expired and not read, wall clock and cancelled.
 * row: Files / timerfd
 * carries: all clocks, once and repeating, expired and not read, wall clock, cancelled by a set clock
 * beyond CRIU: CLOCK_REALTIME_ALARM and CLOCK_BOOTTIME_ALARM
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <stdint.h>
#include <sys/timerfd.h>
#include <time.h>

static const int clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_REALTIME_ALARM,
			      CLOCK_BOOTTIME_ALARM };
enum { CLOCKS = sizeof(clocks) / sizeof(*clocks) };

static struct itimerspec spec(long value_s, long value_ns, long interval_s, long interval_ns)
{
	return (struct itimerspec){ .it_value = { value_s, value_ns },
				    .it_interval = { interval_s, interval_ns } };
}

static int has_line(int fd, const char *line)
{
	char path[64], text[1024];
	FILE *info;
	int found = 0;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = fopen(path, "r");
	check(info != NULL);
	while (fgets(text, sizeof(text), info))
		found |= strcmp(text, line) == 0;
	fclose(info);
	return found;
}

int main(int argc, char **argv)
{
	struct itimerspec now, want;
	int far[CLOCKS], repeating, expired, disarmed, wall, i, count;
	struct timespec real;
	uint64_t ticks;

	specimen_begin(argc, argv);
	count = specimen_is_privileged() ? CLOCKS : CLOCKS - 2; /* alarms are not for everybody */
	for (i = 0; i < count; i++) {
		far[i] = timerfd_create(clocks[i], i % 2 ? TFD_NONBLOCK : TFD_CLOEXEC);
		want = spec(1000 + i, 0, 7, 8);
		check(far[i] >= 0 && timerfd_settime(far[i], 0, &want, NULL) == 0);
	}
	repeating = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	want = spec(0, 1, 0, 2000000);
	check(timerfd_settime(repeating, 0, &want, NULL) == 0);
	expired = timerfd_create(CLOCK_MONOTONIC, 0);
	want = spec(0, 1, 0, 0);
	check(timerfd_settime(expired, 0, &want, NULL) == 0);
	disarmed = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	wall = timerfd_create(CLOCK_REALTIME, 0);
	check(clock_gettime(CLOCK_REALTIME, &real) == 0);
	want = spec(real.tv_sec + 3000, 5, 0, 0);
	check(timerfd_settime(wall, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &want, NULL) == 0);
	usleep(20000);

	specimen_wait();

	for (i = 0; i < count; i++) {
		check(timerfd_gettime(far[i], &now) == 0);
		check(now.it_interval.tv_sec == 7 && now.it_interval.tv_nsec == 8);
		check(now.it_value.tv_sec > 800 && now.it_value.tv_sec <= 1000 + i);
		check(!(fcntl(far[i], F_GETFL) & O_NONBLOCK) == !(i % 2));
		check((fcntl(far[i], F_GETFD) & FD_CLOEXEC) == (i % 2 ? 0 : FD_CLOEXEC));
		char line[32];
		snprintf(line, sizeof(line), "clockid: %d\n", clocks[i]);
		check(has_line(far[i], line));
	}
	check(read(repeating, &ticks, 8) == 8 && ticks >= 10);
	check(timerfd_gettime(repeating, &now) == 0 && now.it_interval.tv_nsec == 2000000);
	check(now.it_value.tv_nsec > 0 && now.it_value.tv_nsec <= 2000000);
	check(read(expired, &ticks, 8) == 8 && ticks == 1);
	check(timerfd_gettime(expired, &now) == 0 && now.it_value.tv_sec == 0 && now.it_value.tv_nsec == 0);
	check(read(disarmed, &ticks, 8) == -1 && errno == EAGAIN);
	check(timerfd_gettime(wall, &now) == 0 && now.it_value.tv_sec > 2800 && now.it_value.tv_sec <= 3000);
	check(has_line(wall, "settime flags: 03\n"));
	specimen_pass();
}
