/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mlockall(2) for what there is and what is yet to come: new mappings are brought in at once.
 *
 * row: Memory / mlockall
 * carries: that everything is locked
 * beyond CRIU: that new mappings are
 */
#define _GNU_SOURCE
#include "maps.h"

int main(int argc, char **argv)
{
	unsigned char *area, pages[16];

	specimen_begin(argc, argv);
	check(mlockall(MCL_CURRENT | MCL_FUTURE) == 0);

	specimen_wait();

	check(maps_has(pages, " lo") && maps_has(main, " lo"));
	area = mmap(NULL, 16 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(area != MAP_FAILED && maps_has(area, " lo") && !maps_has(area, " lf"));
	check(mincore(area, 16 * 4096, pages) == 0);
	for (int i = 0; i < 16; i++)
		check(pages[i] & 1);
	specimen_pass();
}
