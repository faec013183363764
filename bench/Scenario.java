import java.io.IOException;
import java.nio.file.Path;

/** Something that is dumped and restored. */
interface Scenario {
  String name();

  /**
   * Does it once.
   *
   * @param directory a new one, removed afterwards
   */
  void measure(Contender contender, Path directory, Samples samples) throws IOException, InterruptedException;
}
