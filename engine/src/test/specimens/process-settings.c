/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What threads and processes have asked the kernel to do differently for them. Where a machine has no such thing, or
 * grants it to nobody here, that one is left out; all others are the same afterwards.
 * row: Process / affinity, I/O priority, timer slack, prctl settings
 * beyond CRIU: processors chosen by a thread, ioprio, timer slack, utilization hints, SCHED_DEADLINE with its
 *  parameters, coredump_filter, nice value of an autogroup, MDWE, memory merge, THP disabled, speculation, traps on
 *  RDTSC and CPUID, what memory errors do, I/O flusher
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum {
	GET_SPECULATION = 52,
	SET_SPECULATION = 53,
	SET_IO_FLUSHER = 57,
	GET_IO_FLUSHER = 58,
	SET_MDWE = 65,
	GET_MDWE = 66,
	SET_MERGE = 67,
	GET_MERGE = 68,
	GET_CPUID = 0x1011,
	SET_CPUID = 0x1012,
	DEADLINE = 6,
	KEEP_ALL_AND_CLAMP = 0x78,
	IDLE_CLASS = 3 << 13,
	BEST_EFFORT_LAST = 2 << 13 | 7,
};

struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

struct settings {
	struct attributes attributes;
	cpu_set_t processors;
	long priority, slack, errors, flusher, cpuid, speculation[3];
	int tsc;
};

static volatile int ready, go;

static void look(struct settings *now)
{
	int i;

	memset(now, 0, sizeof(*now));
	check(syscall(SYS_sched_getattr, 0, &now->attributes, sizeof(now->attributes), 0) == 0);
	check(sched_getaffinity(0, sizeof(now->processors), &now->processors) == 0);
	now->priority = syscall(SYS_ioprio_get, 1, 0);
	now->slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
	now->errors = prctl(PR_MCE_KILL_GET, 0, 0, 0, 0);
	now->flusher = prctl(GET_IO_FLUSHER, 0, 0, 0, 0);
	now->cpuid = syscall(SYS_arch_prctl, GET_CPUID, 0);
	for (i = 0; i < 3; i++)
		now->speculation[i] = prctl(GET_SPECULATION, i, 0, 0, 0);
	check(prctl(PR_GET_TSC, &now->tsc) == 0);
}

static void wait_and_compare(const struct settings *before)
{
	struct settings after;

	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	while (!go)
		usleep(1000);
	look(&after);
	check(after.priority == before->priority);
	check(after.slack == before->slack);
	check(after.errors == before->errors);
	check(after.flusher == before->flusher);
	check(after.cpuid == before->cpuid);
	check(after.tsc == before->tsc);
	check(memcmp(after.speculation, before->speculation, sizeof(after.speculation)) == 0);
	check(CPU_EQUAL(&after.processors, &before->processors));
	check(after.attributes.policy == before->attributes.policy);
	check(after.attributes.flags == before->attributes.flags);
	check(after.attributes.nice == before->attributes.nice);
	check(after.attributes.runtime == before->attributes.runtime);
	check(after.attributes.deadline == before->attributes.deadline);
	check(after.attributes.period == before->attributes.period);
	check(after.attributes.util_min == before->attributes.util_min);
	check(after.attributes.util_max == before->attributes.util_max);
}

/* Traps: neither this thread nor the C library on its behalf may look at the clock or the processor. */
static void *trapped(void *unused)
{
	struct settings before;

	check(prctl(PR_SET_TIMERSLACK, 123456789, 0, 0, 0) == 0);
	check(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_LATE, 0, 0) == 0);
	check(syscall(SYS_ioprio_set, 1, 0, IDLE_CLASS) == 0);
	check(prctl(PR_SET_TSC, PR_TSC_SIGSEGV) == 0);
	syscall(SYS_arch_prctl, SET_CPUID, 0);
	look(&before);
	check(before.slack == 123456789 && before.errors == PR_MCE_KILL_LATE && before.priority == IDLE_CLASS);
	check(before.tsc == PR_TSC_SIGSEGV);
	wait_and_compare(&before);
	return unused;
}

