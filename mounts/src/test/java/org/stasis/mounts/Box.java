package org.stasis.mounts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A process in a mount namespace of its own, set up by a shell script. Its root is a directory with
 * busybox in it; the script runs before the process moves there, with {@code $ROOT} its path.
 */
final class Box implements AutoCloseable {
  private final Process process;
  private final Path root;

  private Box(Process process, Path root) {
    this.process = process;
    this.root = root;
  }

  /**
   * Starts a box and waits until it is set up.
   *
   * @param directory takes the root directory
   * @param script mounts things below {@code $ROOT}
   * @param inside shell commands run once {@code $ROOT} is {@code /}
   */
  static Box start(Path directory, String script, String inside) throws IOException {
    Path root = makeRoot(directory);
    String whole =
        """
        set -e
        mount --bind "$ROOT" "$ROOT"
        cd "$ROOT"
        %s
        cd "$ROOT"
        mkdir -p old
        pivot_root . old
        exec /bin/busybox sh -c '
          set -e
          cd /
          busybox umount -l /old
          busybox rmdir /old
          %s
          echo ready
          exec busybox sleep 1000'
        """
            .formatted(script, inside);
    ProcessBuilder builder =
        new ProcessBuilder("unshare", "--mount", "--propagation", "private", "sh", "-c", whole);
    builder.environment().put("ROOT", root.toString());
    builder.redirectErrorStream(true);
    Process process = builder.start();
    Box box = new Box(process, root);
    String line = process.inputReader().readLine();
    if (!"ready".equals(line)) {
      String more = String.join("\n", process.inputReader().lines().toList());
      box.close();
      throw new IOException("the box said: " + line + "\n" + more);
    }
    return box;
  }

  private static Path makeRoot(Path directory) throws IOException {
    Path root = Files.createDirectory(directory.resolve("root"));
    for (String name : List.of("bin", "proc", "sys", "dev", "tmp", "data", "etc", "a", "b", "c")) {
      Files.createDirectory(root.resolve(name));
    }
    Files.copy(Path.of("/bin/busybox"), root.resolve("bin/busybox"));
    for (String name : List.of("etc/hosts", "etc/resolv.conf")) {
      Files.writeString(root.resolve(name), name);
    }
    return root;
  }

  int pid() {
    return (int) process.pid();
  }

  Path root() {
    return root;
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
