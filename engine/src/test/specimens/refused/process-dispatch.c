/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that has its system calls dispatched to a signal handler of its own.
 * row: Process / syscall user dispatch
 * refuses: PR_SET_SYSCALL_USER_DISPATCH: it is on in thread…; when it has turned that off
 */
#define _GNU_SOURCE
#include "../specimen.h"
#include <sys/prctl.h>

enum { SET_SYSCALL_USER_DISPATCH = 59, ON = 1 };

static volatile char selector; /* 0 allows all */

int main(int argc, char **argv)
{
	specimen_begin(argc, argv);
	check(prctl(SET_SYSCALL_USER_DISPATCH, ON, 0, 0, &selector) == 0);

	specimen_wait();

	specimen_pass();
}
