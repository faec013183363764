package org.stasis.linux.proc;

import java.util.ArrayList;
import java.util.List;
import org.stasis.linux.Device;

/**
 * A lock on a file, a line of {@code /proc/locks} or a {@code lock:} line of fdinfo.
 *
 * @param id of the line; a waiter has that of the lock it waits for
 * @param waiting whether it waits for the lock to be given up
 * @param kind who holds it: {@code POSIX}, {@code FLOCK}, {@code OFDLCK}, {@code LEASE}, {@code
 *     DELEG}, {@code ACCESS}
 * @param mode {@code ADVISORY}, {@code MANDATORY}, {@code ACTIVE}, {@code BREAKING}, {@code
 *     BREAKER}, {@code MSNFS}
 * @param type {@code READ}, {@code WRITE}, {@code UNLCK}, {@code RW}, {@code NONE}
 * @param pid the holder in the pid namespace of this {@code /proc}; 0 when unseen there, -1 for one
 *     that belongs to an open file
 * @param device where the file lies
 * @param inode of the file
 * @param start first byte
 * @param end last byte; {@link #TO_THE_END} for all that follow
 */
public record FileLock(
    long id,
    boolean waiting,
    String kind,
    String mode,
    String type,
    int pid,
    Device device,
    long inode,
    long start,
    long end) {
  /** {@link #end} of a lock without upper bound. */
  public static final long TO_THE_END = Long.MAX_VALUE;

  static List<FileLock> parseAll(ProcText text) {
    List<FileLock> locks = new ArrayList<>();
    while (!text.atEnd()) {
      locks.add(parse(text));
    }
    return locks;
  }

  static FileLock parse(ProcText text) {
    long id = text.number();
    text.expect(':').spaces();
    boolean waiting = text.take("->");
    String kind = text.word();
    String mode = text.word();
    String type = text.word();
    int pid = text.integer();
    Device device = Device.NONE;
    long inode = 0;
    if (!text.spaces().take("<none>:0")) { // a lock whose file is gone
      int major = (int) text.hex();
      device = new Device(major, (int) text.expect(':').hex());
      inode = text.expect(':').number();
    }
    long start = text.number();
    long end = text.spaces().take("EOF") ? TO_THE_END : text.number();
    text.nextLine();
    return new FileLock(id, waiting, kind, mode, type, pid, device, inode, start, end);
  }
}
