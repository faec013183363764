package org.stasis.mounts;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.External;
import org.stasis.images.proto.Fstype;
import org.stasis.images.proto.MntEntry;
import org.stasis.mounts.MountNode.Origin;

/**
 * The mounts of an image, put together: what is on what, where each comes from, and in which order
 * they have to be put in place. A pure function of the image and the options.
 */
final class MountForest {
  /** What old images have for the root of an external mount whose label is elsewhere. */
  private static final String NO_ROOT = "CRIU:NO_ROOT";

  private final Map<Integer, MountNode> byId = new HashMap<>();
  private final List<MountNode> nodes = new ArrayList<>();
  private final Map<String, String> externalPaths = new HashMap<>();
  private final Map<String, String> externalDevices = new HashMap<>();
  private final @Nullable BoxMounts box;
  private @Nullable MountNode root;

  /**
   * Puts the mounts of an image together.
   *
   * @param entries of the image, in any order
   * @param externals where the caller says external mounts are
   * @param box the mounts of the container to be filled; null when all are made from the image
   * @throws StasisException when the image makes no sense, or an external mount is not provided
   */
  MountForest(List<MntEntry> entries, List<External> externals, @Nullable BoxMounts box)
      throws StasisException {
    this.box = box;
    for (External external : externals) {
      switch (external) {
        case External.Mount mount -> externalPaths.put(mount.key(), mount.value());
        case External.Device device -> externalDevices.put(device.key(), device.value());
        case External.AutoMounts _,
            External.OpenFile _,
            External.Tty _,
            External.UnixSocket _,
            External.Namespace _,
            External.Veth _,
            External.Macvlan _,
            External.Netdev _ -> {} // for other kinds
      }
    }
    for (MntEntry entry : entries) {
      MountNode node = new MountNode(entry);
      nodes.add(node);
      if (byId.put(entry.getMntId(), node) != null) {
        throw bad("mount " + entry.getMntId() + " is there twice");
      }
    }
    link();
    findOrigins();
  }

  private void link() throws StasisException {
    for (MountNode node : nodes) {
      MountNode parent = byId.get(node.entry().getParentMntId());
      if (parent != null && parent != node) {
        node.putOn(parent);
      } else if (node.mountpoint().equals("/") && root == null) {
        root = node;
      } else {
        throw bad(
            "mount "
                + node.mountpoint()
                + " is on mount "
                + node.entry().getParentMntId()
                + ", which is missing");
      }
    }
    if (root == null) {
      throw bad("nothing is mounted at /");
    }
  }

  private void findOrigins() throws StasisException {
    for (MountNode node : nodes.reversed()) { // images have the youngest first
      if (box != null && box.take(node.mountpoint())) {
        node.comesFrom(new Origin.Present());
      }
    }
    for (MountNode node : nodes) {
      if (node.hasOrigin()) {
        continue;
      } else if (node == root) {
        node.comesFrom(new Origin.Root());
      } else if (box != null && isMissing(node)) {
        node.comesFrom(new Origin.Absent());
      } else if (isExternal(node.entry())) {
        node.comesFrom(external(node));
      }
    }
    Map<Integer, MountNode> anew = new HashMap<>();
    for (MountNode node : nodes) {
      String type = typeMadeAnew(node.entry());
      boolean present = node.hasOrigin() && node.origin() instanceof Origin.Present;
      if (present && type != null) {
        anew.put(device(node), node);
      }
    }
    for (MountNode node : nodes) {
      String type = typeMadeAnew(node.entry());
      if (!node.hasOrigin() && type != null && anew.putIfAbsent(device(node), node) == null) {
        node.comesFrom(new Origin.Anew(type, node.entry().getSource()));
      }
    }
    for (MountNode node : nodes) {
      if (!node.hasOrigin()) {
        node.comesFrom(bind(node, anew.get(device(node))));
      }
    }
  }

  /** What the container was not given, and what was mounted on that. */
  private static boolean isMissing(MountNode node) {
    for (MountNode at = node; at != null; at = at.parent()) {
      if (at.hasOrigin() && at.origin() instanceof Origin.Present) {
        return false;
      }
      if (isExternal(at.entry())) {
        return true;
      }
    }
    return false;
  }

