package org.stasis.mounts;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;
import org.stasis.mounts.MountNode.Origin;

/**
 * Plans how the first process of a container that is filled makes the mounts that the container
 * lacks: those that the tree had made itself.
 */
final class BoxMountPlan {
  private final Plan plan;
  private final List<MountNode> order;
  private final MountSteps steps;

  /**
   * Prepares.
   *
   * @param plan takes data
   * @param order the mounts, as they are to be put in place
   * @param terminals those that are mounted
   * @param lsmContext replaces the SELinux context of mount options
   */
  BoxMountPlan(
      Plan plan, List<MountNode> order, MountedTerminals terminals, Optional<String> lsmContext) {
    this.plan = plan;
    this.order = order;
    this.steps = new MountSteps(plan, order, terminals, lsmContext);
  }

  /** File systems to be filled between the two parts, by the word that has their descriptor. */
  Map<MountNode, Long> toBeFilled() {
    return steps.toBeFilled();
  }

  /** Appends the making of those that have content. */
  void prepare(Program program) {
    MountCalls calls = new MountCalls(plan, program);
    for (MountNode node : order) {
      if (node.isTmpfs()) {
        steps.makeAnew(calls, node);
      }
    }
  }

  /** Appends the rest. */
  void build(Program program) {
    MountCalls calls = new MountCalls(plan, program);
    program.why("opening the root of the container");
    Argument root = calls.openPath("/");
    for (MountNode node : order) {
      if (node.origin() instanceof Origin.Present) {
        show(calls, node, root);
      } else if (isMade(node)) {
        steps.prepare(calls, node);
        steps.place(calls, node, root);
        steps.pickUpBinds(calls, node);
      }
    }
    for (MountNode node : order) {
      if (isMade(node)) {
        program.why("finishing the mount " + node.mountpoint());
        steps.finish(calls, node);
      }
    }
    calls.close(root);
  }

  private void show(MountCalls calls, MountNode node, Argument root) {
    if (steps.binds(node).isEmpty()) {
      return;
    }
    calls.program().why("opening the mount " + node.mountpoint());
    calls.keep(calls.openBelow(root, Paths.relative(node.mountpoint(), "/")), steps.word(node));
    steps.pickUpBinds(calls, node);
    calls.close(steps.fd(node));
  }

  private static boolean isMade(MountNode node) {
    return !(node.origin() instanceof Origin.Present || node.origin() instanceof Origin.Absent);
  }
}
