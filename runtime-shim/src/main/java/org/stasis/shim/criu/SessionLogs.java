package org.stasis.shim.criu;

import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;
import org.stasis.shim.log.SessionLog;

/** Where the log of a session goes. */
final class SessionLogs {
  private static final int OWNER_ONLY = 0600;
  private static final int STANDARD_OUTPUT = 1;

  private SessionLogs() {}

  /**
   * Sends the log to where a log file option says: a file, or standard output for a dash.
   *
   * @throws UsageException when it cannot be opened
   */
  static void open(SessionLog log, Directories directories, String name, Caller caller)
      throws UsageException {
    if (name.equals("-")) {
      toStandard(log, STANDARD_OUTPUT, caller);
    } else {
      toFile(log, directories, name, caller);
    }
  }

  /**
   * Sends the log to a file, emptied first.
   *
   * @param name relative to the work directory, or absolute
   * @throws UsageException when it cannot be opened
   */
  private static void toFile(SessionLog log, Directories directories, String name, Caller caller)
      throws UsageException {
    int flags = Open.O_WRONLY | Open.O_CREAT | Open.O_TRUNC | Open.O_APPEND | Open.O_CLOEXEC;
    String path = name.startsWith("/") ? caller.resolve(name).toString() : name;
    try {
      log.writeTo(directories.workDirectory().openAt(path, flags, OWNER_ONLY));
    } catch (SyscallException e) {
      throw new UsageException("cannot open the log file " + name + ": " + e.getMessage(), e);
    }
  }

  /**
   * Sends the log to a standard descriptor of the caller.
   *
   * @param number 1 or 2
   * @throws UsageException when the caller has none
   */
  static void toStandard(SessionLog log, int number, Caller caller) throws UsageException {
    try {
      Fd descriptor = caller.descriptor(number);
      log.writeTo(descriptor);
    } catch (SyscallException e) {
      throw new UsageException("cannot log to descriptor " + number + ": " + e.getMessage(), e);
    }
  }
}
