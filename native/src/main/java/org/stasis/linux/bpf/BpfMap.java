package org.stasis.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.KernelString;
import org.stasis.linux.Syscall;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;

/** Maps that BPF programs share with processes, bpf(2): {@code union bpf_attr}. */
public final class BpfMap {
  public static final int BPF_F_NUMA_NODE = 1 << 2;
  public static final int BPF_F_RDONLY = 1 << 3;
  public static final int BPF_F_WRONLY = 1 << 4;
  public static final int BPF_F_INNER_MAP = 1 << 12;
  public static final int BPF_F_TOKEN_FD = 1 << 16;

  private static final int MAP_CREATE = 0;
  private static final int MAP_GET_FD_BY_ID = 14;
  private static final int OBJ_GET_INFO_BY_FD = 15;
  private static final int MAP_FREEZE = 22;
  private static final int MAP_LOOKUP_BATCH = 24;
  private static final int MAP_UPDATE_BATCH = 26;
  private static final int NAME_BYTES = 16;
  private static final int INFO_BYTES = 88;
  private static final int CREATE_BYTES = 72;
  private static final int BATCH_BYTES = 56;
  private static final int BATCH_ENTRIES = 1024;
  private static final int LARGEST_BYTES = 1 << 30;

  private BpfMap() {}

  /**
   * What a map holds.
   *
   * @param count of the entries
   * @param keys one after the other
   * @param values one after the other; per processor each is a row of them, padded to 8 bytes
   */
  public record Content(int count, byte[] keys, byte[] values) {}

