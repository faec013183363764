/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BPF maps with content: hash tables, arrays, tries, those with a value for each processor; names,
 * frozen ones, descriptions for reading alone, shared by dup and fork.
 * row: Files / bpf maps
 * carries: maps of kind hash and array with content, name and flags, frozen ones
 * beyond CRIU: kinds per-CPU hash and array, LRU hash, LRU per-CPU hash, LPM trie; a map that
 *     several descriptions refer to; descriptions for reading alone
 * not in user: bpf(2) needs CAP_BPF in the first user namespace
 */
#define _GNU_SOURCE
#include "specimen.h"
#include <linux/bpf.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define ENTRIES 5000
#define PROCESSORS 1024

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int make(enum bpf_map_type type, int key, int value, int entries, int flags, const char *name)
{
	union bpf_attr attr = {
		.map_type = type, .key_size = key, .value_size = value, .max_entries = entries, .map_flags = flags
	};
	int fd;

	strcpy(attr.map_name, name);
	fd = bpf(BPF_MAP_CREATE, &attr);
	check(fd >= 0);
	return fd;
}

static int element(int command, int fd, const void *key, void *value)
{
	union bpf_attr attr = { .map_fd = fd };

	attr.key = (uintptr_t)key;
	attr.value = (uintptr_t)value;
	return bpf(command, &attr);
}

static int put(int fd, const void *key, void *value)
{
	return element(BPF_MAP_UPDATE_ELEM, fd, key, value);
}

static int get(int fd, const void *key, void *value)
{
	return element(BPF_MAP_LOOKUP_ELEM, fd, key, value);
}

static struct bpf_map_info info(int fd)
{
	struct bpf_map_info info = { 0 };
	union bpf_attr attr = { .info = { .bpf_fd = fd, .info_len = sizeof(info), .info = (uintptr_t)&info } };

	check(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) == 0);
	return info;
}

static int open_for_reading(int fd)
{
	union bpf_attr attr = { .map_id = info(fd).id, .open_flags = BPF_F_RDONLY };
	int other = bpf(BPF_MAP_GET_FD_BY_ID, &attr);

	check(other >= 0);
	return other;
}

/* How many entries there are, by walking over them. */
static int count(int fd, int key_size)
{
	char key[64], next[64];
	int entries = 0;

	for (char *from = NULL; element(BPF_MAP_GET_NEXT_KEY, fd, from, next) == 0; entries++) {
		memcpy(key, next, key_size);
		from = key;
	}
	return entries;
}

static void check_info(int fd, int type, int key, int value, int entries, unsigned flags, const char *name)
{
	struct bpf_map_info found = info(fd);

	check((int)found.type == type && (int)found.key_size == key && (int)found.value_size == value);
	check((int)found.max_entries == entries && found.map_flags == flags && strcmp(found.name, name) == 0);
}

struct word {
	uint32_t length; /* of a prefix, in bits */
	uint8_t address[4];
};

static const struct word nets[] = { { 8, { 10 } }, { 16, { 10, 1 } }, { 24, { 192, 168, 7 } }, { 0, { 0 } } };

