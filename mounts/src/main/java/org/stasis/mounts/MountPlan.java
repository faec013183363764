package org.stasis.mounts;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;
import org.stasis.mounts.MountNode.Origin;

/**
 * Plans how the root task makes the mounts of the tree.
 *
 * <p>What is the caller's is picked up first, by the caller's paths; then nothing that happens
 * shows outside any more. File systems with content are made, to be filled by the engine while they
 * are not in place. Then the root is put onto the directory that the caller named, everything else
 * below it, and the task pivots into it. Binds are picked up as soon as what they show is in place
 * and before anything is mounted over it.
 */
final class MountPlan {
  private final Plan plan;
  private final List<MountNode> order;
  private final Map<MountNode, Long> words = new HashMap<>();
  private final Map<MountNode, List<MountNode>> bindsOf = new HashMap<>();
  private final Optional<String> lsmContext;
  private final long rootTarget;
  private final MountedTerminals terminals;

  /**
   * Prepares.
   *
   * @param plan takes data
   * @param order the mounts, as they are to be put in place
   * @param terminals those that are mounted
   * @param lsmContext replaces the SELinux context of mount options
   */
  MountPlan(
      Plan plan, List<MountNode> order, MountedTerminals terminals, Optional<String> lsmContext) {
    this.plan = plan;
    this.order = order;
    this.terminals = terminals;
    this.lsmContext = lsmContext;
    this.rootTarget = plan.reserve(Integer.BYTES);
    for (MountNode node : order) {
      words.put(node, plan.reserve(Integer.BYTES));
      if (node.origin() instanceof Origin.Bind(MountNode of, _)) {
        bindsOf.computeIfAbsent(of, _ -> new ArrayList<>()).add(node);
      }
    }
  }

  /** File systems to be filled between the two parts, by the word that has their descriptor. */
  Map<MountNode, Long> toBeFilled() {
    Map<MountNode, Long> filled = new HashMap<>();
    for (MountNode node : order) {
      if (node.isTmpfs()) {
        filled.put(node, words.get(node));
      }
    }
    return filled;
  }

  private Argument fd(MountNode node) {
    return Argument.word(words.get(node));
  }

  /**
   * Appends the first part: a mount namespace, and what is needed of the caller's.
   *
   * @param program of the root task
   * @param rootPath where the caller sees the root's files
   */
  void prepare(Program program, String rootPath) {
    MountCalls calls = new MountCalls(plan, program);
    program.why("making a mount namespace");
    calls.unshareMounts();
    for (MountNode node : order) {
      if (node.origin() instanceof Origin.Root) {
        program.why("opening the root " + rootPath, "Give its path with --root.");
        calls.keep(calls.openPath(rootPath), rootTarget);
        calls.keep(calls.cloneMount(rootPath), words.get(node));
      } else if (node.origin() instanceof Origin.Outside(String path)) {
        program.why(
            "opening " + path + " to mount it on " + node.mountpoint(),
            "Give its path with --external mnt[NAME]:PATH.");
        calls.keep(calls.cloneMount(path), words.get(node));
      }
    }
    program.why("hiding its mounts from outside");
    calls.enterOwnNamespace();
    calls.makeAllSlaves();
    for (MountNode node : order) {
      if (node.isTmpfs()) {
        makeAnew(calls, node, (Origin.Anew) node.origin());
      }
    }
  }

  /**
   * Appends the second part: the mount tree.
   *
   * @param program of the root task
   */
  void build(Program program) {
    MountCalls calls = new MountCalls(plan, program);
    MountNode root = order.getFirst();
    for (MountNode node : order) {
      program.why("mounting " + node.mountpoint(), remedy(node));
      if (node.origin() instanceof Origin.Anew anew && !node.isTmpfs()) {
        makeAnew(calls, node, anew);
      }
      setAttributes(calls, node);
      place(calls, node, root);
      pickUpBinds(calls, node);
    }
    program.why("moving into the new root");
    calls.pivot(fd(root));
    calls.close(Argument.word(rootTarget));
    new Propagation(order, this::fd).plan(calls);
    for (MountNode node : order) {
      program.why("finishing the mount " + node.mountpoint());
      finish(calls, node);
    }
    program.why("keeping the terminals that are mounted");
    terminals.finish(calls);
  }

