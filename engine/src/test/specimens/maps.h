/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc/self/smaps says of a specimen's mappings. Reading it allocates no memory. */
#ifndef STASIS_MAPS_H
#define STASIS_MAPS_H

#include "specimen.h"
#include <stdint.h>
#include <sys/mman.h>

/* One mapping: what it is called, its flags as text, and one of its sizes. */
struct maps_entry {
	unsigned long start, end, offset;
	char protection[5];
	char name[256];
	char flags[128];
	long kib;
};

/* Calls `found` for each mapping, with the size called `size` ("Rss:"), until it returns non-zero. */
static inline void maps_walk(const char *size, int (*found)(const struct maps_entry *entry, void *data),
			     void *data)
{
	static char buffer[65536];
	struct maps_entry entry;
	size_t filled = 0;
	int fd = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC), at_end = 0, done = 0;

	check(fd >= 0);
	memset(&entry, 0, sizeof(entry));
	while (!done) {
		char *line = buffer, *end;

		if (!at_end && filled < sizeof(buffer) / 2) {
			ssize_t got = read(fd, buffer + filled, sizeof(buffer) - 1 - filled);

			check(got >= 0);
			at_end = got == 0;
			filled += got;
			buffer[filled] = 0;
		}
		end = memchr(buffer, '\n', filled);
		if (end == NULL) {
			check(at_end && filled == 0);
			break;
		}
		*end = 0;
		if (*line >= 'a' || (*line >= '0' && *line <= '9')) {
			int name = 0;

			check(sscanf(line, "%lx-%lx %4s %lx %*s %*s %n", &entry.start, &entry.end,
				     entry.protection, &entry.offset, &name) == 4);
			snprintf(entry.name, sizeof(entry.name), "%.255s", name ? line + name : "");
			entry.kib = -1;
		} else if (strncmp(line, size, strlen(size)) == 0) {
			entry.kib = atol(line + strlen(size));
		} else if (strncmp(line, "VmFlags:", 8) == 0) {
			snprintf(entry.flags, sizeof(entry.flags), "%.127s", line + 8);
			done = found(&entry, data);
		}
		filled -= end + 1 - buffer;
		memmove(buffer, end + 1, filled);
	}
	close(fd);
}

struct maps_wanted {
	unsigned long address;
	struct maps_entry entry;
	int found;
};

static inline int maps_is_wanted(const struct maps_entry *entry, void *data)
{
	struct maps_wanted *wanted = data;

	if (wanted->address < entry->start || wanted->address >= entry->end)
		return 0;
	wanted->entry = *entry;
	wanted->found = 1;
	return 1;
}

/* The mapping around an address. */
static inline struct maps_entry maps_find(const void *address, const char *size)
{
	struct maps_wanted wanted = { .address = (unsigned long)address };

	maps_walk(size, maps_is_wanted, &wanted);
	check(wanted.found);
	return wanted.entry;
}

static inline long maps_kib(const void *address, const char *size)
{
	return maps_find(address, size).kib;
}

/* Whether the kernel shows a flag, two letters, of the mapping around an address. */
static inline int maps_has(const void *address, const char *flag)
{
	struct maps_entry entry = maps_find(address, "Rss:");

	return strstr(entry.flags, flag) != NULL;
}

#endif
