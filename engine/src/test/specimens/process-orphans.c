/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions and process groups that outlive their leaders: daemons that were forked twice, members of a session left in
 * groups without a leader, an orphan adopted out of a session whose leader lives or waits as a zombie, a zombie in a
 * group that somebody else leads.
 * row: Process / sessions and groups without their leader
 * carries: daemons forked twice, groups whose leader is gone, zombies that lead or belong
 * beyond CRIU: who adopts orphans: they stay with their subreaper
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <sys/prctl.h>
#include <sys/wait.h>

enum { MOST = 12 };

struct member {
	pid_t pid, parent, session, group;
	int byte_from;
};

static struct member members[MOST];
static int count;
static int reports[2];
static int wake[2];

/* What every member does: tells who it is, waits, looks whether it still is, and ends. */
static void live(void)
{
	struct member me = { getpid(), getppid(), getsid(0), getpgid(0), 0 };
	char byte;

	if (write(reports[1], &me, sizeof(me)) != sizeof(me))
		_exit(1);
	if (read(wake[0], &byte, 1) != 1)
		_exit(2);
	_exit(getppid() == me.parent && getsid(0) == me.session && getpgid(0) == me.group ? 42 : 3);
}

static struct member report(void)
{
	struct member one;

	check(read(reports[0], &one, sizeof(one)) == sizeof(one));
	check(count < MOST);
	members[count++] = one;
	return one;
}

static void until_adopted(pid_t old)
{
	while (getppid() == old)
		usleep(1000);
}

static void reap(pid_t pid)
{
	int status;

	check(waitpid(pid, &status, 0) == pid);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(int argc, char **argv)
{
	pid_t self, leader, zombie_leader, zombie, group;
	struct member one, two;
	siginfo_t info;
	int status, i;

	specimen_begin(argc, argv);
	self = getpid();
	check(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	check(pipe(reports) == 0 && pipe(wake) == 0);

	/* a daemon as daemons are made: its session's leader is gone; it has a child */
	leader = fork();
	if (leader == 0) {
		pid_t old = setsid();

		if (fork() == 0) {
			until_adopted(old);
			if (fork() == 0)
				live();
			live();
		}
		_exit(0);
	}
	reap(leader);
	one = report();
	two = report();
	check(one.session == leader && two.session == leader && one.group == leader && two.group == leader);
	check((one.parent == self) != (two.parent == self));

	/* two of another such session, each in a group: one leads its own, the other's leader is gone */
	leader = fork();
	if (leader == 0) {
		pid_t old = setsid();

		if (fork() == 0) {
			until_adopted(old);
			setpgid(0, 0);
			live();
		}
		group = fork();
		if (group == 0) {
			setpgid(0, 0);
			if (fork() == 0) {
				until_adopted(getsid(0));
				while (getppid() != self)
					usleep(1000);
				live();
			}
			if (fork() == 0) {
				while (getppid() != self)
					usleep(1000);
				live();
			}
			_exit(0);
		}
		waitpid(group, &status, 0);
		_exit(0);
	}
	reap(leader);
	for (i = 0; i < 3; i++) {
		one = report();
		check(one.session == leader && one.parent == self && one.group != leader);
	}

	/* an orphan of a session whose leader lives, and is our child too */
	leader = fork();
	if (leader == 0) {
		pid_t passing;

		setsid();
		passing = fork();
		if (passing == 0) {
			if (fork() == 0) {
				while (getppid() != self)
					usleep(1000);
				live();
			}
			_exit(0);
		}
		waitpid(passing, &status, 0);
		live();
	}
	one = report();
	two = report();
	check(one.session == leader && two.session == leader && one.parent == self && two.parent == self);

	/* an orphan whose session's leader is our child's child */
	leader = fork();
	if (leader == 0) {
		pid_t below = fork();

		if (below == 0) {
			pid_t passing;

			setsid();
			passing = fork();
			if (passing == 0) {
				if (fork() == 0) {
					while (getppid() != self)
						usleep(1000);
					live();
				}
				_exit(0);
			}
			waitpid(passing, &status, 0);
			live();
		}
		live();
	}
	for (i = 0; i < 3; i++)
		report();

	/* an orphan whose session's leader is a zombie of ours */
	zombie_leader = fork();
	if (zombie_leader == 0) {
		pid_t old = setsid();

		if (fork() == 0) {
			until_adopted(old);
			live();
		}
		_exit(0);
	}
	one = report();
	check(one.session == zombie_leader && one.parent == self);
	check(waitid(P_PID, zombie_leader, &info, WEXITED | WNOWAIT) == 0);

	/* a zombie in a group that another leads, which has only the zombie when that one left it */
	group = fork();
	if (group == 0) {
		setpgid(0, 0);
		live();
	}
	one = report();
	check(one.group == group && group == one.pid);
	zombie = fork();
	if (zombie == 0)
		_exit(setpgid(0, group) == 0 ? 7 : 8);
	check(waitid(P_PID, zombie, &info, WEXITED | WNOWAIT) == 0 && info.si_status == 7);

	specimen_wait();

	check(getpid() == self);
	check(getpgid(zombie) == group);
	check(waitpid(-group, &status, WNOHANG) == zombie && WEXITSTATUS(status) == 7);
	check(getsid(zombie_leader) == zombie_leader);
	reap(zombie_leader);
	for (i = 0; i < count; i++) {
		check(getsid(members[i].pid) == members[i].session);
		check(getpgid(members[i].pid) == members[i].group);
	}
	for (i = 0; i < count; i++)
		check(write(wake[1], "x", 1) == 1);
	for (i = 0; i < count; i++) { /* children of members become ours */
		pid_t ended = waitpid(-1, &status, 0);

		check(ended > 0);
		check(WIFEXITED(status));
		check(WEXITSTATUS(status) == 42 || WEXITSTATUS(status) == 3);
		if (WEXITSTATUS(status) == 3) {
			int k, ours = 0;

			for (k = 0; k < count; k++)
				ours |= members[k].pid == ended && members[k].parent != self;
			check(ours); /* its parent ended before it looked */
		}
	}
	specimen_pass();
}
