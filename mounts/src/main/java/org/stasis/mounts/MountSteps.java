package org.stasis.mounts;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Plan;
import org.stasis.mounts.MountNode.Origin;

/** Plans what is done for a single mount, step by step; in which order is its caller's business. */
final class MountSteps {
  private final List<MountNode> order;
  private final Map<MountNode, Long> words = new HashMap<>();
  private final Map<MountNode, List<MountNode>> bindsOf = new HashMap<>();
  private final Set<MountNode> described = new HashSet<>();
  private final Optional<String> lsmContext;
  private final MountedTerminals terminals;

  /**
   * Prepares.
   *
   * @param plan takes data
   * @param order the mounts of the tree
   * @param terminals those that are mounted
   * @param lsmContext replaces the SELinux context of mount options
   */
  MountSteps(
      Plan plan, List<MountNode> order, MountedTerminals terminals, Optional<String> lsmContext) {
    this.order = order;
    this.terminals = terminals;
    this.lsmContext = lsmContext;
    for (MountNode node : order) {
      words.put(node, plan.reserve(Integer.BYTES));
      if (node.origin() instanceof Origin.Bind(MountNode of, _)) {
        bindsOf.computeIfAbsent(of, _ -> new ArrayList<>()).add(node);
      }
    }
  }

  /** File systems to be filled before they are put in place, by the word of their descriptor. */
  Map<MountNode, Long> toBeFilled() {
    Map<MountNode, Long> filled = new HashMap<>();
    for (MountNode node : order) {
      if (node.isTmpfs()) {
        filled.put(node, word(node));
      }
    }
    return filled;
  }

  /** Where a mount's descriptor is kept. */
  long word(MountNode node) {
    return words.get(node);
  }

  /** A mount's descriptor, once it has one. */
  Argument fd(MountNode node) {
    return Argument.word(word(node));
  }

  /** What shows a mount elsewhere. */
  List<MountNode> binds(MountNode node) {
    return bindsOf.getOrDefault(node, List.of());
  }

  /** Appends the making of a mount, as far as that has not been done, and its attributes. */
  void prepare(MountCalls calls, MountNode node) {
    calls.program().why("mounting " + node.mountpoint(), remedy(node));
    if (node.origin() instanceof Origin.Anew && !node.isTmpfs()) {
      makeAnew(calls, node);
    }
    setAttributes(calls, node);
  }

  private static String remedy(MountNode node) {
    return node.origin() instanceof Origin.Anew
        ? ""
        : "The root must have the directory or file to mount on.";
  }

  /**
   * Appends the making of a file system, which is not in place yet.
   *
   * @param node one whose origin is {@link Origin.Anew}
   */
  void makeAnew(MountCalls calls, MountNode node) {
    Origin.Anew anew = (Origin.Anew) node.origin();
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
    calls.keep(calls.mountFilesystem(filesystem), word(node));
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

  /** Appends the setting of a mount's attributes, once: who comes later may have no right to. */
  void setAttributes(MountCalls calls, MountNode node) {
    if (!described.add(node)) {
      return;
    }
    long propagation =
        Propagation.isSharedOutside(node)
            ? 0
            : Propagation.isSlaveOutside(node, order) ? MountCalls.MS_SLAVE : MountCalls.MS_PRIVATE;
    long wanted = MountFlags.attributes(node.entry().getFlags());
    calls.setAttributes(fd(node), wanted, MountFlags.ALL_ATTRIBUTES, propagation);
  }

  /**
   * Appends the putting in place.
   *
   * @param root of the tree's mounts
   */
  void place(MountCalls calls, MountNode node, Argument root) {
    Argument target = calls.openBelow(root, Paths.relative(node.mountpoint(), "/"));
    calls.moveMount(fd(node), target);
    calls.close(target);
  }

  /** Appends the picking up of what others show of a mount that is in place. */
  void pickUpBinds(MountCalls calls, MountNode node) {
    terminals.make(calls, node, fd(node));
    for (MountNode bind : binds(node)) {
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
        calls.keep(calls.cloneMount(fd(node)), word(bind));
      } else {
        Argument shown = calls.openBelow(fd(node), origin.path());
        calls.keep(calls.cloneMount(shown), word(bind));
        calls.close(shown);
      }
    }
  }

  /** Appends what comes when everything is in place. */
  void finish(MountCalls calls, MountNode node) {
    if (node.isTmpfs() && (node.superblockFlags() & MountFlags.RDONLY) != 0) {
      Argument filesystem = calls.pickFilesystem(fd(node));
      calls.setFlag(filesystem, "ro");
      calls.reconfigure(filesystem);
      calls.close(filesystem);
    }
    calls.close(fd(node));
  }
}
