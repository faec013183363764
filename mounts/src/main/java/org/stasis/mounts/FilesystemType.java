package org.stasis.mounts;

import org.jspecify.annotations.Nullable;
import org.stasis.images.proto.Fstype;

/**
 * The file systems that are mounted anew at a restore, and the number that images give each. Any
 * other file system keeps its data outside of the tree, so it has to be the root, or external.
 */
enum FilesystemType {
  PROC("proc", Fstype.PROC_VALUE, Content.KERNELS),
  SYSFS("sysfs", Fstype.SYSFS_VALUE, Content.KERNELS),
  DEVTMPFS("devtmpfs", Fstype.DEVTMPFS_VALUE, Content.KERNELS),
  TMPFS("tmpfs", Fstype.TMPFS_VALUE, Content.CARRIED),
  DEVPTS("devpts", Fstype.DEVPTS_VALUE, Content.KERNELS),
  SECURITYFS("securityfs", Fstype.SECURITYFS_VALUE, Content.KERNELS),
  FUSECTL("fusectl", Fstype.FUSECTL_VALUE, Content.KERNELS),
  DEBUGFS("debugfs", Fstype.DEBUGFS_VALUE, Content.KERNELS),
  TRACEFS("tracefs", Fstype.TRACEFS_VALUE, Content.KERNELS),
  CGROUP("cgroup", Fstype.CGROUP_VALUE, Content.KERNELS),
  CGROUP2("cgroup2", Fstype.CGROUP2_VALUE, Content.KERNELS),
  PSTORE("pstore", Fstype.PSTORE_VALUE, Content.MUST_BE_EMPTY),
  MQUEUE("mqueue", Fstype.MQUEUE_VALUE, Content.MUST_BE_EMPTY),
  OVERLAYFS("overlay", Fstype.OVERLAYFS_VALUE, Content.OUTSIDE),
  FUSE("fuse", Fstype.FUSE_VALUE, Content.OUTSIDE),
  AUFS("aufs", Fstype.AUFS_VALUE, Content.OUTSIDE),
  SIMFS("simfs", Fstype.SIMFS_VALUE, Content.OUTSIDE),
  AUTOFS("autofs", Fstype.AUTOFS_VALUE, Content.OUTSIDE),
  BINFMT_MISC("binfmt_misc", Fstype.BINFMT_MISC_VALUE, Content.OUTSIDE);

  /** Where what such a file system holds comes from at a restore. */
  enum Content {
    /** The kernel shows it. */
    KERNELS,
    /** The images hold it. */
    CARRIED,
    /** It holds nothing that images could. */
    MUST_BE_EMPTY,
    /** Neither: it can be the root or external. */
    OUTSIDE
  }

  private final String kernelName;
  private final int imageNumber;
  private final Content content;

  FilesystemType(String kernelName, int imageNumber, Content content) {
    this.kernelName = kernelName;
    this.imageNumber = imageNumber;
    this.content = content;
  }

  /** The name that mount(2) knows. */
  String kernelName() {
    return kernelName;
  }

  /** {@code fstype} of {@code mnt_entry}. */
  int imageNumber() {
    return imageNumber;
  }

  Content content() {
    return content;
  }

  /** Whether one can be mounted anew without anything from outside. */
  boolean isMadeAnew() {
    return content != Content.OUTSIDE;
  }

  /** The type of a line of mountinfo, null for one without a number of its own. */
  static @Nullable FilesystemType named(String kernelName) {
    for (FilesystemType type : values()) {
      if (type.kernelName.equals(kernelName)) {
        return type;
      }
    }
    return kernelName.startsWith("fuse.") || kernelName.equals("fuseblk") ? FUSE : null;
  }

  /** The type of an entry, null for one without a number of its own. */
  static @Nullable FilesystemType numbered(int imageNumber) {
    for (FilesystemType type : values()) {
      if (type.imageNumber == imageNumber) {
        return type;
      }
    }
    return null;
  }
}
