package org.stasis.shim.archive.tree;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Fd;
import org.stasis.linux.Names;
import org.stasis.linux.Open;
import org.stasis.linux.proc.MountEntry;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/**
 * The directories that an overlay mount puts together.
 *
 * @param upper where what is changed goes
 * @param lowers what is below it, the topmost first; empty when not known
 * @param merged what one sees; null when it is not mounted
 */
public record OverlayLayers(Path upper, List<Path> lowers, @Nullable Path merged) {
  /**
   * Finds the layers of a mounted directory, as a task sees it.
   *
   * @param directory a path that can be opened here
   * @param pid of the task
   * @param root turns an absolute path of that task into one that can be opened here
   * @return the layers; null when no overlay is mounted there, or one that is not written to
   * @throws IOException when the directories cannot be told
   */
  public static @Nullable OverlayLayers mounted(
      Path directory, int pid, Function<String, Path> root) throws IOException {
    int flags = Open.O_PATH | Open.O_DIRECTORY | Open.O_CLOEXEC;
    try (Fd open = Fd.open(directory.toString(), flags);
        ProcFs processes = ProcFs.open();
        ProcTask task = processes.task(pid)) {
      return of(task.mounts(), Names.readLink(null, "/proc/self/fd/" + open.number()), root);
    }
  }

  /**
   * Finds the layers of a mounted directory.
   *
   * @param mounts as a task sees them
   * @param path of the directory, without links
   * @param root turns an absolute path of that task into one that can be opened here
   * @return the layers; null when no overlay is mounted there, or one that is not written to
   * @throws IOException when the directories cannot be told
   */
  public static @Nullable OverlayLayers of(
      List<MountEntry> mounts, String path, Function<String, Path> root) throws IOException {
    MountEntry found = null;
    for (MountEntry each : mounts) {
      if (each.mountPoint().equals(path)) {
        found = each; // the last one covers those before
      }
    }
    if (found == null || !found.fsType().equals("overlay")) {
      return null;
    }
    String upper = null;
    List<String> lowers = new ArrayList<>();
    for (String option : split(found.superOptions(), ',')) {
      int equals = option.indexOf('=');
      String value = option.substring(equals + 1);
      switch (equals < 0 ? "" : option.substring(0, equals)) {
        case "upperdir" -> upper = plain(value);
        case "lowerdir" -> {
          for (String each : split(value, ':')) {
            lowers.add(plain(each));
          }
        }
        case "lowerdir+" -> lowers.add(plain(value));
        default -> {} // how it behaves
      }
    }
    if (upper == null) {
      return null;
    }
    if (!upper.startsWith("/")) {
      throw new IOException(
          "the overlay at "
              + path
              + " was mounted with a relative upper directory, "
              + upper
              + "; name it with an option");
    }
    List<Path> below = new ArrayList<>();
    for (String each : lowers) {
      // podman mounts with short relative names when there are many layers, from above the layers
      String home = each.startsWith("/") ? "" : upper + "/../../";
      below.add(root.apply(home + each));
    }
    return new OverlayLayers(root.apply(upper), below, root.apply(path));
  }

  /** Cuts a text where the letter stands without a backslash before it. */
  private static List<String> split(String text, char at) {
    List<String> parts = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\\') {
        i++;
      } else if (text.charAt(i) == at) {
        parts.add(text.substring(start, i));
        start = i + 1;
      }
    }
    parts.add(text.substring(start));
    return parts;
  }

  private static String plain(String text) {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\\' && i + 1 < text.length()) {
        i++;
      }
      plain.append(text.charAt(i));
    }
    return plain.toString();
  }
}
