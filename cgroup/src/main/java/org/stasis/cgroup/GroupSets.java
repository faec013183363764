package org.stasis.cgroup;

import java.util.LinkedHashMap;
import java.util.Map;
import org.stasis.images.proto.CgMemberEntry;
import org.stasis.images.proto.CgSetEntry;

/** The distinct memberships of a tree, counted from 1; the caller's is the first. */
final class GroupSets {
  static final int CALLERS = 1;

  private final Map<Membership, Integer> ids = new LinkedHashMap<>();

  GroupSets(Membership caller) {
    ids.put(caller, CALLERS);
  }

  /** The number of a membership, a new one if it has none. */
  int id(Membership membership) {
    Integer id = ids.putIfAbsent(membership, ids.size() + 1);
    return id == null ? ids.size() : id;
  }

  /** All, in the order of their numbers. */
  Map<Membership, Integer> all() {
    return ids;
  }

  /**
   * Describes a membership for the image.
   *
   * @param namespaceRoot the root of the tree's cgroup namespace in each hierarchy, empty when it
   *     has none of its own
   */
  static CgSetEntry entry(int id, Membership membership, Map<String, String> namespaceRoot) {
    CgSetEntry.Builder set = CgSetEntry.newBuilder().setId(id);
    for (Map.Entry<String, String> group : membership.groups().entrySet()) {
      CgMemberEntry.Builder member =
          CgMemberEntry.newBuilder().setName(group.getKey()).setPath(group.getValue());
      String root = namespaceRoot.get(group.getKey());
      if (root != null && !root.equals("/") && GroupPaths.isBelow(group.getValue(), root)) {
        member.setCgnsPrefix(root.length());
      }
      set.addCtls(member);
    }
    return set.build();
  }
}
