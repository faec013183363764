package org.stasis.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The C headers of this machine, asked by compiling programs. {@code CPATH} leads gcc to newer
 * ones.
 */
final class KernelHeaders {
  private static final Path CLASSES = Path.of("target/classes");

  private KernelHeaders() {}

  /** All classes of the module. */
  static List<Class<?>> classes() throws IOException {
    try (Stream<Path> files = Files.walk(CLASSES.resolve("org/stasis/linux"))) {
      return files
          .map(file -> CLASSES.relativize(file).toString())
          .filter(file -> file.endsWith(".class") && !file.endsWith("-info.class"))
          .sorted()
          .<Class<?>>map(KernelHeaders::load)
          .toList();
    }
  }

  private static Class<?> load(String file) {
    String name = file.substring(0, file.length() - ".class".length()).replace('/', '.');
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(name, e);
    }
  }

  /** Compiles and runs a program; its output, or what the compiler says. */
  static CProgram.Run run(String source) {
    try {
      Path binary = Files.createTempFile("headers", "");
      try {
        CProgram.Run compiled =
            CProgram.run(List.of("gcc", "-w", "-x", "c", "-o", binary + "", "-"), source);
        return compiled.status() == 0 ? CProgram.run(List.of(binary + ""), "") : compiled;
      } finally {
        Files.delete(binary);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
