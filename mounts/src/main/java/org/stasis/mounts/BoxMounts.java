package org.stasis.mounts;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.MountEntry;

/**
 * The mounts that a container to be filled has already. They stay as the runtime made them; the
 * tree's own files in a tmpfs come back, unless that is also mounted outside of the container.
 */
final class BoxMounts {
  private final MountTable inside;
  private final MountTable outside;
  private final Map<String, Integer> left = new HashMap<>();

  /**
   * Prepares.
   *
   * @param inside the container's
   * @param outside the engine's
   */
  BoxMounts(MountTable inside, MountTable outside) {
    this.inside = inside;
    this.outside = outside;
    for (MountEntry line : inside.lines()) {
      left.merge(line.mountPoint(), 1, Integer::sum);
    }
  }

  /**
   * Looks at a container.
   *
   * @param pid its first process
   */
  static BoxMounts of(int pid) throws SyscallException {
    return new BoxMounts(
        new MountTable(MountReader.of(pid, false)),
        new MountTable(MountReader.of(org.stasis.linux.Processes.self(), false)));
  }

  /** Whether something is mounted there, that has not been taken yet. */
  boolean take(String mountpoint) {
    int count = left.getOrDefault(mountpoint, 0);
    left.put(mountpoint, count - 1);
    return count > 0;
  }

  /** All of the container's. */
  MountTable inside() {
    return inside;
  }

  /**
   * Which of the container's file systems get the content of an image.
   *
   * @param order the image's mounts
   * @param archive the content of one, if the images have any
   */
  Map<MountEntry, Path> toBeFilled(List<MountNode> order, Function<MountNode, Path> archive) {
    Map<MountEntry, Path> filled = new LinkedHashMap<>();
    for (MountNode node : order) {
      boolean own =
          node.origin() instanceof MountNode.Origin.Present
              && !node.entry().hasExtKey()
              && !node.entry().getExtMount()
              && node.entry().getRoot().equals("/");
      MountEntry line = own ? tmpfs(node.mountpoint()) : null;
      if (line != null && Files.exists(archive.apply(node))) {
        filled.put(line, archive.apply(node));
      }
    }
    return filled;
  }

  private @Nullable MountEntry tmpfs(String mountpoint) {
    MountEntry found = null;
    for (MountEntry line : inside.lines()) {
      if (line.mountPoint().equals(mountpoint)) {
        found = line; // the uppermost comes last
      }
    }
    return found != null
            && FilesystemType.named(found.fsType()) == FilesystemType.TMPFS
            && found.root().equals("/")
            && !List.of(found.options().split(",", -1)).contains("ro")
            && outside.ofDevice(found.device().kernelEncoding()).isEmpty()
        ? found
        : null;
  }

  /** Names of a file system, relative to its root, that something is mounted on. */
  Set<String> mountedOn(MountEntry line) {
    Set<String> names = new HashSet<>();
    for (MountEntry other : inside.lines()) {
      if (other.parentId() == line.id()) {
        names.add(Paths.relative(other.mountPoint(), line.mountPoint()));
      }
    }
    return names;
  }
}
