package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.Arrays;
import org.stasis.linux.foreign.Scratch;

/**
 * What statmount(2) tells about a mount; Linux 6.8. Texts that a kernel does not tell yet are
 * empty.
 *
 * @param id of the mount, never used again
 * @param parentId of the mount it lies on; its own for the root of a namespace
 * @param mountInfoId of the mount in mountinfo, used again after it is gone
 * @param parentMountInfoId of the mount it lies on, in mountinfo
 * @param device of the file system
 * @param superFlags {@code SB_} bits of the file system
 * @param attributes {@code MOUNT_ATTR_} bits of {@link MountApi}
 * @param propagation {@code MS_SHARED} and the like
 * @param peerGroup it is a member of; 0 for none
 * @param master peer group it receives from; 0 for none
 * @param propagateFrom the nearest dominant peer group below the caller's root; 0 for none
 * @param root which directory of the file system is mounted
 * @param mountPoint where, from the caller's root; empty when it is out of reach
 * @param fsType type of the file system
 * @param fsSubtype what follows the dot in such as {@code fuse.sshfs}
 * @param source what was mounted
 * @param options of the file system, escaped as in mountinfo, without {@code ro} and the like
 */
public record MountStat(
    long id,
    long parentId,
    int mountInfoId,
    int parentMountInfoId,
    Device device,
    int superFlags,
    long attributes,
    long propagation,
    long peerGroup,
    long master,
    long propagateFrom,
    String root,
    String mountPoint,
    String fsType,
    String fsSubtype,
    String source,
    String options) {
  /** In place of an id: the root mount of a namespace. */
  public static final long LSMT_ROOT = -1;

  /** {@code struct mnt_id_req}. */
  static final StructLayout REQUEST =
      structLayout(
              JAVA_INT.withName("size"),
              paddingLayout(4),
              JAVA_LONG.withName("mnt_id"),
              JAVA_LONG.withName("param"),
              JAVA_LONG.withName("mnt_ns_id"))
          .withName("struct mnt_id_req");

  /** {@code struct statmount}; the texts follow. */
  static final StructLayout LAYOUT =
      structLayout(
              JAVA_INT.withName("size"),
              JAVA_INT.withName("mnt_opts"),
              JAVA_LONG.withName("mask"),
              JAVA_INT.withName("sb_dev_major"),
              JAVA_INT.withName("sb_dev_minor"),
              JAVA_LONG.withName("sb_magic"),
              JAVA_INT.withName("sb_flags"),
              JAVA_INT.withName("fs_type"),
              JAVA_LONG.withName("mnt_id"),
              JAVA_LONG.withName("mnt_parent_id"),
              JAVA_INT.withName("mnt_id_old"),
              JAVA_INT.withName("mnt_parent_id_old"),
              JAVA_LONG.withName("mnt_attr"),
              JAVA_LONG.withName("mnt_propagation"),
              JAVA_LONG.withName("mnt_peer_group"),
              JAVA_LONG.withName("mnt_master"),
              JAVA_LONG.withName("propagate_from"),
              JAVA_INT.withName("mnt_root"),
              JAVA_INT.withName("mnt_point"),
              JAVA_LONG.withName("mnt_ns_id"),
              JAVA_INT.withName("fs_subtype"),
              JAVA_INT.withName("sb_source"),
              paddingLayout(48 * 8))
          .withName("struct statmount");

  private static final long REQUEST_SIZE = REQUEST.byteOffset(groupElement("size"));
  private static final long REQUEST_ID = REQUEST.byteOffset(groupElement("mnt_id"));
  private static final long REQUEST_PARAM = REQUEST.byteOffset(groupElement("param"));
  private static final long REQUEST_NAMESPACE = REQUEST.byteOffset(groupElement("mnt_ns_id"));
  private static final int SIZE_WITHOUT_NAMESPACE = 24; // MNT_ID_REQ_SIZE_VER0, of Linux 6.8

  private static final long TEXTS = LAYOUT.byteSize();
  private static final long MASK = LAYOUT.byteOffset(groupElement("mask"));
  private static final long MAJOR = LAYOUT.byteOffset(groupElement("sb_dev_major"));
  private static final long MINOR = LAYOUT.byteOffset(groupElement("sb_dev_minor"));
  private static final long SB_FLAGS = LAYOUT.byteOffset(groupElement("sb_flags"));
  private static final long ID = LAYOUT.byteOffset(groupElement("mnt_id"));
  private static final long PARENT = LAYOUT.byteOffset(groupElement("mnt_parent_id"));
  private static final long OLD_ID = LAYOUT.byteOffset(groupElement("mnt_id_old"));
  private static final long OLD_PARENT = LAYOUT.byteOffset(groupElement("mnt_parent_id_old"));
  private static final long ATTRIBUTES = LAYOUT.byteOffset(groupElement("mnt_attr"));
  private static final long PROPAGATION = LAYOUT.byteOffset(groupElement("mnt_propagation"));
  private static final long PEER_GROUP = LAYOUT.byteOffset(groupElement("mnt_peer_group"));
  private static final long MASTER = LAYOUT.byteOffset(groupElement("mnt_master"));
  private static final long FROM = LAYOUT.byteOffset(groupElement("propagate_from"));

  /** The texts, each with the bit that asks for it. */
  private enum Text {
    OPTIONS("mnt_opts", 0x80),
    FS_TYPE("fs_type", 0x20),
    ROOT("mnt_root", 0x08),
    POINT("mnt_point", 0x10),
    SUBTYPE("fs_subtype", 0x100),
    SOURCE("sb_source", 0x200);

    private final long offset;
    private final long bit;

    Text(String field, long bit) {
      this.offset = LAYOUT.byteOffset(groupElement(field));
      this.bit = bit;
    }

    String in(MemorySegment buffer) {
      boolean told = (buffer.get(JAVA_LONG, MASK) & bit) != 0;
      return told ? KernelString.decode(buffer, TEXTS + buffer.get(JAVA_INT, offset)) : "";
    }
  }

  private static final long EVERYTHING = 0x3bf; // without the namespace's id
  private static final int FIRST_BUFFER_BYTES = 8 << 10;
  private static final int LARGEST_BUFFER_BYTES = 1 << 20;
  private static final int IDS_AT_ONCE = 256;

  /**
   * Asks about a mount.
   *
   * @param id of the mount, of {@link #list}; not that of mountinfo
   * @param namespace id of the mount namespace it is in; 0 for the caller's
   * @return the answer
   * @throws SyscallException ENOENT when there is none, EPERM, ENOSYS
   */
  public static MountStat of(long id, long namespace) throws SyscallException {
    for (int bytes = FIRST_BUFFER_BYTES; ; bytes *= 2) {
      try (Scratch scratch = Scratch.open()) {
        MemorySegment request = request(scratch, id, EVERYTHING, namespace);
        MemorySegment buffer = scratch.allocate(bytes);
        long answer =
            Syscall.raw(SyscallNumber.STATMOUNT, request.address(), buffer.address(), bytes, 0);
        if (answer != -Errno.EOVERFLOW.number() || bytes == LARGEST_BUFFER_BYTES) {
          Syscall.check(answer, "statmount");
          return read(buffer);
        }
      }
    }
  }

  /**
   * Lists the mounts below one, all the way down.
   *
   * @param id of the mount; {@link #LSMT_ROOT} for all
   * @param namespace id of the mount namespace; 0 for the caller's
   * @return their ids, the oldest first; not the mount itself
   * @throws SyscallException ENOENT when there is none, EPERM, ENOSYS
   */
  public static long[] list(long id, long namespace) throws SyscallException {
    long[] ids = new long[0];
    try (Scratch scratch = Scratch.open()) {
      MemorySegment batch = scratch.allocateDirty((long) IDS_AT_ONCE * Long.BYTES);
      long found;
      do {
        long last = ids.length == 0 ? 0 : ids[ids.length - 1];
        MemorySegment request = request(scratch, id, last, namespace);
        long answer =
            Syscall.raw(
                SyscallNumber.LISTMOUNT, request.address(), batch.address(), IDS_AT_ONCE, 0);
        found = Syscall.check(answer, "listmount");
        int before = ids.length;
        ids = Arrays.copyOf(ids, before + (int) found);
        MemorySegment.copy(batch, JAVA_LONG, 0, ids, before, (int) found);
      } while (found == IDS_AT_ONCE);
      return ids;
    }
  }

  private static MemorySegment request(Scratch scratch, long id, long param, long namespace) {
    MemorySegment request = scratch.allocate(REQUEST);
    int size = namespace == 0 ? SIZE_WITHOUT_NAMESPACE : (int) REQUEST.byteSize();
    request.set(JAVA_INT, REQUEST_SIZE, size);
    request.set(JAVA_LONG, REQUEST_ID, id);
    request.set(JAVA_LONG, REQUEST_PARAM, param);
    request.set(JAVA_LONG, REQUEST_NAMESPACE, namespace);
    return request;
  }

  private static MountStat read(MemorySegment buffer) {
    return new MountStat(
        buffer.get(JAVA_LONG, ID),
        buffer.get(JAVA_LONG, PARENT),
        buffer.get(JAVA_INT, OLD_ID),
        buffer.get(JAVA_INT, OLD_PARENT),
        new Device(buffer.get(JAVA_INT, MAJOR), buffer.get(JAVA_INT, MINOR)),
        buffer.get(JAVA_INT, SB_FLAGS),
        buffer.get(JAVA_LONG, ATTRIBUTES),
        buffer.get(JAVA_LONG, PROPAGATION),
        buffer.get(JAVA_LONG, PEER_GROUP),
        buffer.get(JAVA_LONG, MASTER),
        buffer.get(JAVA_LONG, FROM),
        Text.ROOT.in(buffer),
        Text.POINT.in(buffer),
        Text.FS_TYPE.in(buffer),
        Text.SUBTYPE.in(buffer),
        Text.SOURCE.in(buffer),
        Text.OPTIONS.in(buffer));
  }
}
