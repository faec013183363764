package org.stasis.shim.runc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.shim.Caller;
import org.stasis.shim.Door;

/**
 * Refuses every command, where runc's callers look for errors: as a line of the file of {@code
 * --log} in the form of {@code --log-format}, or else on standard error.
 */
public final class RuncDoor implements Door {
  private static final int FAILURE = 1;
  private static final int STANDARD_ERROR = 2;
  private static final int LOG_MODE = 0644;
  private static final String REASON =
      "stasis-runc is not carried yet: use runc or crun, with Stasis in the place of criu";

  @Override
  public int serve(Caller caller) throws IOException {
    String log = option(caller.arguments(), "log");
    String form = option(caller.arguments(), "log-format");
    String time = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    String line =
        form.equals("json")
            ? "{\"level\":\"error\",\"msg\":\"" + REASON + "\",\"time\":\"" + time + "\"}\n"
            : "time=\"" + time + "\" level=error msg=\"" + REASON + "\"\n";
    try (Fd place =
        log.isEmpty()
            ? caller.descriptor(STANDARD_ERROR)
            : Fd.open(
                caller.resolve(log).toString(),
                Open.O_WRONLY | Open.O_CREAT | Open.O_APPEND | Open.O_CLOEXEC,
                LOG_MODE)) {
      place.writeFully(line.getBytes(StandardCharsets.UTF_8));
    }
    return FAILURE;
  }

  /**
   * The value of a global option, {@code --name VALUE} or {@code --name=VALUE}, with one dash or
   * two.
   */
  private static String option(List<String> words, String name) {
    String value = "";
    for (int i = 1; i < words.size(); i++) {
      String word = words.get(i).startsWith("--") ? words.get(i).substring(1) : words.get(i);
      if (word.equals("-" + name) && i + 1 < words.size()) {
        value = words.get(i + 1);
      } else if (word.startsWith("-" + name + "=")) {
        value = word.substring(name.length() + 2);
      }
    }
    return value;
  }
}
