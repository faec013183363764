/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attached System V shared memory in an IPC namespace of its own: attached twice, by a child too, read-only, cut by
 * mprotect(2) and munmap(2), and one that is gone when the last one detaches.
 * row: IPC / System V shared memory
 * carries: segments with their keys, ids, modes and content; attached several times, by a child too, read-only, in
 *   pieces; one marked for removal
 * not on host: it lives in an IPC namespace of its own
 * not in user: its IPC namespace is made by root
 */
#define _GNU_SOURCE
#include "../specimen.h"
#include <sched.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>

enum { PAGE = 4096, PAGES = 6 };

static unsigned long attached(int id)
{
	struct shmid_ds one;

	check(shmctl(id, IPC_STAT, &one) == 0);
	return one.shm_nattch;
}

int main(int argc, char **argv)
{
	int kept, going, cut, status, pipes[2], back[2];
	char *first, *second, *gone, *parts, byte;
	struct shmid_ds one;
	pid_t child;

	specimen_begin(argc, argv);
	check(unshare(CLONE_NEWIPC) == 0);
	check(pipe(pipes) == 0 && pipe(back) == 0);
	kept = shmget(0x5751a515, 2 * PAGE, IPC_CREAT | IPC_EXCL | 0640);
	going = shmget(IPC_PRIVATE, 100, 0600);
	cut = shmget(IPC_PRIVATE, PAGES * PAGE, 0600);
	check(kept >= 0 && going >= 0 && cut >= 0);
	first = shmat(kept, NULL, 0);
	second = shmat(kept, NULL, SHM_RDONLY);
	gone = shmat(going, NULL, 0);
	parts = shmat(cut, NULL, 0);
	check(first != (void *)-1 && second != (void *)-1 && gone != (void *)-1 && parts != (void *)-1);
	strcpy(first, "kept");
	strcpy(gone, "until the last one detaches");
	check(shmctl(going, IPC_RMID, NULL) == 0);
	memset(parts, 'p', PAGES * PAGE);
	check(munmap(parts + PAGE, PAGE) == 0);
	check(mprotect(parts + 3 * PAGE, PAGE, PROT_READ) == 0);
	check(munmap(parts + (PAGES - 1) * PAGE, PAGE) == 0);
	child = fork();
	if (child == 0) {
		if (read(pipes[0], &byte, 1) != 1 || strcmp(first, "changed") != 0)
			_exit(1);
		strcpy(gone, "seen");
		_exit(write(back[1], "x", 1) == 1 ? 42 : 2);
	}

	specimen_wait();

	check(strcmp(first, "kept") == 0 && strcmp(second, "kept") == 0);
	check(strcmp(gone, "until the last one detaches") == 0);
	check(attached(kept) == 4 && attached(going) == 2);
	check(shmctl(kept, IPC_STAT, &one) == 0);
	check(one.shm_perm.__key == 0x5751a515 && (one.shm_perm.mode & 0777) == 0640 && one.shm_segsz == 2 * PAGE);
	check(shmget(0x5751a515, 0, 0) == kept);
	check(shmctl(going, IPC_STAT, &one) == 0 && (one.shm_perm.mode & SHM_DEST) && one.shm_segsz == 100);
	check(mprotect(second, PAGE, PROT_READ | PROT_WRITE) == -1 && errno == EACCES);
	strcpy(first, "changed");
	check(strcmp(second, "changed") == 0);
	check(write(pipes[1], "x", 1) == 1 && read(back[0], &byte, 1) == 1);
	check(strcmp(gone, "seen") == 0);
	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 42);
	check(attached(kept) == 2 && attached(going) == 1);
	check(parts[0] == 'p' && parts[2 * PAGE] == 'p' && parts[3 * PAGE] == 'p' && parts[4 * PAGE] == 'p');
	check(msync(parts + PAGE, PAGE, MS_ASYNC) == -1 && errno == ENOMEM);
	check(msync(parts + 5 * PAGE, PAGE, MS_ASYNC) == -1 && errno == ENOMEM);
	parts[2 * PAGE] = 'q';
	check(shmdt(parts) == 0);
	check(msync(parts + 4 * PAGE, PAGE, MS_ASYNC) == -1 && errno == ENOMEM);
	check(attached(cut) == 0);
	check(shmdt(second) == 0 && attached(kept) == 1);
	check(shmdt(gone) == 0);
	check(shmctl(going, IPC_STAT, &one) == -1);
	specimen_pass();
}
