package org.stasis.shim.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;

/**
 * The log of one session, written line by line in CRIU's form: {@code (00.012345) Error
 * (room/Class.java:123): text}. The time counts from the session's start and is left out below
 * verbosity 3; the mark and the position go with errors and warnings alone.
 *
 * <p>Until {@link #writeTo} tells where to, messages are kept. The log belongs to the threads it is
 * attached to and to those they start.
 */
public final class SessionLog implements AutoCloseable {
  /** Verbosity unless the caller asks for another: errors and warnings. */
  public static final int DEFAULT_VERBOSITY = 2;

  private static final int VERBOSITY_WITH_TIME = 3;
  private static final InheritableThreadLocal<@Nullable SessionLog> CURRENT =
      new InheritableThreadLocal<>();

  private final long startNanos = System.nanoTime();
  private final List<Kept> early = new ArrayList<>();
  private volatile int verbosity = DEFAULT_VERBOSITY;
  private volatile boolean waiting = true;
  private @Nullable Fd destination;
  private @Nullable String firstError;
  private @Nullable SyscallException failure;

  private record Kept(Severity severity, long nanos, String text) {}

  /**
   * The log of the session that this thread works for.
   *
   * @return the log, or nothing when it works for none
   */
  public static Optional<SessionLog> current() {
    return Optional.ofNullable(CURRENT.get());
  }

  /**
   * Makes this the log of the current thread, and of threads it starts from now on.
   *
   * @return to be closed at the session's end: the thread then has the log it had before
   */
  public Attachment attach() {
    SessionLog before = CURRENT.get();
    CURRENT.set(this);
    return () -> CURRENT.set(before);
  }

  /** A thread's tie to a log. */
  public interface Attachment extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Says how much is logged.
   *
   * @param level 0 for messages alone, 1 errors, 2 warnings, 3 information, 4 everything
   */
  public void verbosity(int level) {
    verbosity = level;
  }

  /**
   * Says where to, and writes what was kept.
   *
   * @param file is closed with this log, or when another takes its place
   */
  public synchronized void writeTo(Fd file) {
    release();
    destination = file;
    waiting = false;
    for (Kept kept : early) {
      if (kept.severity.isWrittenAt(verbosity)) {
        put(kept.nanos, kept.text);
      }
    }
    early.clear();
  }

  /**
   * Whether a message would be written.
   *
   * @param severity of the message
   * @return true when it would
   */
  public boolean wants(Severity severity) {
    return waiting || severity.isWrittenAt(verbosity);
  }

  /**
   * Whether messages are kept that would be written if there were somewhere to write them.
   *
   * @return true when there are any
   */
  public synchronized boolean wantsKept() {
    for (Kept kept : early) {
      if (kept.severity.isWrittenAt(verbosity)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Logs a line.
   *
   * @param severity how grave
   * @param position where in the source, such as {@code eventfd/Eventfd.java:12}; without meaning
   *     unless it is an error or warning
   * @param text what to say, without a line end
   */
  public void line(Severity severity, String position, String text) {
    String line =
        severity.mark().isEmpty()
            ? text + "\n"
            : severity.mark() + " (" + position + "): " + text + "\n";
    long nanos = System.nanoTime() - startNanos;
    synchronized (this) {
      if (severity == Severity.ERROR && firstError == null) {
        firstError = line;
      }
      if (waiting) {
        early.add(new Kept(severity, nanos, line));
      } else if (severity.isWrittenAt(verbosity)) {
        put(nanos, line);
      }
    }
  }

  /**
   * Logs an error with the place it was thrown at, and its causes when everything is logged.
   *
   * @param thrown what went wrong
   */
  public void error(Throwable thrown) {
    line(Severity.ERROR, Position.of(thrown), Position.message(thrown));
    trace(thrown);
  }

  /** Logs where an exception and its causes come from. */
  void trace(Throwable thrown) {
    if (!wants(Severity.DEBUG)) {
      return;
    }
    for (StackTraceElement frame : thrown.getStackTrace()) {
      line(Severity.DEBUG, "", "  at " + frame);
    }
    Throwable cause = thrown.getCause();
    if (cause != null) {
      line(Severity.DEBUG, "", "  because of " + cause);
      trace(cause);
    }
  }

  /**
   * The first error of the session, whatever the verbosity.
   *
   * @return the line without its time, with its line end
   */
  public synchronized Optional<String> firstError() {
    return Optional.ofNullable(firstError);
  }

  /**
   * Why the log is not complete. Also to be asked after the close.
   *
   * @return the first failure to write, or nothing when there was none
   */
  public synchronized Optional<SyscallException> failure() {
    return Optional.ofNullable(failure);
  }

  /**
   * Where the log goes.
   *
   * @return the descriptor, which stays this log's, or nothing as long as messages are kept
   */
  public synchronized Optional<Fd> destination() {
    return Optional.ofNullable(destination);
  }

  private void put(long nanos, String line) {
    if (destination == null || failure != null) {
      return;
    }
    String text = verbosity >= VERBOSITY_WITH_TIME ? time(nanos) + line : line;
    try {
      destination.writeFully(text.getBytes(StandardCharsets.UTF_8));
    } catch (SyscallException e) {
      failure = e; // a log that cannot be written must not stop the work: told at the end
    }
  }

  /** Seconds with two and microseconds with six digits: {@code (00.012345) }. */
  private static String time(long nanos) {
    long micros = nanos / 1000;
    StringBuilder text = new StringBuilder(16);
    text.append('(');
    padded(text, micros / 1_000_000, 10);
    text.append('.');
    padded(text, micros % 1_000_000, 100_000);
    return text.append(") ").toString();
  }

  private static void padded(StringBuilder text, long number, long highestDigit) {
    for (long digit = highestDigit; digit > 1 && number < digit; digit /= 10) {
      text.append('0');
    }
    text.append(number);
  }

  private void release() {
    if (destination == null) {
      return;
    }
    try {
      destination.close();
    } catch (SyscallException e) {
      failure = failure == null ? e : failure; // as with a line that cannot be written
    }
    destination = null;
  }

  @Override
  public synchronized void close() {
    release();
  }
}
