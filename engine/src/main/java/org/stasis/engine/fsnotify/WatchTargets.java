package org.stasis.engine.fsnotify;

import com.google.protobuf.ByteString;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.stasis.engine.StasisException;
import org.stasis.engine.regular.RegularFiles;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.images.proto.FhEntry;
import org.stasis.linux.KernelString;

/**
 * Where what was watched is to be found again, in a rebuild: by its path or, if it had been
 * deleted, by the descriptor of its ghost.
 */
final class WatchTargets {
  private static final String DESCRIPTORS = "/proc/self/fd/";

  private final Map<Inode, Integer> deleted = new HashMap<>();

  /** A file as it was known at the dump. */
  private record Inode(int device, long number) {}

  /**
   * A watched file.
   *
   * @param path to it
   * @param follow whether the path's last name is a link to it
   * @param describe for people
   */
  record Place(ByteString path, boolean follow, String describe) {}

  /**
   * The file that has to be open for it.
   *
   * @param device as in the images
   * @param inode as in the images
   * @param handle as in the images
   * @param context the rebuild, which has begun
   * @return its id, or empty when it has a path
   * @throws StasisException when a ghost cannot be read
   */
  OptionalInt need(int device, long inode, FhEntry handle, RebuildContext context)
      throws StasisException {
    RegularFiles files = context.kind(RegularFiles.class).orElse(null);
    if (handle.hasPath() || files == null) {
      return OptionalInt.empty();
    }
    OptionalInt file = files.ghost(device, inode, context);
    file.ifPresent(id -> deleted.put(new Inode(device, inode), id));
    return file;
  }

  /**
   * Its place.
   *
   * @param device as in the images
   * @param inode as in the images
   * @param handle as in the images
   * @param task that watches
   * @param name of the watching descriptor
   * @param context the rebuild
   * @return the place in that task, until descriptors are in place
   * @throws StasisException when the images do not say it
   */
  Place place(int device, long inode, FhEntry handle, int task, String name, RebuildContext context)
      throws StasisException {
    if (handle.hasPath()) {
      ByteString path = handle.getPathBytes();
      return new Place(path, false, KernelString.decode(path.toByteArray()));
    }
    Integer file = deleted.get(new Inode(device, inode));
    if (file == null) {
      throw new StasisException(
          context.describe(task),
          "restoring " + name,
          "the images have no path to inode " + inode + ", which it watches",
          0,
          "Dump with --force-irmap.",
          null);
    }
    String path = DESCRIPTORS + context.descriptor(task, file).value();
    return new Place(ByteString.copyFromUtf8(path), true, "deleted file " + file);
  }
}
