/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that lost the name they were opened by and have another.
 * row: Files / deleted but linked elsewhere
 * carries: files that lost the name they were opened by and have another (--link-remap)
 * options: --link-remap
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <dirent.h>
#include <sys/stat.h>

static char path[4096], other[4096];

static const char *in_folder(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", specimen_folder, name);
	return path;
}

int main(int argc, char **argv)
{
	int file, reader, taken, found = 0;
	struct stat stat, second;
	struct dirent *entry;
	char buffer[64];
	DIR *directory;

	specimen_begin(argc, argv);
	file = open(in_folder("first"), O_RDWR | O_CREAT | O_APPEND, 0600);
	reader = open(in_folder("first"), O_RDONLY);
	check(write(file, "text", 4) == 4 && read(reader, buffer, 2) == 2);
	strcpy(other, in_folder("first"));
	check(link(other, in_folder("second")) == 0 && unlink(in_folder("first")) == 0);
	taken = open(in_folder("taken"), O_RDONLY | O_CREAT, 0640);
	strcpy(other, in_folder("taken"));
	check(link(other, in_folder("kept")) == 0 && unlink(in_folder("taken")) == 0);
	close(open(in_folder("taken"), O_WRONLY | O_CREAT, 0600));

	specimen_wait();

	check(fstat(file, &stat) == 0 && lstat(in_folder("second"), &second) == 0);
	check(stat.st_ino == second.st_ino && stat.st_nlink == 1);
	check(read(reader, buffer, sizeof(buffer)) == 2 && memcmp(buffer, "xt", 2) == 0);
	check(write(file, "!", 1) == 1 && read(reader, buffer, sizeof(buffer)) == 1);
	check(lstat(in_folder("first"), &second) == -1 && errno == ENOENT);
	check(fstat(taken, &stat) == 0 && lstat(in_folder("kept"), &second) == 0);
	check(stat.st_ino == second.st_ino && stat.st_nlink == 1);
	directory = opendir(specimen_folder);
	while ((entry = readdir(directory)))
		found += strstr(entry->d_name, "link_remap") != NULL;
	check(found == 0);
	specimen_pass();
}
