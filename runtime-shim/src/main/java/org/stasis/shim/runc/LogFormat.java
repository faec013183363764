package org.stasis.shim.runc;

/** The form of a line of the runtime's log, {@code --log-format}. */
enum LogFormat {
  /** {@code time="…" level=error msg="…"}. */
  TEXT,
  /** An object with {@code level}, {@code msg} and {@code time}. */
  JSON
}