int main(int argc, char **argv)
{
	int hash, array, twin, reader, frozen, per_hash, per_array, lru, lru_per, trie, empty, status;
	uint64_t value, row[PROCESSORS];
	char big[100], other[100];
	uint32_t key;
	pid_t child;

	specimen_begin(argc, argv);
	hash = make(BPF_MAP_TYPE_HASH, 4, 8, ENTRIES * 2, 0, "numbers");
	for (key = 0; key < ENTRIES; key++) {
		value = key * 3ull + (1ull << 40);
		check(put(hash, &key, &value) == 0);
	}
	array = make(BPF_MAP_TYPE_ARRAY, 4, sizeof(big), 300, 0, "");
	for (key = 0; key < 300; key++) {
		memset(big, key, sizeof(big));
		check(put(array, &key, big) == 0);
	}
	twin = dup(array);
	reader = open_for_reading(array);
	frozen = make(BPF_MAP_TYPE_ARRAY, 4, 8, 2, BPF_F_RDONLY_PROG, "constants");
	for (key = 0; key < 2; key++) {
		value = 77 + key;
		check(put(frozen, &key, &value) == 0);
	}
	check(bpf(BPF_MAP_FREEZE, &(union bpf_attr){ .map_fd = frozen }) == 0);
	per_hash = make(BPF_MAP_TYPE_PERCPU_HASH, 4, 4, 64, BPF_F_NO_PREALLOC, "per_hash");
	per_array = make(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 16, 0, "per_array");
	lru = make(BPF_MAP_TYPE_LRU_HASH, 4, 8, 1024, 0, "lru");
	lru_per = make(BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 8, 1024, 0, "lru_per");
	for (key = 0; key < 16; key++) {
		for (int i = 0; i < PROCESSORS; i++)
			row[i] = key * 1000 + i;
		check(put(per_hash, &key, row) == 0 && put(per_array, &key, row) == 0);
		check(put(lru, &key, row) == 0 && put(lru_per, &key, row) == 0);
	}
	trie = make(BPF_MAP_TYPE_LPM_TRIE, sizeof(struct word), 8, 100, BPF_F_NO_PREALLOC, "trie");
	for (value = 0; value < 4; value++)
		check(put(trie, &nets[value], &value) == 0);
	empty = make(BPF_MAP_TYPE_HASH, 16, 16, 8, 0, "empty");

	child = fork();
	check(child >= 0);
	if (child == 0) {
		while (!specimen_told())
			usleep(10000);
		key = 3;
		value = 333;
		check(put(hash, &key, &value) == 0);
		_exit(0);
	}
	specimen_wait();
	check(waitpid(child, &status, 0) == child && status == 0);

	check_info(hash, BPF_MAP_TYPE_HASH, 4, 8, ENTRIES * 2, 0, "numbers");
	check(count(hash, 4) == ENTRIES);
	for (key = 0; key < ENTRIES; key++)
		check(get(hash, &key, &value) == 0 && value == (key == 3 ? 333 : key * 3ull + (1ull << 40)));
	check_info(array, BPF_MAP_TYPE_ARRAY, 4, sizeof(big), 300, 0, "");
	for (key = 0; key < 300; key++) {
		memset(big, key, sizeof(big));
		check(get(array, &key, other) == 0 && memcmp(big, other, sizeof(big)) == 0);
	}
	check(info(twin).id == info(array).id && info(reader).id == info(array).id);
	key = 7;
	check(put(reader, &key, big) < 0 && errno == EPERM);
	check(put(twin, &key, big) == 0 && get(reader, &key, other) == 0 && other[0] == big[0]);
	check_info(frozen, BPF_MAP_TYPE_ARRAY, 4, 8, 2, BPF_F_RDONLY_PROG, "constants");
	key = 1;
	check(get(frozen, &key, &value) == 0 && value == 78);
	check(put(frozen, &key, &value) < 0 && errno == EPERM);
	check_info(per_hash, BPF_MAP_TYPE_PERCPU_HASH, 4, 4, 64, BPF_F_NO_PREALLOC, "per_hash");
	check_info(per_array, BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 16, 0, "per_array");
	check_info(lru, BPF_MAP_TYPE_LRU_HASH, 4, 8, 1024, 0, "lru");
	check_info(lru_per, BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 8, 1024, 0, "lru_per");
	check(count(per_hash, 4) == 16 && count(lru, 4) == 16 && count(lru_per, 4) == 16);
	for (key = 0; key < 16; key++) {
		int processors = sysconf(_SC_NPROCESSORS_CONF);

		check(get(per_hash, &key, row) == 0);
		for (int i = 0; i < processors; i++)
			check((uint32_t)row[i] == key * 1000 + i);
		check(get(per_array, &key, row) == 0 && row[processors - 1] == key * 1000 + processors - 1);
		check(get(lru_per, &key, row) == 0 && row[processors - 1] == key * 1000 + processors - 1);
		check(get(lru, &key, &value) == 0 && value == key * 1000);
	}
	check_info(trie, BPF_MAP_TYPE_LPM_TRIE, sizeof(struct word), 8, 100, BPF_F_NO_PREALLOC, "trie");
	check(get(trie, &(struct word){ 32, { 10, 1, 2, 3 } }, &value) == 0 && value == 1);
	check(get(trie, &(struct word){ 32, { 10, 9, 2, 3 } }, &value) == 0 && value == 0);
	check(get(trie, &(struct word){ 32, { 192, 168, 7, 1 } }, &value) == 0 && value == 2);
	check(get(trie, &(struct word){ 32, { 1, 2, 3, 4 } }, &value) == 0 && value == 3);
	check_info(empty, BPF_MAP_TYPE_HASH, 16, 16, 8, 0, "empty");
	check(count(empty, 16) == 0);
	specimen_pass();
}
