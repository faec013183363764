/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files made without a name: they can still be given one.
 * row: Files / O_TMPFILE
 * beyond CRIU: that the file can still be given a name
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <sys/stat.h>

int main(int argc, char **argv)
{
	int file, reader;
	char proc[64], path[4096], buffer[16];
	struct stat stat;

	specimen_begin(argc, argv);
	file = open(specimen_folder, O_TMPFILE | O_RDWR, 0604);
	check(file >= 0 && write(file, "nameless", 8) == 8);
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", file);
	reader = open(proc, O_RDONLY);
	check(reader >= 0 && read(reader, buffer, 4) == 4);

	specimen_wait();

	check(fstat(file, &stat) == 0 && stat.st_nlink == 0 && stat.st_mode == (S_IFREG | 0604));
	check(lseek(file, 0, SEEK_CUR) == 8);
	check(read(reader, buffer, sizeof(buffer)) == 4 && memcmp(buffer, "less", 4) == 0);
	snprintf(path, sizeof(path), "%s/named", specimen_folder);
	check(linkat(AT_FDCWD, proc, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0);
	check(fstat(reader, &stat) == 0 && stat.st_nlink == 1 && lstat(path, &stat) == 0);
	specimen_pass();
}
