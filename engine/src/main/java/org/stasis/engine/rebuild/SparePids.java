package org.stasis.engine.rebuild;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.function.IntSupplier;

/**
 * Pids that nobody has or is given, for processes that live for a moment. In a pid namespace of its
 * own, where its init is the root task, only the tree has pids. Elsewhere the kernel gives the ones
 * above those it gave last, so ones below the engine's are safe for long.
 */
final class SparePids implements IntSupplier {
  private static final int FIRST_OF_OTHERS = 301; // RESERVED_PIDS of kernel/pid.c
  private static final int MOST = 32_767; // below any /proc/sys/kernel/pid_max

  private final Set<Integer> taken = new HashSet<>();
  private final boolean alone;
  private int last;

  /** Knows all ids of a tree, the root first. */
  SparePids(Collection<TaskImages> tasks) {
    for (TaskImages task : tasks) {
      taken.add(task.pid());
      taken.add(task.entry().getPgid());
      taken.add(task.entry().getSid());
      taken.addAll(task.entry().getThreadsList());
    }
    alone = tasks.iterator().next().pid() == 1;
    last = alone ? 1 : (int) ProcessHandle.current().pid();
  }

  @Override
  public int getAsInt() {
    do {
      last += alone ? 1 : -1;
      if (last < FIRST_OF_OTHERS && !alone) {
        last = MOST; // where it is allowed, the kernel is far from it
      }
    } while (taken.contains(last) || (!alone && Files.exists(Path.of("/proc/" + last))));
    return last;
  }
}
