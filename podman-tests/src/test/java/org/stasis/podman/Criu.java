package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.stasis.specimens.Nanny;
import org.stasis.specimens.Specimen;

/**
 * A {@code criu} called as a person calls it: Stasis's, or the real one.
 *
 * @param name for messages
 * @param program its path
 * @param environment it is called in
 */
record Criu(String name, Path program, Map<String, String> environment) {

  /** The words of a command that works on a specimen's images. */
  List<String> words(String verb, Path images, List<String> options) {
    List<String> words = new ArrayList<>();
    words.addAll(List.of(program.toString(), verb, "-v4", "-D", images.toString()));
    words.addAll(List.of("-o", log(verb).toString()));
    words.addAll(options);
    return words;
  }

  private Path log(String verb) {
    return Path.of(name + "-" + verb + ".log");
  }

  /** Dumps it, which ends it. */
  void dump(Specimen specimen, Path images, List<String> options) {
    dumpAndLeave(specimen, images, options);
    specimen.awaitEnd();
  }

  /** Dumps it; the options say that it runs on. */
  void dumpAndLeave(Specimen specimen, Path images, List<String> options) {
    List<String> words = words("dump", images, options);
    words.addAll(specimen.box().dumpOptions(specimen.folder()));
    words.addAll(List.of("-t", Integer.toString(specimen.pid())));
    CommandResult result = Command.of(words, environment).run();
    assertThat(result.exitStatus()).as(() -> explain("dump", images, result.errors())).isZero();
  }

  /**
   * Restores it.
   *
   * @return in whose care it runs on; closing it ends it
   */
  Nanny restore(Specimen specimen, Path images, List<String> options) throws IOException {
    Path files = specimen.folder().resolve(images.getFileName() + "-" + name);
    Path said = Path.of(files + ".out");
    List<String> words = words("restore", images, options);
    words.addAll(specimen.restoreOptions());
    Path root = Path.of(files + ".root");
    words.addAll(List.of("-d", "--pidfile", root.toString()));
    Nanny nanny = Nanny.start(Path.of(files + ".pid"), environment, said, words);
    try {
      int status = nanny.awaitStatus();
      String text = Files.readString(said);
      assertThat(status).as(() -> explain("restore", images, text)).isZero();
      specimen.restoredAs(Integer.parseInt(Files.readString(root)));
      return nanny;
    } catch (IOException | AssertionError e) {
      nanny.close();
      throw e;
    }
  }

  private String explain(String verb, Path images, String said) {
    return name + " " + verb + ": " + said + LogFile.tail(images.resolve(log(verb)));
  }

  @Override
  public String toString() {
    return name;
  }
}