static void *bound(void *unused)
{
	struct attributes hints = {.size = sizeof(hints), .flags = KEEP_ALL_AND_CLAMP, .util_min = 100, .util_max = 700};
	struct settings before;
	cpu_set_t all, one;
	int i = 0;

	check(sched_getaffinity(0, sizeof(all), &all) == 0);
	while (!CPU_ISSET(i, &all))
		i++;
	CPU_ZERO(&one);
	CPU_SET(i, &one);
	check(sched_setaffinity(0, sizeof(one), &one) == 0);
	check(syscall(SYS_ioprio_set, 1, 0, BEST_EFFORT_LAST) == 0);
	prctl(SET_IO_FLUSHER, 1, 0, 0, 0);
	for (i = 0; i < 2; i++)
		prctl(SET_SPECULATION, i, 4, 0, 0);
	prctl(SET_SPECULATION, 2, 2, 0, 0);
	syscall(SYS_sched_setattr, 0, &hints, 0);
	look(&before);
	check(before.priority == BEST_EFFORT_LAST && CPU_EQUAL(&before.processors, &one));
	wait_and_compare(&before);
	return unused;
}

static void *punctual(void *unused)
{
	struct attributes promise = {.size = sizeof(promise), .policy = DEADLINE, .runtime = 5000000,
				     .deadline = 50000000, .period = 100000000};
	struct settings before;

	syscall(SYS_sched_setattr, 0, &promise, 0);
	look(&before);
	wait_and_compare(&before);
	return unused;
}

static void write_value(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		check(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
		close(fd);
	}
}

static int has_autogroup(char *text, size_t size)
{
	if (access("/proc/self/autogroup", R_OK) != 0)
		return 0;
	specimen_read(text, size, "/proc/self/autogroup"); /* "/autogroup-N nice N" */
	check(strstr(text, "nice") != NULL);
	memmove(text, strstr(text, "nice"), strlen(strstr(text, "nice")) + 1);
	return 1;
}

static int strict_child(int told)
{
	char filter[64], later[64], group[128], group_later[128], byte;
	int merge, thp, grouped;
	void *page;

	check(setsid() > 0);
	write_value("/proc/self/coredump_filter", "0x55");
	write_value("/proc/self/autogroup", "5");
	check(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0);
	prctl(SET_MERGE, 1, 0, 0, 0);
	merge = prctl(GET_MERGE, 0, 0, 0, 0);
	thp = prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0);
	check(prctl(SET_MDWE, 1, 0, 0, 0) == 0);
	specimen_read(filter, sizeof(filter), "/proc/self/coredump_filter");
	grouped = has_autogroup(group, sizeof(group));
	check(write(told, "r", 1) == 1);

	check(read(told, &byte, 1) == 0);
	specimen_read(later, sizeof(later), "/proc/self/coredump_filter");
	check(strcmp(filter, "00000055\n") == 0 && strcmp(filter, later) == 0);
	check(prctl(GET_MERGE, 0, 0, 0, 0) == merge);
	check(thp == 1 && prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) == 1);
	check(prctl(GET_MDWE, 0, 0, 0, 0) == 1);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(page != MAP_FAILED && mprotect(page, 4096, PROT_READ | PROT_EXEC) == -1 && errno == EACCES);
	if (grouped) {
		check(has_autogroup(group_later, sizeof(group_later)));
		check(strcmp(group, group_later) == 0);
	}
	return 0;
}

int main(int argc, char **argv)
{
	void *(*bodies[])(void *) = {trapped, bound, punctual};
	char before[64], after[64];
	pthread_t threads[3];
	int ends[2], i, status;
	pid_t child;

	specimen_begin(argc, argv);
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	child = fork();
	if (child == 0) {
		close(ends[1]);
		_exit(strict_child(ends[0]));
	}
	check(child > 0);
	close(ends[0]);
	check(read(ends[1], after, 1) == 1);
	specimen_read(before, sizeof(before), "/proc/self/coredump_filter");
	for (i = 0; i < 3; i++)
		check(pthread_create(&threads[i], NULL, bodies[i], NULL) == 0);
	while (ready < 3)
		usleep(1000);

	specimen_wait();

	go = 1;
	for (i = 0; i < 3; i++)
		check(pthread_join(threads[i], NULL) == 0);
	specimen_read(after, sizeof(after), "/proc/self/coredump_filter");
	check(strcmp(before, after) == 0);
	close(ends[1]);
	check(waitpid(child, &status, 0) == child && status == 0);
	specimen_pass();
}
