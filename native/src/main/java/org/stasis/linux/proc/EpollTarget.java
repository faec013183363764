package org.stasis.linux.proc;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import org.stasis.linux.Device;

/**
 * A file that an epoll descriptor watches, a {@code tfd:} line of its fdinfo.
 *
 * @param fd the number under which it was added; it may mean something else by now
 * @param events {@code EPOLL} bits
 * @param data what the task gave with it
 * @param pos the file's position
 * @param inode of the file
 * @param device where the file lies
 */
public record EpollTarget(int fd, int events, long data, long pos, long inode, Device device) {
  /**
   * Reads all targets of an epoll descriptor.
   *
   * @param info what {@link ProcTask#fdInfo} returned
   * @return the targets, in the kernel's order
   */
  public static List<EpollTarget> of(FdInfo info) {
    List<EpollTarget> targets = new ArrayList<>(info.lines().size());
    for (int i = 0; i < info.lines().size(); i++) {
      FdInfo.Line line = info.lines().get(i);
      if (line.key().equals("tfd")) {
        ProcText text = ProcText.of("fdinfo tfd", line.value().getBytes(ISO_8859_1));
        targets.add(
            new EpollTarget(
                text.integer(),
                (int) text.spaces().expect("events:").hex(),
                text.spaces().expect("data:").hex(),
                text.spaces().expect("pos:").number(),
                text.spaces().expect("ino:").hex(),
                Device.ofKernelEncoding(text.spaces().expect("sdev:").hex())));
      }
    }
    return targets;
  }
}
