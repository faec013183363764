package org.stasis.images;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A JVM of its own for what can't be done in that of the tests: being killed, having little memory.
 */
public final class TestJvm {
  private TestJvm() {}

  /**
   * Starts a main class; its standard error goes where that of the tests goes.
   *
   * @param heap as {@code -Xmx} takes it
   */
  public static Process start(Class<?> main, String heap, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + heap);
    command.add("-cp");
    command.add(classPath());
    command.add(main.getName());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /** What the tests themselves run with, be it on the class path or as modules. */
  private static String classPath() {
    String path = System.getProperty("java.class.path");
    String modules = System.getProperty("jdk.module.path");
    String tests = location(TestJvm.class);
    String classes = location(ImageReader.class);
    return String.join(
        File.pathSeparator,
        tests,
        classes,
        modules == null ? "" : modules,
        path == null ? "" : path);
  }

  private static String location(Class<?> type) {
    String name = type.getName().replace('.', '/') + ".class";
    java.net.URL url = type.getClassLoader().getResource(name);
    if (url == null || !url.getProtocol().equals("file")) {
      throw new AssertionError("not from a directory: " + type);
    }
    String file = Path.of(java.net.URI.create(url.toString())).toString();
    return file.substring(0, file.length() - name.length());
  }
}
