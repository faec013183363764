/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A seccomp filter that leaves a call to a listener.
 * row: Process / seccomp listeners
 * refuses: seccomp: a filter of it asks a listener (SECCOMP_RET_USER_NOTIF), who would be lost; Run it without a filter that notifies.
 */
#define _GNU_SOURCE
#include "../specimen.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 4, code };
	char path[4096];
	int listener, status;
	pid_t child;

	specimen_begin(argc, argv);
	child = fork();
	if (child == 0) {
		check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
		listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
		check(listener >= 0 && close(listener) == 0);
		errno = 0;
		check(getpgid(0) == -1 && errno == ENOSYS); /* nobody listens any more */
		specimen_say("child", "");
		for (;;)
			pause();
	}
	check(child > 0);
	snprintf(path, sizeof(path), "%s/child", specimen_folder);
	while (access(path, F_OK) != 0)
		usleep(1000);

	specimen_wait();

	check(kill(child, SIGKILL) == 0);
	check(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
	specimen_pass();
}
