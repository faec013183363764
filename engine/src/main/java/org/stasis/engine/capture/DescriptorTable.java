package org.stasis.engine.capture;

import java.util.ArrayList;
import java.util.List;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FdinfoEntry;
import org.stasis.linux.Fcntl;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;

/** The descriptors of a task, on their way into its fdinfo image. */
final class DescriptorTable {
  private static final int F_GETFD = 1;

  private final List<FdinfoEntry.Builder> entries = new ArrayList<>();
  private final List<FdinfoEntry.Builder> unasked = new ArrayList<>();

  /**
   * Takes a descriptor.
   *
   * @param fd its number
   * @param id of its file
   * @param type of its file
   * @param closes whether execve(2) closes it
   */
  void add(int fd, int id, FdTypes type, boolean closes) {
    entries.add(entry(fd, id, type).setFlags(closes ? Fcntl.FD_CLOEXEC : 0));
  }

  /** Takes a descriptor of which only the task itself knows whether execve(2) closes it. */
  void addUnasked(int fd, int id, FdTypes type) {
    FdinfoEntry.Builder entry = entry(fd, id, type).setFlags(0);
    entries.add(entry);
    unasked.add(entry);
  }

  private static FdinfoEntry.Builder entry(int fd, int id, FdTypes type) {
    return FdinfoEntry.newBuilder().setId(id).setType(type).setFd(fd);
  }

  /** Asks what is not known yet. */
  void harvest(Harvest in) {
    for (FdinfoEntry.Builder entry : unasked) {
      Argument flags =
          in.call(SyscallNumber.FCNTL, Argument.of(entry.getFd()), Argument.of(F_GETFD));
      in.then(answers -> entry.setFlags((int) answers.of(flags)));
    }
  }

  /** For the image, in the order they came. */
  List<FdinfoEntry> image() {
    List<FdinfoEntry> image = new ArrayList<>();
    for (FdinfoEntry.Builder entry : entries) {
      image.add(entry.build());
    }
    return image;
  }
}
