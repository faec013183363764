/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FIFOs: content, one end only, both ends, several descriptions.
 * row: Files / FIFO
 * carries: content, one end alone, both ends, several descriptions
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <sys/ioctl.h>

static int in_folder(const char *name, int flags)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", specimen_folder, name);
	if (flags & O_CREAT)
		check(mkfifo(path, 0600) == 0);
	return open(path, flags & ~O_CREAT);
}

int main(int argc, char **argv)
{
	int both, reader, writer, lonely, queued;
	char buffer[64];

	specimen_begin(argc, argv);
	both = in_folder("fifo", O_CREAT | O_RDWR);
	reader = in_folder("fifo", O_RDONLY | O_NONBLOCK);
	writer = in_folder("fifo", O_WRONLY);
	lonely = in_folder("lonely", O_CREAT | O_RDONLY | O_NONBLOCK);
	check(both >= 0 && reader >= 0 && writer >= 0 && lonely >= 0);
	check(write(both, "queued", 6) == 6 && read(reader, buffer, 2) == 2);
	check(fcntl(both, F_SETPIPE_SZ, 8192) == 8192);

	specimen_wait();

	check((fcntl(both, F_GETFL) & O_ACCMODE) == O_RDWR && !(fcntl(both, F_GETFL) & O_NONBLOCK));
	check(fcntl(reader, F_GETFL) & O_NONBLOCK && !(fcntl(writer, F_GETFL) & O_NONBLOCK));
	check(fcntl(reader, F_GETPIPE_SZ) == 8192);
	check(ioctl(reader, FIONREAD, &queued) == 0 && queued == 4);
	check(write(writer, "!", 1) == 1);
	check(read(reader, buffer, sizeof(buffer)) == 5 && memcmp(buffer, "eued!", 5) == 0);
	check(read(reader, buffer, 1) == -1 && errno == EAGAIN);
	check(read(lonely, buffer, 1) == 0); /* nobody writes */
	specimen_pass();
}