  /**
   * Makes an empty map.
   *
   * @param info the id and the type information are not looked at
   * @return its descriptor, for reading and writing
   * @throws SyscallException EPERM, EINVAL when the kernel has no such maps
   */
  public static Fd create(BpfMapInfo info) throws SyscallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attr = arena.allocate(CREATE_BYTES, 8);
      attr.set(JAVA_INT, 0, info.type());
      attr.set(JAVA_INT, 4, info.keySize());
      attr.set(JAVA_INT, 8, info.valueSize());
      attr.set(JAVA_INT, 12, info.maxEntries());
      attr.set(JAVA_INT, 16, info.flags());
      byte[] name = KernelString.encode(info.name());
      MemorySegment.copy(name, 0, attr, JAVA_BYTE, 28, Math.min(name.length, NAME_BYTES - 1));
      attr.set(JAVA_INT, 44, info.ifindex());
      attr.set(JAVA_LONG, 64, info.extra());
      return Fd.of((int) call(MAP_CREATE, attr, "BPF_MAP_CREATE"));
    }
  }

  /**
   * Opens a map by its id.
   *
   * @param id as {@link #info} tells it
   * @param flags {@link #BPF_F_RDONLY}, {@link #BPF_F_WRONLY} or none
   * @return another description of it
   * @throws SyscallException ENOENT; EPERM without CAP_SYS_ADMIN
   */
  public static Fd byId(int id, int flags) throws SyscallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attr = arena.allocate(16, 8);
      attr.set(JAVA_INT, 0, id);
      attr.set(JAVA_INT, 8, flags);
      return Fd.of((int) call(MAP_GET_FD_BY_ID, attr, "BPF_MAP_GET_FD_BY_ID"));
    }
  }

  /**
   * What a map is.
   *
   * @param map its descriptor
   * @return its description
   * @throws SyscallException EINVAL when it is no map
   */
  public static BpfMapInfo info(Fd map) throws SyscallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(INFO_BYTES, 8);
      MemorySegment attr = arena.allocate(16, 8);
      attr.set(JAVA_INT, 0, map.number());
      attr.set(JAVA_INT, 4, INFO_BYTES);
      attr.set(JAVA_LONG, 8, info.address());
      call(OBJ_GET_INFO_BY_FD, attr, "BPF_OBJ_GET_INFO_BY_FD");
      return new BpfMapInfo(
          info.get(JAVA_INT, 0),
          info.get(JAVA_INT, 4),
          info.get(JAVA_INT, 8),
          info.get(JAVA_INT, 12),
          info.get(JAVA_INT, 16),
          info.get(JAVA_INT, 20),
          KernelString.decode(info, 24),
          info.get(JAVA_INT, 40),
          info.get(JAVA_INT, 64),
          info.get(JAVA_LONG, 80));
    }
  }

  /**
   * Forbids changes from outside of BPF programs, for ever.
   *
   * @param map its descriptor, for writing
   * @throws SyscallException EBUSY when it is frozen already, or mapped for writing
   */
  public static void freeze(Fd map) throws SyscallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attr = arena.allocate(8, 8);
      attr.set(JAVA_INT, 0, map.number());
      call(MAP_FREEZE, attr, "BPF_MAP_FREEZE");
    }
  }

  /**
   * Reads all entries.
   *
   * @param map its descriptor, for reading
   * @param keyBytes size of a key
   * @param valueBytes size of what is under a key
   * @return all of them
   * @throws SyscallException EPERM for a map that is not for reading; EFBIG when it holds more than
   *     1 GiB
   */
  public static Content read(Fd map, int keyBytes, int valueBytes) throws SyscallException {
    ByteArrayOutputStream keys = new ByteArrayOutputStream();
    ByteArrayOutputStream values = new ByteArrayOutputStream();
    int count = 0;
    int room = BATCH_ENTRIES;
    MemorySegment token = null; // where the next batch begins, as the kernel understands it
    try (Arena tokens = Arena.ofConfined()) {
      for (boolean more = true; more; ) {
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment keyBatch = arena.allocate((long) room * keyBytes, 8);
          MemorySegment valueBatch = arena.allocate((long) room * valueBytes, 8);
          MemorySegment next = tokens.allocate(Math.max(Long.BYTES, keyBytes), 8);
          MemorySegment attr = batch(arena, map, keyBatch, valueBatch, room);
          attr.set(JAVA_LONG, 0, token == null ? 0 : token.address());
          attr.set(JAVA_LONG, 8, next.address());
          long answer = raw(MAP_LOOKUP_BATCH, attr);
          if (answer == -Errno.ENOSPC.number() && room < 1 << 24) {
            room *= 4; // fewer than one bucket of a hash has
            continue;
          }
          more = answer != -Errno.ENOENT.number();
          if (more) {
            Syscall.check(answer, "BPF_MAP_LOOKUP_BATCH");
          }
          int got = attr.get(JAVA_INT, 32);
          count += got;
          if (keys.size() + (long) got * keyBytes > LARGEST_BYTES
              || values.size() + (long) got * valueBytes > LARGEST_BYTES) {
            throw new SyscallException("more than 1 GiB in a BPF map", Errno.EFBIG.number());
          }
          keys.writeBytes(keyBatch.asSlice(0, (long) got * keyBytes).toArray(JAVA_BYTE));
          values.writeBytes(valueBatch.asSlice(0, (long) got * valueBytes).toArray(JAVA_BYTE));
          token = next;
        }
      }
    }
    return new Content(count, keys.toByteArray(), values.toByteArray());
  }

  /**
   * Writes entries.
   *
   * @param map its descriptor, for writing
   * @param content their keys and values
   * @throws SyscallException E2BIG when they are more than it may hold
   */
  public static void write(Fd map, Content content) throws SyscallException {
    if (content.count() == 0) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment keys = arena.allocate(content.keys().length, 8);
      MemorySegment values = arena.allocate(content.values().length, 8);
      MemorySegment.copy(content.keys(), 0, keys, JAVA_BYTE, 0, content.keys().length);
      MemorySegment.copy(content.values(), 0, values, JAVA_BYTE, 0, content.values().length);
      call(
          MAP_UPDATE_BATCH,
          batch(arena, map, keys, values, content.count()),
          "BPF_MAP_UPDATE_BATCH");
    }
  }

  private static MemorySegment batch(
      Arena arena, Fd map, MemorySegment keys, MemorySegment values, int count) {
    MemorySegment attr = arena.allocate(BATCH_BYTES, 8);
    attr.set(JAVA_LONG, 16, keys.address());
    attr.set(JAVA_LONG, 24, values.address());
    attr.set(JAVA_INT, 32, count);
    attr.set(JAVA_INT, 36, map.number());
    return attr;
  }

  private static long call(int command, MemorySegment attr, String name) throws SyscallException {
    return Syscall.check(raw(command, attr), name);
  }

  private static long raw(int command, MemorySegment attr) {
    return Syscall.raw(SyscallNumber.BPF, command, attr.address(), attr.byteSize());
  }
}
