package org.stasis.shim.log;

import java.io.PrintStream;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** Hands what is said through SLF4J to the log of the thread's session. */
final class SessionLogger extends LegacyAbstractLogger {
  private static final long serialVersionUID = 1L;

  SessionLogger(String name) {
    this.name = name;
  }

  @Override
  protected void handleNormalizedLoggingCall(
      Level level,
      @Nullable Marker marker,
      String message,
      Object @Nullable [] arguments,
      @Nullable Throwable thrown) {
    String text = MessageFormatter.basicArrayFormat(message, arguments);
    Severity severity = severity(level);
    Optional<SessionLog> log = SessionLog.current();
    if (log.isEmpty()) {
      withoutSession(severity, text, thrown);
      return;
    }
    if (thrown == null) {
      String position = severity.mark().isEmpty() ? "" : Position.ofCaller();
      log.get().line(severity, position, text);
    } else {
      log.get().line(severity, Position.of(thrown), text + ": " + Position.message(thrown));
      log.get().trace(thrown);
    }
  }

  private static void withoutSession(Severity severity, String text, @Nullable Throwable thrown) {
    PrintStream engineLog = System.err;
    engineLog.println(Instant.now() + " " + severity.mark().trim() + " " + text);
    if (thrown != null) {
      thrown.printStackTrace(engineLog);
    }
  }

  private static Severity severity(Level level) {
    return switch (level) {
      case ERROR -> Severity.ERROR;
      case WARN -> Severity.WARNING;
      case INFO -> Severity.INFORMATION;
      case DEBUG, TRACE -> Severity.DEBUG;
    };
  }

  private static boolean wants(Severity severity) {
    SessionLog log = SessionLog.current().orElse(null);
    return log == null ? severity != Severity.DEBUG : log.wants(severity);
  }

  @Override
  protected @Nullable String getFullyQualifiedCallerName() {
    return null;
  }

  @Override
  public boolean isErrorEnabled() {
    return true; // the first error is kept even where none is written
  }

  @Override
  public boolean isWarnEnabled() {
    return wants(Severity.WARNING);
  }

  @Override
  public boolean isInfoEnabled() {
    return wants(Severity.INFORMATION);
  }

  @Override
  public boolean isDebugEnabled() {
    return wants(Severity.DEBUG);
  }

  @Override
  public boolean isTraceEnabled() {
    return wants(Severity.DEBUG);
  }
}
