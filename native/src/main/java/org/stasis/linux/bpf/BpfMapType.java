package org.stasis.linux.bpf;

import org.jspecify.annotations.Nullable;

/** {@code enum bpf_map_type} of {@code linux/bpf.h}, in its order. */
public enum BpfMapType {
  UNSPEC,
  HASH,
  ARRAY,
  PROG_ARRAY,
  PERF_EVENT_ARRAY,
  PERCPU_HASH,
  PERCPU_ARRAY,
  STACK_TRACE,
  CGROUP_ARRAY,
  LRU_HASH,
  LRU_PERCPU_HASH,
  LPM_TRIE,
  ARRAY_OF_MAPS,
  HASH_OF_MAPS,
  DEVMAP,
  SOCKMAP,
  CPUMAP,
  XSKMAP,
  SOCKHASH,
  CGROUP_STORAGE,
  REUSEPORT_SOCKARRAY,
  PERCPU_CGROUP_STORAGE,
  QUEUE,
  STACK,
  SK_STORAGE,
  DEVMAP_HASH,
  STRUCT_OPS,
  RINGBUF,
  INODE_STORAGE,
  TASK_STORAGE,
  BLOOM_FILTER,
  USER_RINGBUF,
  CGRP_STORAGE,
  ARENA;

  private static final BpfMapType[] VALUES = values();

  /**
   * The type of a number.
   *
   * @param number as the kernel gives it
   * @return null for one that is newer than this list
   */
  public static @Nullable BpfMapType of(int number) {
    return number >= 0 && number < VALUES.length ? VALUES[number] : null;
  }

  /**
   * Whether all that it holds are bytes which bpf(2) reads and writes.
   *
   * @return false where entries refer to other objects of the kernel, or cannot be read or set
   */
  public boolean holdsBytes() {
    return switch (this) {
      case HASH, ARRAY, PERCPU_HASH, PERCPU_ARRAY, LRU_HASH, LRU_PERCPU_HASH, LPM_TRIE -> true;
      default -> false;
    };
  }

  /**
   * Whether each processor has a value of its own under each key.
   *
   * @return true for the per-CPU kinds
   */
  public boolean perProcessor() {
    return this == PERCPU_HASH || this == PERCPU_ARRAY || this == LRU_PERCPU_HASH;
  }
}