  private static String remedy(MountNode node) {
    return node.origin() instanceof Origin.Anew
        ? ""
        : "The root must have the directory or file to mount on.";
  }

  private void makeAnew(MountCalls calls, MountNode node, Origin.Anew anew) {
    calls.program().why("mounting " + node.mountpoint() + " (" + anew.type() + ")");
    Argument filesystem = calls.openFilesystem(anew.type());
    if (!anew.source().isEmpty()) {
      calls.setString(filesystem, "source", anew.source());
    }
    for (String word : MountFlags.words(node.options())) {
      configure(calls, filesystem, word);
    }
    int flags = node.superblockFlags();
    setFlag(calls, filesystem, flags & MountFlags.SB_SYNC, "sync");
    setFlag(calls, filesystem, flags & MountFlags.SB_DIRSYNC, "dirsync");
    setFlag(calls, filesystem, flags & MountFlags.SB_MANDLOCK, "mand");
    if (!node.isTmpfs()) { // that one has to be filled before
      setFlag(calls, filesystem, flags & MountFlags.RDONLY, "ro");
    }
    calls.create(filesystem);
    calls.keep(calls.mountFilesystem(filesystem), words.get(node));
    calls.close(filesystem);
  }

  private static void setFlag(MountCalls calls, Argument filesystem, int flag, String name) {
    if (flag != 0) {
      calls.setFlag(filesystem, name);
    }
  }

  private void configure(MountCalls calls, Argument filesystem, String word) {
    int equals = word.indexOf('=');
    if (word.equals("seclabel")) {
      return; // tells that labels are supported, and can't be asked for
    }
    if (equals < 0) {
      calls.setFlag(filesystem, word);
      return;
    }
    String name = word.substring(0, equals);
    String value = word.substring(equals + 1);
    if (name.equals("release_agent")) {
      return; // belongs to the machine's hierarchy, not to this mount of it
    }
    if (name.equals("context") && lsmContext.isPresent()) {
      value = lsmContext.get();
    } else if (value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")) {
      value = value.substring(1, value.length() - 1);
    }
    calls.setString(filesystem, name, value);
  }

  private void setAttributes(MountCalls calls, MountNode node) {
    long propagation =
        Propagation.isSharedOutside(node)
            ? 0
            : Propagation.isSlaveOutside(node, order) ? MountCalls.MS_SLAVE : MountCalls.MS_PRIVATE;
    long wanted = MountFlags.attributes(node.entry().getFlags());
    calls.setAttributes(fd(node), wanted, MountFlags.ALL_ATTRIBUTES, propagation);
  }

  private void place(MountCalls calls, MountNode node, MountNode root) {
    if (node == root) {
      calls.moveMount(fd(node), Argument.word(rootTarget));
      return;
    }
    Argument target = calls.openBelow(fd(root), Paths.relative(node.mountpoint(), "/"));
    calls.moveMount(fd(node), target);
    calls.close(target);
  }

  private void pickUpBinds(MountCalls calls, MountNode node) {
    terminals.make(calls, node, fd(node));
    for (MountNode bind : bindsOf.getOrDefault(node, List.of())) {
      Origin.Bind origin = (Origin.Bind) bind.origin();
      calls
          .program()
          .why(
              "opening "
                  + origin.path()
                  + " of "
                  + node.mountpoint()
                  + " for "
                  + bind.mountpoint());
      if (origin.path().isEmpty()) {
        calls.keep(calls.cloneMount(fd(node)), words.get(bind));
      } else {
        Argument shown = calls.openBelow(fd(node), origin.path());
        calls.keep(calls.cloneMount(shown), words.get(bind));
        calls.close(shown);
      }
    }
  }

  private void finish(MountCalls calls, MountNode node) {
    if (node.isTmpfs() && (node.superblockFlags() & MountFlags.RDONLY) != 0) {
      Argument filesystem = calls.pickFilesystem(fd(node));
      calls.setFlag(filesystem, "ro");
      calls.reconfigure(filesystem);
      calls.close(filesystem);
    }
    calls.close(fd(node));
  }
}
