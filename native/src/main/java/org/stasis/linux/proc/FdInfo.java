package org.stasis.linux.proc;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code /proc/PID/fdinfo/FD}, proc_pid_fdinfo(5).
 *
 * @param pos the file's position, in bytes
 * @param flags {@code O_} flags of the open file, and {@code O_CLOEXEC} of the descriptor
 * @param mountId of the mount it was opened through, as in mountinfo
 * @param inode its inode; 0 from kernels before 5.14
 * @param locks locks that this descriptor or its process holds on the file
 * @param lines what the kind of file adds, in order; {@link EpollTarget}, {@link InotifyWatch},
 *     {@link FanotifyMark}, {@link TimerfdState} and methods of this class read them
 */
public record FdInfo(
    long pos, int flags, int mountId, long inode, List<FileLock> locks, List<Line> lines) {
  /**
   * A line that only some kinds of file have.
   *
   * @param key what stands before the first colon or, where a number follows a word, before that
   *     number's word: {@code tfd}, {@code inotify}, {@code it_value} …
   * @param value the rest, without spaces around it
   */
  public record Line(String key, String value) {}

  /**
   * The value of a line.
   *
   * @param key what the line starts with
   * @return the first such line's value; null when there is none
   */
  public @Nullable String value(String key) {
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).key().equals(key)) {
        return lines.get(i).value();
      }
    }
    return null;
  }

  /**
   * Counter of an eventfd.
   *
   * @return unsigned; null when it is no eventfd
   */
  public @Nullable Long eventfdCount() {
    String value = value("eventfd-count");
    return value == null ? null : Long.parseUnsignedLong(value, 16);
  }

  /**
   * Whether an eventfd was made with {@code EFD_SEMAPHORE}.
   *
   * @return null when it is no eventfd, or the kernel (before 6.5) does not tell
   */
  public @Nullable Boolean eventfdSemaphore() {
    String value = value("eventfd-semaphore");
    return value == null ? null : !value.equals("0");
  }

  /**
   * Signals that a signalfd takes.
   *
   * @return bit n - 1 for signal n; null when it is no signalfd
   */
  public @Nullable Long sigmask() {
    String value = value("sigmask");
    return value == null ? null : Long.parseUnsignedLong(value, 16);
  }

  /**
   * The process of a pidfd.
   *
   * @return its pid in the pid namespace of this {@code /proc}; 0 when it can't be seen there, -1
   *     when it has ended and was reaped; null when it is no pidfd
   */
  public @Nullable Integer pid() {
    String value = value("Pid");
    return value == null ? null : Integer.valueOf(value);
  }

  static FdInfo parse(ProcText text) {
    long pos = 0;
    int flags = 0;
    int mountId = 0;
    long inode = 0;
    List<FileLock> locks = List.of();
    List<Line> lines = List.of();
    while (!text.atEnd()) {
      if (text.take("pos:")) {
        pos = text.number();
        text.nextLine();
      } else if (text.take("flags:")) {
        flags = (int) text.octal();
        text.nextLine();
      } else if (text.take("mnt_id:")) {
        mountId = text.integer();
        text.nextLine();
      } else if (text.take("ino:")) {
        inode = text.number();
        text.nextLine();
      } else if (text.take("lock:")) {
        locks = locks.isEmpty() ? new ArrayList<>(1) : locks;
        locks.add(FileLock.parse(text));
      } else {
        lines = lines.isEmpty() ? new ArrayList<>(4) : lines;
        addLine(lines, text.line());
      }
    }
    return new FdInfo(pos, flags, mountId, inode, locks, lines);
  }

  /** "inotify wd:1 …" has its first colon too late: the first word is the key there. */
  private static void addLine(List<Line> lines, String line) {
    if (line.isBlank()) {
      return;
    }
    int colon = line.indexOf(':');
    if (line.startsWith("inotify ") || line.startsWith("fanotify ") || colon < 0) {
      colon = line.indexOf(' ');
    }
    if (colon < 0) {
      lines.add(new Line(line, ""));
    } else {
      lines.add(new Line(line.substring(0, colon), line.substring(colon + 1).trim()));
    }
  }
}
