/*
 * An anonymous mapping of 64 pages: 0-3 written, 4-5 only read, 6-7 untouched, 8 written and so on
 * with every other page up to 62; 63 is a guard where the kernel has such. Then a shared one of 4 pages, the first written. On SIGUSR1 it
 * writes to page 2 and page 6 and says so. It also has a userfaultfd.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096

static volatile char *pages;

static void touch(int signal)
{
	pages[2 * PAGE] = signal;
	pages[6 * PAGE] = signal;
}

int main(void)
{
	volatile char *shared;
	char sum = 0;
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	pages = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	shared = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED || shared == MAP_FAILED || uffd < 0)
		return 1;
	madvise((void *)pages, 64 * PAGE, MADV_NOHUGEPAGE);
	for (int i = 0; i < 4; i++)
		pages[i * PAGE] = 1;
	sum += pages[4 * PAGE] + pages[5 * PAGE];
	for (int i = 8; i < 64; i += 2)
		pages[i * PAGE] = 1;
	madvise((void *)(pages + 63 * PAGE), PAGE, 102 /* MADV_GUARD_INSTALL */);
	shared[0] = 1;
	signal(SIGUSR1, touch);
	printf("ready %lu %lu %d %d\n", (unsigned long)pages, (unsigned long)shared, uffd, sum);
	fflush(stdout);
	for (;;) {
		pause();
		printf("touched\n");
		fflush(stdout);
	}
}
