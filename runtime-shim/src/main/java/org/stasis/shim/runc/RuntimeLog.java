package org.stasis.shim.runc;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;

/**
 * Where a runtime's callers look for what went wrong: a line of the file of {@code --log}, and
 * standard error, where an error is plain text when there is such a file.
 */
final class RuntimeLog implements AutoCloseable {
  private static final int STANDARD_OUTPUT = 1;
  private static final int STANDARD_ERROR = 2;
  private static final int LOG_MODE = 0644;
  private static final int O_SYNC = 04010000;

  private final Caller caller;
  private LogFormat format = LogFormat.TEXT;
  private @Nullable Fd file;

  RuntimeLog(Caller caller) {
    this.caller = caller;
  }

  /** How grave a line is. */
  enum Level {
    WARNING,
    ERROR
  }

  /**
   * Goes to where the caller wants it.
   *
   * @throws RuntimeFailure when the file cannot be opened, or there is no such form
   */
  void open(GlobalArguments arguments) throws RuntimeFailure {
    Optional<String> path = arguments.logFile();
    if (path.isPresent()) {
      int flags = Open.O_WRONLY | Open.O_CREAT | Open.O_APPEND | Open.O_CLOEXEC | O_SYNC;
      try {
        file = Fd.open(caller.resolve(path.get()).toString(), flags, LOG_MODE);
      } catch (SyscallException e) {
        throw new RuntimeFailure("open " + path.get() + ": " + e.getMessage(), e);
      }
    }
    format =
        switch (arguments.logFormat()) {
          case "", "text" -> LogFormat.TEXT;
          case "json" -> LogFormat.JSON;
          default -> throw new RuntimeFailure("invalid log-format: " + arguments.logFormat());
        };
  }

  /**
   * Tells why the command failed.
   *
   * @throws SyscallException when the caller cannot be reached
   */
  void error(String message) throws SyscallException {
    if (file == null) {
      line(Level.ERROR, message);
      return;
    }
    write(STANDARD_ERROR, message + "\n");
    line(Level.ERROR, message);
  }

  /**
   * Adds a line to the log.
   *
   * @throws SyscallException when the caller cannot be reached
   */
  void line(Level level, String message) throws SyscallException {
    String text = line(format, level, message, Instant.now());
    if (file == null) {
      write(STANDARD_ERROR, text);
    } else {
      file.writeFully(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  /**
   * Prints on the caller's standard output.
   *
   * @throws SyscallException when the caller cannot be reached
   */
  void output(String text) throws SyscallException {
    write(STANDARD_OUTPUT, text);
  }

  private void write(int number, String text) throws SyscallException {
    try (Fd fd = caller.descriptor(number)) {
      fd.writeFully(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  static String line(LogFormat format, Level level, String message, Instant now) {
    String time =
        DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
            now.truncatedTo(ChronoUnit.SECONDS).atOffset(ZoneOffset.UTC));
    String word = level.name().toLowerCase(Locale.ROOT);
    return switch (format) {
      case TEXT ->
          "time=\"" + time + "\" level=" + word + " msg=" + quotedWhereNeeded(message) + "\n";
      case JSON ->
          "{\"level\":\""
              + word
              + "\",\"msg\":\""
              + json(message)
              + "\",\"time\":\""
              + time
              + "\"}\n";
    };
  }

  private static String quotedWhereNeeded(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean plain = c < 128 && (Character.isLetterOrDigit(c) || "-._/@^+".indexOf(c) >= 0);
      if (!plain) {
        return quoted(text);
      }
    }
    return text;
  }

  /** A text as Go quotes it. */
  static String quoted(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        case '\t' -> quoted.append("\\t");
        case '\r' -> quoted.append("\\r");
        default -> {
          if (c < ' ' || c == 127) {
            quoted.append("\\x").append(Character.forDigit(c >> 4, 16));
            quoted.append(Character.forDigit(c & 15, 16));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }

  /** The inside of a JSON string, with what HTML gives a meaning escaped as Go does. */
  private static String json(String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> escaped.append('\\').append(c);
        case '\n' -> escaped.append("\\n");
        case '\t' -> escaped.append("\\t");
        case '\r' -> escaped.append("\\r");
        default -> {
          if (c < ' ' || c == '<' || c == '>' || c == '&' || c == 0x2028 || c == 0x2029) {
            escaped.append("\\u");
            for (int shift = 12; shift >= 0; shift -= 4) {
              escaped.append(Character.forDigit(c >> shift & 15, 16));
            }
          } else {
            escaped.append(c);
          }
        }
      }
    }
    return escaped.toString();
  }

  @Override
  public void close() throws SyscallException {
    if (file != null) {
      file.close();
    }
  }
}
