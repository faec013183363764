package org.stasis.mounts;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.images.proto.MntEntry;

/** A mount of the tree that is being planned. */
final class MountNode {
  /** Where a mount comes from at the restore. */
  sealed interface Origin {
    /** The directory given as root. */
    record Root() implements Origin {}

    /**
     * A mount of the caller.
     *
     * @param path where the caller sees it
     */
    record Outside(String path) implements Origin {}

    /**
     * A file system mounted anew.
     *
     * @param type name that the kernel knows
     * @param source what is mounted
     */
    record Anew(String type, String source) implements Origin {}

    /** A mount that a container which is filled has already. */
    record Present() implements Origin {}

    /** A mount from outside that such a container was not given any more. */
    record Absent() implements Origin {}

    /**
     * Another mount of the tree.
     *
     * @param of that one
     * @param path of what it shows, within that one; empty for all
     */
    record Bind(MountNode of, String path) implements Origin {}
  }

  private final MntEntry entry;
  private final List<MountNode> children = new ArrayList<>();
  private @Nullable MountNode parent;
  private @Nullable Origin origin;
  private boolean placed;

  MountNode(MntEntry entry) {
    this.entry = entry;
  }

  MntEntry entry() {
    return entry;
  }

  String mountpoint() {
    return entry.getMountpoint();
  }

  @Nullable MountNode parent() {
    return parent;
  }

  void putOn(MountNode mount) {
    parent = mount;
    mount.children.add(this);
  }

  boolean isLeaf() {
    return children.isEmpty();
  }

  Origin origin() {
    if (origin == null) {
      throw new IllegalStateException("the origin of " + mountpoint() + " is not known yet");
    }
    return origin;
  }

  boolean hasOrigin() {
    return origin != null;
  }

  void comesFrom(Origin value) {
    origin = value;
  }

  /** Flags of the superblock; older images keep them among the mount's. */
  int superblockFlags() {
    return entry.hasSbFlags() ? entry.getSbFlags() : entry.getFlags() & MountFlags.RDONLY;
  }

  /** Options of the superblock. */
  String options() {
    return entry.getOptions();
  }

  boolean isTmpfs() {
    return origin instanceof Origin.Anew(String type, _)
        && type.equals(FilesystemType.TMPFS.kernelName());
  }

  /** Marks that it is in place. */
  void place() {
    placed = true;
  }

  /**
   * Whether it can be put in place now: what it is on and what it shows are there, and everything
   * that it is going to hide.
   */
  boolean isReady() {
    if (placed || (parent != null && !parent.placed)) {
      return false;
    }
    if (origin() instanceof Origin.Bind(MountNode of, _) && !of.placed) {
      return false;
    }
    if (parent == null) {
      return true;
    }
    for (MountNode sibling : parent.children) {
      if (sibling != this && isHiddenByThis(sibling) && !sibling.isPlacedWhole()) {
        return false;
      }
    }
    return true;
  }

  private boolean isHiddenByThis(MountNode sibling) {
    return Paths.isBelow(sibling.mountpoint(), mountpoint())
        && !sibling.mountpoint().equals(mountpoint());
  }

  private boolean isPlacedWhole() {
    if (!placed) {
      return false;
    }
    for (MountNode child : children) {
      if (!child.isPlacedWhole()) {
        return false;
      }
    }
    return true;
  }
}