  private static int device(MountNode node) {
    return node.entry().getRootDev();
  }

  private static boolean isExternal(MntEntry entry) {
    return entry.hasExtKey() || entry.getExtMount();
  }

  private Origin external(MountNode node) throws StasisException {
    MntEntry entry = node.entry();
    String key = entry.hasExtKey() ? entry.getExtKey() : entry.getRoot(); // old images
    if (key.equals(MountSurvey.AUTOGENERATED)) {
      return new Origin.Outside(entry.getSource());
    }
    if (key.equals(MountSurvey.EXTERNAL_DEVICE)) {
      return device(entry);
    }
    String path = externalPaths.get(key);
    if (path == null) {
      throw notProvided(
          "restoring the mount " + node.mountpoint(),
          "it is external and not provided",
          "Use --external mnt[" + key + "]:PATH with the path to mount there.");
    }
    return new Origin.Outside(path);
  }

  private Origin device(MntEntry entry) throws StasisException {
    String source = entry.getSource();
    if (!source.startsWith("dev[") || !source.endsWith("]")) {
      throw bad("the source of the external device " + entry.getMountpoint() + " is " + source);
    }
    String name = source.substring("dev[".length(), source.length() - 1);
    String path = externalDevices.get(name);
    if (path == null) {
      throw notProvided(
          "restoring the mount " + entry.getMountpoint(),
          "its device is external and not provided",
          "Use --external dev[" + name + "]:PATH with the device's path.");
    }
    return new Origin.Anew(entry.getFsname(), path);
  }

  /** The kernel's name of a file system that can be mounted anew, or null. */
  private static @Nullable String typeMadeAnew(MntEntry entry) {
    if (!entry.getRoot().equals("/")) {
      return null;
    }
    if (entry.getFstype() == Fstype.AUTO_VALUE) {
      return entry.getFsname();
    }
    FilesystemType type = FilesystemType.numbered(entry.getFstype());
    return type != null && type.isMadeAnew() ? type.kernelName() : null;
  }

  private Origin bind(MountNode node, @Nullable MountNode anew) throws StasisException {
    String shown = node.entry().getRoot();
    if (node.entry().getDeleted()) {
      throw notProvided(
          "restoring the mount " + node.mountpoint(),
          "it shows " + shown + ", which was removed before the dump",
          "Unmount it before the next dump.");
    }
    if (anew != null) {
      return new Origin.Bind(anew, Paths.relative(shown, "/"));
    }
    for (MountNode other : nodes) {
      boolean first = other == root || isExternal(other.entry());
      first &= !(other.hasOrigin() && other.origin() instanceof Origin.Absent);
      String above = other.entry().getRoot();
      if (first
          && device(other) == device(node)
          && !above.equals(NO_ROOT)
          && Paths.isBelow(shown, above)) {
        return new Origin.Bind(other, Paths.relative(shown, above));
      }
    }
    throw notProvided(
        "restoring the mount " + node.mountpoint(),
        "it shows " + shown + " of a file system that no other mount of the images provides",
        "");
  }

  /**
   * The mounts, in an order in which they can be put in place.
   *
   * @return all, the root first
   * @throws StasisException when there is no such order
   */
  List<MountNode> ordered() throws StasisException {
    List<MountNode> waiting = new ArrayList<>(nodes.reversed()); // images have the youngest first
    List<MountNode> order = new ArrayList<>(nodes.size());
    while (!waiting.isEmpty()) {
      int before = waiting.size();
      waiting.removeIf(
          node -> {
            if (!node.isReady()) {
              return false;
            }
            node.place();
            order.add(node);
            return true;
          });
      if (waiting.size() == before) {
        throw bad("there is no order to mount " + waiting.getFirst().mountpoint() + " in");
      }
    }
    return order;
  }

  private static StasisException bad(String problem) {
    return new StasisException("", "reading the mounts of the image", problem, 0, "", null);
  }

  private static StasisException notProvided(String doing, String problem, String remedy) {
    return new StasisException("", doing, problem, 0, remedy, null);
  }
}
