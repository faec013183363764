package org.stasis.engine.rebuild;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import org.stasis.engine.StasisException;

/**
 * Finds the tasks of a tree in the engine's pid namespace: they know themselves by the pids of
 * their own.
 */
final class HostPids {
  private static final String IDS = "\nNSpid:\t";

  private final Map<Integer, TaskImages> tasks;

  HostPids(Map<Integer, TaskImages> tasks) {
    this.tasks = tasks;
  }

  /** Pids here by pid in the images, of the root's descendants; zombies included. */
  Map<Integer, Integer> find(int root, int rootHere) throws StasisException {
    Map<Integer, Integer> found = new HashMap<>();
    found.put(root, rootHere);
    Deque<Integer> todo = new ArrayDeque<>();
    todo.add(rootHere);
    try {
      while (!todo.isEmpty()) {
        int parent = todo.remove();
        for (int child : children(parent)) {
          int known = innermost("/proc/" + child + "/status");
          if (tasks.containsKey(known)) {
            found.put(known, child);
            todo.add(child);
          }
        }
      }
    } catch (IOException e) {
      throw new StasisException("", "looking for the tasks made", e.toString(), 0, "", e);
    }
    return found;
  }

  private static int[] children(int pid) throws IOException {
    Path file = Path.of("/proc/" + pid + "/task/" + pid + "/children");
    String text = Files.readString(file).strip();
    if (text.isEmpty()) {
      return new int[0];
    }
    String[] words = text.split(" ", -1);
    int[] pids = new int[words.length];
    for (int i = 0; i < words.length; i++) {
      pids[i] = Integer.parseInt(words[i]);
    }
    return pids;
  }

  /**
   * What the status of a task or thread says of its ids, from the outermost to its own namespace.
   */
  private static String ids(String statusFile) throws IOException {
    try (FileInputStream file = new FileInputStream(statusFile)) {
      String text = new String(file.readAllBytes(), StandardCharsets.ISO_8859_1);
      int start = text.indexOf(IDS);
      if (start < 0) {
        throw new IOException(statusFile + " has no NSpid line");
      }
      return text.substring(start + IDS.length(), text.indexOf('\n', start + 1));
    }
  }

  /** The id that a task or thread has in its own, innermost pid namespace. */
  private static int innermost(String statusFile) throws IOException {
    String ids = ids(statusFile);
    return Integer.parseInt(ids.substring(ids.lastIndexOf('\t') + 1));
  }

  /** Tids here of a task's threads, by tid in its own pid namespace. */
  static IntUnaryOperator threads(int hostPid, int count) throws IOException {
    String ids = ids("/proc/" + hostPid + "/status");
    if (ids.indexOf('\t') < 0) {
      return IntUnaryOperator.identity(); // its namespace is ours
    }
    if (count == 1) {
      return _ -> hostPid;
    }
    Map<Integer, Integer> here = new HashMap<>();
    try (var threads = Files.newDirectoryStream(Path.of("/proc/" + hostPid + "/task"))) {
      for (Path thread : threads) {
        here.put(innermost(thread + "/status"), Integer.parseInt(thread.getFileName().toString()));
      }
    }
    return tid -> here.getOrDefault(tid, 0);
  }

  static boolean isDead(int pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) == 'Z';
    } catch (NoSuchFileException e) {
      return true;
    } catch (IOException e) {
      return e.getMessage() != null && e.getMessage().contains("No such process");
    }
  }
}
