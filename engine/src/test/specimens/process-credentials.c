/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads with credentials of their own: each has other ids, groups, capabilities, securebits and no_new_privs.
 * row: Process / credentials
 * carries: real, effective, saved and file system ids, supplementary groups, five capability sets, securebits and
 *   no_new_privs of each thread; dumpable; the signal at the parent's death; the name
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <linux/capability.h>
#include <linux/securebits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define THREADS 6

static volatile int ready, told;

struct state {
	unsigned int uids[3], gids[3], fsuid, fsgid;
	int groups, list[16];
	struct __user_cap_data_struct caps[2];
	unsigned long bounding, ambient;
	int securebits, no_new_privs, death, dumpable;
	char name[16];
};

static struct state see(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct state is;
	int i;

	memset(&is, 0, sizeof(is));
	check(syscall(SYS_getresuid, &is.uids[0], &is.uids[1], &is.uids[2]) == 0);
	check(syscall(SYS_getresgid, &is.gids[0], &is.gids[1], &is.gids[2]) == 0);
	is.fsuid = syscall(SYS_setfsuid, -1);
	is.fsgid = syscall(SYS_setfsgid, -1);
	is.groups = syscall(SYS_getgroups, 16, is.list);
	check(syscall(SYS_capget, &head, is.caps) == 0);
	for (i = 0; i < 64; i++) {
		is.bounding |= (unsigned long)(prctl(PR_CAPBSET_READ, i) == 1) << i;
		is.ambient |= (unsigned long)(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1) << i;
	}
	is.securebits = prctl(PR_GET_SECUREBITS);
	is.no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	is.dumpable = prctl(PR_GET_DUMPABLE);
	check(prctl(PR_GET_PDEATHSIG, &is.death) == 0);
	check(prctl(PR_GET_NAME, is.name) == 0);
	return is;
}

static void set_caps(unsigned int effective, unsigned int permitted, unsigned int inheritable)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct caps[2] = { { effective, permitted, inheritable } };

	check(syscall(SYS_capset, &head, caps) == 0);
}

static void become(long number)
{
	static const int groups[] = { 5, 10, 1, 60000 };

	switch (number) {
	case 0: /* as a daemon does */
		check(syscall(SYS_setgroups, 4, groups) == 0);
		check(syscall(SYS_setresgid, 33, 33, 33) == 0 && syscall(SYS_setresuid, 33, 33, 33) == 0);
		break;
	case 1: /* for a while */
		check(syscall(SYS_setresgid, 0, 100, 200) == 0 && syscall(SYS_setresuid, 0, 101, 201) == 0);
		break;
	case 2: /* keeps some */
		check(prctl(PR_SET_KEEPCAPS, 1) == 0);
		check(syscall(SYS_setresuid, 1000, 1000, 1000) == 0);
		set_caps(1 << CAP_NET_BIND_SERVICE, 1 << CAP_NET_BIND_SERVICE | 1 << CAP_CHOWN, 1 << CAP_CHOWN);
		check(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0) == 0);
		break;
	case 3: /* root without its powers */
		check(prctl(PR_CAPBSET_DROP, CAP_SYS_BOOT) == 0 && prctl(PR_CAPBSET_DROP, CAP_NET_RAW) == 0);
		check(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE) == 0);
		set_caps(1 << CAP_KILL, 1 << CAP_KILL | 1 << CAP_FOWNER, 0);
		break;
	case 4: /* never any more */
		check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
		set_caps(0, 0, 0);
		break;
	default: /* only for files */
		syscall(SYS_setfsgid, 44);
		syscall(SYS_setfsuid, 55);
	}
}

static void *run(void *argument)
{
	struct state before, after;
	char name[16];

	snprintf(name, sizeof(name), "as %ld \xc3\xa9", (long)argument);
	prctl(PR_SET_NAME, name);
	become((long)argument);
	check(prctl(PR_SET_PDEATHSIG, 10 + (long)argument) == 0);
	before = see();
	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&told, __ATOMIC_SEQ_CST))
		usleep(1000);
	after = see();
	before.dumpable = after.dumpable; /* the process has one, which others change */
	if (memcmp(&before, &after, sizeof(before)) != 0)
		specimen_fail("thread %ld: uid %d/%d gid %d/%d fs %d/%d eff %x/%x prm %x/%x inh %x/%x bnd %lx/%lx amb %lx/%lx bits "
			      "%x/%x nnp %d/%d death %d/%d groups %d/%d",
			      (long)argument, before.uids[1], after.uids[1], before.gids[1], after.gids[1], before.fsuid,
			      after.fsuid, before.caps[0].effective, after.caps[0].effective, before.caps[0].permitted,
			      after.caps[0].permitted, before.caps[0].inheritable, after.caps[0].inheritable,
			      before.bounding, after.bounding, before.ambient, after.ambient, before.securebits,
			      after.securebits, before.no_new_privs, after.no_new_privs, before.death, after.death,
			      before.groups, after.groups);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	struct state before, after;
	pid_t child;
	long i;

	specimen_begin(argc, argv);
	/* whose parent does not end: a restored tree's may */
	child = fork();
	if (child > 0) {
		check(waitpid(child, NULL, 0) == child);
		_exit(0);
	}
	check(child == 0);
	check(chmod(specimen_folder, 0777) == 0); /* all say what they see */
	for (i = 0; i < THREADS; i++)
		check(pthread_create(&threads[i], NULL, run, (void *)i) == 0);
	while (__atomic_load_n(&ready, __ATOMIC_SEQ_CST) < THREADS)
		usleep(1000);
	check(prctl(PR_SET_DUMPABLE, 0) == 0);
	before = see();

	specimen_wait();

	after = see();
	check(memcmp(&before, &after, sizeof(before)) == 0 && after.dumpable == 0);
	__atomic_store_n(&told, 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < THREADS; i++)
		check(pthread_join(threads[i], NULL) == 0);
	specimen_pass();
}
