package org.stasis.linux.proc;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Device;
import org.stasis.linux.FileHandle;

/**
 * A watch of an inotify descriptor.
 *
 * @param wd its number
 * @param inode of the watched file
 * @param device where it lies
 * @param mask {@code IN_} bits
 * @param handle how to open the file; null when its file system has no handles
 */
public record InotifyWatch(
    int wd, long inode, Device device, int mask, @Nullable FileHandle handle) {
  /**
   * Reads all watches of an inotify descriptor.
   *
   * @param info what {@link ProcTask#fdInfo} returned
   * @return the watches, the newest first
   */
  public static List<InotifyWatch> of(FdInfo info) {
    List<InotifyWatch> watches = new ArrayList<>(info.lines().size());
    for (int i = 0; i < info.lines().size(); i++) {
      FdInfo.Line line = info.lines().get(i);
      if (line.key().equals("inotify")) {
        watches.add(parse(ProcText.of("fdinfo inotify", line.value().getBytes(ISO_8859_1))));
      }
    }
    return watches;
  }

  private static InotifyWatch parse(ProcText text) {
    int wd = (int) text.expect("wd:").hex();
    long inode = text.spaces().expect("ino:").hex();
    Device device = Device.ofKernelEncoding(text.spaces().expect("sdev:").hex());
    int mask = (int) text.spaces().expect("mask:").hex();
    text.spaces().expect("ignored_mask:").hex();
    FileHandle handle = text.spaces().atEnd() ? null : FileHandleText.parse(text);
    return new InotifyWatch(wd, inode, device, mask, handle);
  }
}
