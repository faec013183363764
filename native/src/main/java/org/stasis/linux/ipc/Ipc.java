package org.stasis.linux.ipc;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/** What all three kinds of objects have in common. */
public final class Ipc {
  public static final int IPC_CREAT = 01000;
  public static final int IPC_EXCL = 02000;
  public static final int IPC_NOWAIT = 04000;

  static final int IPC_RMID = 0;
  static final int IPC_SET = 1;
  static final int IPC_STAT = 2;

  /** {@code struct ipc64_perm}. */
  static final StructLayout PERMISSIONS =
      structLayout(
              JAVA_INT.withName("key"),
              JAVA_INT.withName("uid"),
              JAVA_INT.withName("gid"),
              JAVA_INT.withName("cuid"),
              JAVA_INT.withName("cgid"),
              JAVA_INT.withName("mode"),
              JAVA_SHORT.withName("seq"),
              paddingLayout(6),
              JAVA_LONG.withName("__unused1"),
              JAVA_LONG.withName("__unused2"))
          .withName("struct ipc64_perm");

  private static final long UID = PERMISSIONS.byteOffset(groupElement("uid"));
  private static final long GID = PERMISSIONS.byteOffset(groupElement("gid"));
  private static final long MODE = PERMISSIONS.byteOffset(groupElement("mode"));

  private Ipc() {}

  /** Fills in what IPC_SET changes. */
  static void set(MemorySegment permissions, int uid, int gid, int mode) {
    permissions.set(JAVA_INT, UID, uid);
    permissions.set(JAVA_INT, GID, gid);
    permissions.set(JAVA_INT, MODE, mode);
  }
}
