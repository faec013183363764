package org.stasis.mounts;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.Stage;
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
  private final MountSteps steps;
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
    this.steps = new MountSteps(plan, order, terminals, lsmContext);
    this.rootTarget = plan.reserve(Integer.BYTES);
  }

  /** File systems to be filled between the two parts, by the word that has their descriptor. */
  Map<MountNode, Long> toBeFilled() {
    return steps.toBeFilled();
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
        calls.keep(calls.cloneMount(rootPath), steps.word(node));
      } else if (node.origin() instanceof Origin.Outside(String path)) {
        program.why(
            "opening " + path + " to mount it on " + node.mountpoint(),
            "Give its path with --external mnt[NAME]:PATH.");
        calls.keep(calls.cloneMount(path), steps.word(node));
      }
    }
    program.why("hiding its mounts from outside");
    calls.enterOwnNamespace();
    calls.makeAllSlaves();
    makeFilesystems(calls);
  }

  /**
   * Appends the first part for a mount namespace of a user namespace: who is in that has no right
   * to the caller's mounts, so the root agent picks them up, and passes them on.
   *
   * @param rebuild takes the operations
   * @param root the root task
   * @param rootPath where the caller sees the root's files
   */
  void prepareFromOutside(RebuildContext rebuild, int root, String rootPath) {
    MountCalls outside = new MountCalls(plan, rebuild.rootAgent());
    MountCalls afterwards = new MountCalls(plan, rebuild.rootAgentAfterwards());
    for (MountNode node : order) {
      if (node.origin() instanceof Origin.Root) {
        rebuild.rootAgent().why("opening the root " + rootPath, "Give its path with --root.");
        passOn(node, outside.cloneMount(rootPath), outside, afterwards, rebuild);
      } else if (node.origin() instanceof Origin.Outside(String path)) {
        rebuild
            .rootAgent()
            .why(
                "opening " + path + " to mount it on " + node.mountpoint(),
                "Give its path with --external mnt[NAME]:PATH.");
        passOn(node, outside.cloneMount(path), outside, afterwards, rebuild);
      }
    }
    Program program = rebuild.program(root, Stage.NAMESPACES);
    MountCalls calls = new MountCalls(plan, program);
    program.why("making a mount namespace");
    calls.unshareMounts();
    calls.enterOwnNamespace();
    calls.makeAllSlaves();
    calls.keep(calls.openPath("/"), rootTarget); // the way to the root may be closed to the tree
    makeFilesystems(calls);
  }

  private void passOn(
      MountNode node,
      Argument mount,
      MountCalls outside,
      MountCalls afterwards,
      RebuildContext rebuild) {
    Argument number = rebuild.descriptorOfRootAgent();
    outside.renumber(mount, number);
    outside.keep(number, steps.word(node));
    steps.setAttributes(outside, node);
    afterwards.close(number);
  }

  private void makeFilesystems(MountCalls calls) {
    for (MountNode node : order) {
      if (node.isTmpfs()) {
        steps.makeAnew(calls, node);
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
      steps.prepare(calls, node);
      if (node == root) {
        calls.moveMount(steps.fd(node), Argument.word(rootTarget));
      } else {
        steps.place(calls, node, steps.fd(root));
      }
      steps.pickUpBinds(calls, node);
    }
    program.why("moving into the new root");
    calls.pivot(steps.fd(root));
    calls.close(Argument.word(rootTarget));
    new Propagation(order, steps::fd).plan(calls);
    for (MountNode node : order) {
      program.why("finishing the mount " + node.mountpoint());
      steps.finish(calls, node);
    }
    program.why("keeping the terminals that are mounted");
    terminals.finish(calls);
  }
}
