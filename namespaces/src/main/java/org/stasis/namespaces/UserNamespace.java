package org.stasis.namespaces;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.stasis.engine.Obstacle;
import org.stasis.engine.StasisException;
import org.stasis.engine.ns.UserIds;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.RebuiltTree;
import org.stasis.engine.spi.Stage;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSet;
import org.stasis.images.proto.UidGidExtent;
import org.stasis.images.proto.UsernsEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.NamespaceFile;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Program;
import org.stasis.linux.proc.IdMapping;
import org.stasis.linux.proc.ProcTask;

/**
 * The user namespace of a tree, user_namespaces(7): which ids it knows and what they are outside.
 *
 * <p>The root task is born into it, so that all that it makes, namespaces first, belongs to it. It
 * has all capabilities there and none outside: the engine writes the maps, and does what the tree
 * has no right to.
 */
final class UserNamespace {
  private static final int READ = Open.O_RDONLY | Open.O_CLOEXEC;
  private static final int PR_SET_DUMPABLE = 4;

  private UserNamespace() {}

  /**
   * Describes the namespace for the image.
   *
   * @param capture takes it, and what cannot be carried
   * @param root the root task
   * @param of its namespaces
   * @param owned namespaces that have to be owned by it
   * @return its ids
   */
  static UserIds capture(
      CaptureContext capture, ProcTask root, NamespaceIds.Of of, Set<NamespaceKind> owned)
      throws SyscallException {
    long inode = of.inode(NamespaceKind.USER);
    try (Fd namespace = root.open("ns/user", READ);
        Fd here = Fd.open("/proc/self/ns/user", READ);
        Fd parent = NamespaceFile.parent(namespace)) {
      if (parent.stat().inode() != here.stat().inode()) {
        capture.obstacle(
            new Obstacle(
                "",
                "user namespace " + inode,
                "it is in another one than that of whoever dumps it, and nested ones cannot be"
                    + " carried yet",
                "dump from within the namespace it is in"));
      }
    }
    for (NamespaceKind kind : owned) {
      try (Fd file = root.open("ns/" + kind.word(), READ);
          Fd owner = NamespaceFile.owner(file)) {
        if (owner.stat().inode() != inode) {
          capture.obstacle(
              new Obstacle(
                  "",
                  kind.word() + " namespace " + of.inode(kind),
                  "it is not owned by the user namespace of the tree, which cannot be carried yet",
                  ""));
        }
      }
    }
    List<IdMapping> users = root.uidMap();
    List<IdMapping> groups = root.gidMap();
    UsernsEntry.Builder entry = UsernsEntry.newBuilder();
    for (IdMapping range : users) {
      entry.addUidMap(extent(range));
    }
    for (IdMapping range : groups) {
      entry.addGidMap(extent(range));
    }
    int id = of.id(NamespaceKind.USER);
    capture.whenWriting(images -> images.write(ImageKind.USERNS, id, entry.build()));
    return new UserIds(users, groups);
  }

  private static UidGidExtent extent(IdMapping range) {
    return UidGidExtent.newBuilder()
        .setFirst(range.inside())
        .setLowerFirst(range.outside())
        .setCount(range.length())
        .build();
  }

  /** Reads the ids of the namespace from its image. */
  static UserIds read(ImageSet images, int id) throws IOException {
    UsernsEntry entry = images.read(ImageKind.USERNS, id, UsernsEntry.parser());
    return new UserIds(ranges(entry.getUidMapList()), ranges(entry.getGidMapList()));
  }

  private static List<IdMapping> ranges(List<UidGidExtent> map) {
    List<IdMapping> ranges = new ArrayList<>(map.size());
    for (UidGidExtent each : map) {
      ranges.add(new IdMapping(each.getFirst(), each.getLowerFirst(), each.getCount()));
    }
    return ranges;
  }

  /** Plans the making of the namespace; the root task has its privileges from then on. */
  static void plan(RebuildContext rebuild, int root, UserIds ids) {
    rebuild.addCloneFlags(NamespaceKind.USER.flag());
    rebuild.before(Stage.NAMESPACES, tree -> writeMaps(tree, ids));
    Program program = rebuild.program(root, Stage.NAMESPACES);
    program.why("becoming a user of the user namespace");
    int group = ids.firstGroup();
    int user = ids.firstUser();
    program.call(SyscallNumber.SETGROUPS, 0, 0);
    program.call(SyscallNumber.SETRESGID, group, group, group);
    program.call(SyscallNumber.SETRESUID, user, user, user);
    // or /proc/self would be another's
    program.call(SyscallNumber.PRCTL, Argument.of(PR_SET_DUMPABLE), Argument.of(1));
  }

  private static void writeMaps(RebuiltTree tree, UserIds ids) throws StasisException {
    String folder = "/proc/" + tree.hostPid(tree.root()) + "/";
    write(folder + "uid_map", ids.users());
    write(folder + "gid_map", ids.groups());
  }

  private static void write(String file, List<IdMapping> map) throws StasisException {
    StringBuilder text = new StringBuilder();
    for (IdMapping range : map) {
      text.append(Integer.toUnsignedString(range.inside()))
          .append(' ')
          .append(Integer.toUnsignedString(range.outside()))
          .append(' ')
          .append(Integer.toUnsignedString(range.length()))
          .append('\n');
    }
    try (Fd fd = Fd.open(file, Open.O_WRONLY | Open.O_CLOEXEC)) {
      fd.writeFully(text.toString().getBytes(StandardCharsets.US_ASCII));
    } catch (SyscallException e) {
      throw new StasisException(
          "",
          "mapping ids of the user namespace: " + text.toString().strip(),
          "Restore as a user who may map these ids.",
          e);
    }
  }
}
