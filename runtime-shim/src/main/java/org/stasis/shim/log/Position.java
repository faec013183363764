package org.stasis.shim.log;

import org.jspecify.annotations.Nullable;

/** Places in the source as a log names them: the room, the file, the line. */
final class Position {
  private static final StackWalker WALKER = StackWalker.getInstance();
  private static final String LOGGER = SessionLogger.class.getName();
  private static final String HERE = Position.class.getName();

  private Position() {}

  /** Where an exception was made; its own methods that make it do not count. */
  static String of(Throwable thrown) {
    for (StackTraceElement frame : thrown.getStackTrace()) {
      if (!frame.getClassName().equals(thrown.getClass().getName())) {
        return text(frame.getClassName(), frame.getFileName(), frame.getLineNumber());
      }
    }
    return "unknown:0";
  }

  /** Who called the logger. */
  static String ofCaller() {
    return WALKER.walk(
        frames ->
            frames
                .dropWhile(frame -> isLogging(frame.getClassName()))
                .findFirst()
                .map(f -> text(f.getClassName(), f.getFileName(), f.getLineNumber()))
                .orElse("unknown:0"));
  }

  /** What an exception says; its kind as well where that is not one that a user knows. */
  static String message(Throwable thrown) {
    String message = thrown.getMessage();
    boolean bug = thrown instanceof RuntimeException || thrown instanceof Error;
    return message == null || bug ? thrown.toString() : message;
  }

  private static boolean isLogging(String className) {
    return className.equals(HERE) || className.equals(LOGGER) || className.startsWith("org.slf4j.");
  }

  private static String text(String className, @Nullable String file, int line) {
    int classStart = className.lastIndexOf('.');
    int roomStart = className.lastIndexOf('.', classStart - 1) + 1;
    String room = classStart < 0 ? "" : className.substring(roomStart, classStart) + "/";
    return room + (file == null ? className.substring(classStart + 1) : file) + ":" + line;
  }
}
