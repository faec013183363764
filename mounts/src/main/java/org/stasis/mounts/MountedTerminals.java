package org.stasis.mounts;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import org.stasis.engine.ActionRefusedException;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.RebuiltTree;
import org.stasis.engine.spi.Stage;
import org.stasis.linux.Fd;
import org.stasis.linux.PidFd;
import org.stasis.linux.SyscallException;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Plan;
import org.stasis.mounts.MountNode.Origin;

/**
 * Pseudo-terminals whose slave is mounted on a file: what container runtimes do to {@code
 * /dev/console}. They are made as soon as their devpts is in place, so that there is something to
 * mount. The files of tasks take the masters over; one whose terminal no task has open goes to the
 * caller, whose it was.
 */
final class MountedTerminals {
  /** A devpts gives no more numbers than this unless the machine was told to, pty(7). */
  private static final int NUMBERS = 4096;

  private final Map<MountNode, TreeMap<Integer, Master>> masters = new LinkedHashMap<>();
  private final Map<Integer, MountNode> byDevice = new HashMap<>();
  private final Map<Master, MountNode> untaken = new LinkedHashMap<>();

  /**
   * A master.
   *
   * @param early where its number is kept until the mounts are made, whose descriptors may be in
   *     the way
   * @param number that it has after that
   */
  private record Master(long early, int number) {
    Argument fd() {
      return Argument.word(early);
    }
  }

  private MountedTerminals() {}

  /**
   * Finds them.
   *
   * @param order the mounts of the tree
   * @param plan takes data
   * @param numbers gives each a descriptor of its own
   * @throws StasisException when the image makes no sense
   */
  static MountedTerminals of(List<MountNode> order, Plan plan, IntSupplier numbers)
      throws StasisException {
    MountedTerminals terminals = new MountedTerminals();
    for (MountNode node : order) {
      if (node.origin() instanceof Origin.Bind(MountNode devpts, String path)
          && devpts.origin() instanceof Origin.Anew(String type, _)
          && type.equals(FilesystemType.DEVPTS.kernelName())) {
        int index = index(path);
        if (index >= 0) {
          terminals.add(devpts, index, node, plan, numbers);
        }
      }
    }
    return terminals;
  }

  private void add(MountNode devpts, int index, MountNode mounted, Plan plan, IntSupplier numbers)
      throws StasisException {
    if (index >= NUMBERS) {
      throw new StasisException(
          "",
          "restoring the mount " + mounted.mountpoint(),
          "it shows terminal " + index + ", and there are " + NUMBERS,
          0,
          "",
          null);
    }
    byDevice.putIfAbsent(devpts.entry().getRootDev(), devpts);
    Map<Integer, Master> made = masters.computeIfAbsent(devpts, _ -> new TreeMap<>());
    if (!made.containsKey(index)) {
      Master master = new Master(plan.reserve(Integer.BYTES), numbers.getAsInt());
      made.put(index, master);
      untaken.put(master, mounted);
    }
  }

  /** The number of a terminal, -1 for another name. */
  private static int index(String name) {
    if (name.isEmpty() || name.length() > 9) {
      return -1;
    }
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) < '0' || name.charAt(i) > '9') {
        return -1;
      }
    }
    return Integer.parseInt(name);
  }

  /** The master of a terminal, which is the asking one's business from now on. */
  Optional<Argument> take(int device, int index) {
    MountNode devpts = byDevice.get(device);
    Master master = devpts == null ? null : masters.get(devpts).get(index);
    if (master == null) {
      return Optional.empty();
    }
    untaken.remove(master);
    return Optional.of(Argument.of(master.number()));
  }

  /** Appends the making of the terminals of a devpts that was just mounted, and has none yet. */
  void make(MountCalls calls, MountNode devpts, Argument mount) {
    TreeMap<Integer, Master> wanted = masters.get(devpts);
    if (wanted == null) {
      return;
    }
    List<Argument> others = new ArrayList<>();
    for (int index = 0; index <= wanted.lastKey(); index++) {
      calls.program().why("making terminal " + index + " in " + devpts.mountpoint());
      Argument terminal = calls.openTerminal(mount);
      Master master = wanted.get(index);
      if (master == null) {
        others.add(terminal);
      } else {
        calls.keep(terminal, master.early());
        calls.unlockTerminal(terminal);
      }
    }
    for (Argument other : others) {
      calls.close(other);
    }
  }

  /** Appends what gives masters their numbers; no descriptor of a mount is open any more. */
  void finish(MountCalls calls) {
    int above = 0;
    for (TreeMap<Integer, Master> wanted : masters.values()) {
      for (Master master : wanted.values()) {
        above = Math.max(above, master.number() + 1);
      }
    }
    for (TreeMap<Integer, Master> wanted : masters.values()) {
      for (Master master : wanted.values()) { // out of the way of each other
        Argument high = calls.duplicateAbove(master.fd(), above);
        calls.close(master.fd());
        calls.keep(high, master.early());
      }
    }
    for (TreeMap<Integer, Master> wanted : masters.values()) {
      for (Master master : wanted.values()) {
        calls.renumber(master.fd(), Argument.of(master.number()));
      }
    }
  }

  void planHandover(RebuildContext rebuild) {
    if (!masters.isEmpty()) {
      rebuild.before(Stage.RELEASE, tree -> handOver(tree, rebuild.options().orphanPtsMaster()));
    }
  }

  private void handOver(RebuiltTree tree, boolean taken) throws StasisException {
    for (Map.Entry<Master, MountNode> each : untaken.entrySet()) {
      String doing = "handing over the terminal at " + each.getValue().mountpoint();
      if (!taken) {
        throw new StasisException(
            "",
            doing,
            "its other end was outside of the tree",
            0,
            "Use --orphan-pts-master with a caller that takes it.",
            null);
      }
      try (PidFd task = PidFd.open(tree.hostPid(tree.root()), 0);
          Fd master = task.getFd(each.getKey().number())) {
        tree.actions().orphanPtsMaster(master);
      } catch (SyscallException e) {
        throw new StasisException("", doing, "", e);
      } catch (ActionRefusedException e) {
        throw new StasisException("", doing, String.valueOf(e.getMessage()), 0, "", e);
      }
    }
  }
}
