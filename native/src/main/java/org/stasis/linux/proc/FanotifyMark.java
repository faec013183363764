package org.stasis.linux.proc;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Device;
import org.stasis.linux.FileHandle;

/**
 * A mark of a fanotify descriptor.
 *
 * @param target what is marked
 * @param markFlags {@code FAN_MARK_} bits that stay
 * @param mask {@code FAN_} events
 * @param ignoredMask {@code FAN_} events that are not told
 */
public record FanotifyMark(Target target, int markFlags, long mask, long ignoredMask) {
  /** What a mark is on. */
  public sealed interface Target {
    /**
     * A file or directory.
     *
     * @param inode of the file
     * @param device where it lies
     * @param handle how to open it; null when its file system has no handles
     */
    record Inode(long inode, Device device, @Nullable FileHandle handle) implements Target {}

    /**
     * A mount.
     *
     * @param mountId as in mountinfo
     */
    record Mount(int mountId) implements Target {}

    /**
     * A whole file system.
     *
     * @param device its device
     */
    record FileSystem(Device device) implements Target {}
  }

  /**
   * How the descriptor was made.
   *
   * @param flags of fanotify_init(2)
   * @param eventFlags {@code O_} flags of the files that events carry
   */
  public record Group(int flags, int eventFlags) {}

  /**
   * Reads how a fanotify descriptor was made.
   *
   * @param info what {@link ProcTask#fdInfo} returned
   * @return null when it is no fanotify descriptor
   */
  public static @Nullable Group groupOf(FdInfo info) {
    for (FdInfo.Line line : info.lines()) {
      ProcText text = text(line);
      if (line.key().equals("fanotify") && text.take("flags:")) {
        int flags = (int) text.hex();
        return new Group(flags, (int) text.spaces().expect("event-flags:").hex());
      }
    }
    return null;
  }

  /**
   * Reads all marks of a fanotify descriptor.
   *
   * @param info what {@link ProcTask#fdInfo} returned
   * @return the marks, in the kernel's order
   */
  public static List<FanotifyMark> of(FdInfo info) {
    List<FanotifyMark> marks = new ArrayList<>(info.lines().size());
    for (FdInfo.Line line : info.lines()) {
      ProcText text = text(line);
      if (line.key().equals("fanotify") && !text.take("flags:")) {
        marks.add(parse(text));
      }
    }
    return marks;
  }

  private static ProcText text(FdInfo.Line line) {
    return ProcText.of("fdinfo fanotify", line.value().getBytes(ISO_8859_1));
  }

  private static FanotifyMark parse(ProcText text) {
    int mount = text.take("mnt_id:") ? (int) text.hex() : -1;
    long inode = text.spaces().take("ino:") ? text.hex() : 0;
    Device device = text.spaces().take("sdev:") ? Device.ofKernelEncoding(text.hex()) : Device.NONE;
    int markFlags = (int) text.spaces().expect("mflags:").hex();
    long mask = text.spaces().expect("mask:").hex();
    long ignored = text.spaces().expect("ignored_mask:").hex();
    FileHandle handle = text.spaces().atEnd() ? null : FileHandleText.parse(text);
    Target target =
        mount >= 0
            ? new Target.Mount(mount)
            : inode != 0 ? new Target.Inode(inode, device, handle) : new Target.FileSystem(device);
    return new FanotifyMark(target, markFlags, mask, ignored);
  }
}
