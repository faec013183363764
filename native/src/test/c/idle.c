/* Says where a page of known content and a page without access are, then sleeps. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
	char *pages = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		return 1;
	memset(pages, 'a', 4096);
	memset(pages + 4096, 'b', 4096);
	if (mprotect(pages + 8192, 4096, PROT_NONE) < 0)
		return 1;
	printf("ready %lu\n", (unsigned long)pages);
	fflush(stdout);
	for (;;)
		pause();
}
