package org.stasis.shim.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The launcher and the agent, built from their sources by make into this module's target folder.
 */
public final class NativeBuild {
  private static final Path SOURCES = Path.of("../native/src/main/c").toAbsolutePath().normalize();
  private static final Path OUTPUT = Path.of("target/native").toAbsolutePath();
  private static boolean built;

  private NativeBuild() {}

  /**
   * The launcher's executable.
   *
   * @return its path
   */
  public static Path launcher() {
    return make().resolve("stasis");
  }

  /**
   * The agent.
   *
   * @return path of agent.bin
   */
  public static Path agent() {
    return make().resolve("agent.bin");
  }

  /**
   * The folder of the C sources.
   *
   * @return its path
   */
  public static Path sources() {
    return SOURCES;
  }

  /**
   * Runs a program to its end.
   *
   * @param command the program and its arguments
   * @return what it wrote to standard output and standard error
   */
  public static String run(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(String.join(" ", command) + "\n" + output).isZero();
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static synchronized Path make() {
    if (!built) {
      List<String> command = new ArrayList<>(List.of("make", "-s", "-C", SOURCES.toString()));
      command.add("OUT=" + OUTPUT);
      run(command.toArray(String[]::new));
      built = true;
    }
    return OUTPUT;
  }
}
