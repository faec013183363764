package org.stasis.mounts;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.stasis.linux.agent.Argument;

/**
 * Who passes mounts on to whom: peer groups and their masters, mount_namespaces(7). Set up when
 * every mount is in place, so that putting them there was seen by nobody.
 */
final class Propagation {
  private final Collection<MountNode> mounts;
  private final Function<MountNode, Argument> descriptor;
  private final Map<Integer, List<MountNode>> groups = new LinkedHashMap<>();
  private final Set<Integer> done = new HashSet<>();

  Propagation(Collection<MountNode> mounts, Function<MountNode, Argument> descriptor) {
    this.mounts = mounts;
    this.descriptor = descriptor;
    for (MountNode mount : mounts) {
      int group = mount.entry().getSharedId();
      if (group != 0 && !isSharedOutside(mount)) {
        groups.computeIfAbsent(group, _ -> new ArrayList<>()).add(mount);
      }
    }
    for (List<MountNode> group : groups.values()) {
      // a group is joined from a member that shows all that the new one shows
      group.sort(Comparator.comparingInt(mount -> mount.entry().getRoot().length()));
    }
  }

  /**
   * Whether a mount stays the peer of one that is not of the tree. Only one that nothing is mounted
   * on: what is would show outside.
   */
  static boolean isSharedOutside(MountNode mount) {
    return mount.origin() instanceof MountNode.Origin.Outside
        && mount.entry().getSharedId() != 0
        && !mount.entry().getInternalSharing()
        && mount.isLeaf();
  }

  /** Whether a mount gets its mounts from one that is not of the tree. */
  static boolean isSlaveOutside(MountNode mount, Collection<MountNode> mounts) {
    int master = mount.entry().getMasterId();
    if (master == 0) {
      return false;
    }
    for (MountNode other : mounts) {
      if (other.entry().getSharedId() == master) {
        return false;
      }
    }
    return true;
  }

  void plan(MountCalls calls) {
    for (int group : groups.keySet()) {
      planGroup(calls, group);
    }
    for (MountNode mount : mounts) {
      if (mount.entry().getSharedId() != 0) {
        continue;
      }
      int master = mount.entry().getMasterId();
      if (groups.containsKey(master)) {
        calls.program().why("making " + mount.mountpoint() + " a slave");
        enslave(calls, mount, master);
      } else if ((mount.entry().getFlags() & MountFlags.UNBINDABLE) != 0) {
        calls.program().why("making " + mount.mountpoint() + " unbindable");
        calls.setAttributes(descriptor.apply(mount), 0, 0, MountCalls.MS_UNBINDABLE);
      }
    }
  }

  /** Makes a peer group, after the one that is its master. */
  private void planGroup(MountCalls calls, int id) {
    if (!done.add(id)) {
      return;
    }
    List<MountNode> group = groups.get(id);
    MountNode first = group.getFirst();
    int master = first.entry().getMasterId();
    if (master != id && groups.containsKey(master)) {
      planGroup(calls, master);
      calls.program().why("making " + first.mountpoint() + " a slave");
      enslave(calls, first, master);
    }
    calls.program().why("making " + first.mountpoint() + " shared");
    calls.setAttributes(descriptor.apply(first), 0, 0, MountCalls.MS_SHARED);
    for (MountNode other : group.subList(1, group.size())) {
      calls.program().why("sharing " + other.mountpoint() + " with " + first.mountpoint());
      calls.shareGroup(descriptor.apply(first), descriptor.apply(other));
    }
  }

  private void enslave(MountCalls calls, MountNode mount, int master) {
    calls.shareGroup(descriptor.apply(groups.get(master).getFirst()), descriptor.apply(mount));
    calls.setAttributes(descriptor.apply(mount), 0, 0, MountCalls.MS_SLAVE);
  }
}
