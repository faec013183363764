import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A program that understands criu's command line.
 *
 * @param name for the table
 * @param directory holds it under the name {@code criu}
 */
record Contender(String name, Path directory) {

  /** Whole-command time of a dump that ends the tree, in microseconds. */
  long dump(long pid, Path images) throws IOException, InterruptedException {
    return time(List.of("dump", "--tree", Long.toString(pid)), images, "dump.log");
  }

  /** Whole-command time of a restore that leaves the tree running, in microseconds. */
  long restore(Path images) throws IOException, InterruptedException {
    return time(List.of("restore", "--restore-detached"), images, "restore.log");
  }

  private long time(List<String> verb, Path images, String log) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(directory.resolve("criu").toString()));
    words.addAll(verb);
    words.addAll(List.of("--images-dir", images.toString(), "--log-file", log));
    Timed timed = Timed.run(words, Map.of());
    if (timed.status() != 0) {
      Path file = images.resolve(log);
      String lines = Files.exists(file) ? Files.readString(file) : "";
      throw new IOException(name + " failed: " + String.join(" ", words) + "\n" + timed.output() + lines);
    }
    return timed.micros();
  }

  /** Its own command line's engine, if it has one, so that none is left running; else nothing happens. */
  void stopEngine() throws IOException, InterruptedException {
    Path stasis = directory.resolve("stasis");
    if (Files.isExecutable(stasis)) {
      Timed.run(List.of(stasis.toString(), "engine", "stop"), Map.of()); // fails where none runs
    }
  }
}
