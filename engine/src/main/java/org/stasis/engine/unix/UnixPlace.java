package org.stasis.engine.unix;

import java.util.ArrayList;
import java.util.List;
import org.stasis.engine.UndoStep;
import org.stasis.engine.files.MadeName;
import org.stasis.engine.sockets.SocketProgram;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.images.proto.FilePermsEntry;
import org.stasis.images.proto.UnixSkEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.KernelString;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.Verb;

/**
 * Where a name means what it meant to the program that bound it, for as long as sockets are bound
 * and connected by it. Plans in this order: {@link #enter}, {@link #bind} and connects, {@link
 * #leave}; possibly enter, connects and leave again; {@link #finish}.
 *
 * <ul>
 *   <li>An abstract name needs nothing.
 *   <li>A relative path needs the working directory that it was relative to.
 *   <li>At a path that is taken by a socket, the old one goes: it is what the dumped program left
 *       behind. Anything else that is there stays and is an error.
 *   <li>A file that was deleted is deleted again; directories that are gone are made for the time
 *       being, and whoever has taken the path meanwhile is put aside and back.
 *   <li>A file that is elsewhere now, because it was renamed or because its program had another
 *       root directory, is made under its name in a root directory of its own, and moved out.
 * </ul>
 */
final class UnixPlace {
  private static final int DIRECTORY_FLAGS = Open.O_PATH | Open.O_DIRECTORY | Open.O_CLOEXEC;
  private static final int LOOK_FLAGS =
      Open.O_RDONLY | Open.O_NOFOLLOW | Open.O_NONBLOCK | Open.O_CLOEXEC;
  private static final int RENAME_NOREPLACE = 1;
  private static final int PERMISSIONS = 07777;
  private static final String ASIDE = ".stasis-aside";
  private static final String PRIVATE_ROOT = "/.stasis-";

  private final UnixSkEntry like;
  private final UnixName name;
  private final SocketProgram to;
  private final RebuildContext context;
  private final Program program;
  private final List<Undo> made = new ArrayList<>(); // directories, from the top
  private boolean entered; // at least once
  private Argument cwd = Argument.ZERO;
  private Argument root = Argument.ZERO;
  private Argument taken = Argument.ZERO; // of a deleted name: 0 when nobody was put aside

  private record Undo(Argument result, String directory) {}

  /**
   * The place of a socket's name.
   *
   * @param like an entry that has the name
   * @param to takes the calls
   * @param context told what names are made
   */
  UnixPlace(UnixSkEntry like, SocketProgram to, RebuildContext context) {
    this.like = like;
    this.name = UnixName.of(like);
    this.to = to;
    this.context = context;
    this.program = to.program();
  }

  /** Plans to go there. */
  void enter() {
    if (!name.isPath()) {
      return;
    }
    boolean first = !entered;
    entered = true;
    if (isElsewhere()) {
      enterPrivateRoot(first);
      return;
    }
    boolean make = first && like.getDeleted();
    if (make) {
      makeDirectories(path());
    }
    if (!like.getNameDir().isEmpty()) {
      cwd = open(".");
      program.call(SyscallNumber.CHDIR, text(like.getNameDir()));
    }
  }

  /** From the root of the task, as long as it has not gone to a private one. */
  private String path() {
    String directory = like.getNameDir();
    return name.isAbsolute() || directory.isEmpty() ? name.path() : directory + '/' + name.path();
  }

  private boolean isElsewhere() {
    return like.hasFilePath() && !like.getDeleted();
  }

  private String filePath() {
    return KernelString.decode(like.getFilePath().toByteArray());
  }

  private String privatePath() {
    return privateRoot() + (name.isAbsolute() ? "" : "/") + name.path();
  }

  private String privateRoot() {
    String path = filePath();
    return path.substring(0, path.lastIndexOf('/')) + PRIVATE_ROOT + like.getId();
  }

  private void enterPrivateRoot(boolean first) {
    root = open("/");
    cwd = open(".");
    if (first) {
      makeDirectory(privateRoot());
      makeDirectories(privatePath());
    }
    program.call(SyscallNumber.CHROOT, text(privateRoot()));
    program.call(SyscallNumber.CHDIR, text("/"));
  }

  /** Plans the directories above a path, for the time being. */
  private void makeDirectories(String path) {
    for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
      makeDirectory(path.substring(0, slash));
    }
  }

  private void makeDirectory(String directory) {
    MadeName.planPassing(UndoStep.Kind.RMDIR, directory, context);
    made.add(
        new Undo(
            program.call(
                Expect.ANY, // most exist; when one cannot be made, the bind says why
                SyscallNumber.MKDIRAT,
                Argument.of(Open.AT_FDCWD),
                text(directory),
                Argument.of(0700)),
            directory));
  }

  private Argument open(String directory) {
    return program.call(
        SyscallNumber.OPENAT,
        Argument.of(Open.AT_FDCWD),
        text(directory),
        Argument.of(DIRECTORY_FLAGS),
        Argument.ZERO);
  }

  /**
   * Plans to give a socket the name.
   *
   * @param socket its descriptor
   */
  void bind(Argument socket) {
    byte[] address = name.address();
    if (!name.isPath()) {
      to.bind(socket, address);
      return;
    }
    announce();
    Argument bytes = Argument.channel(to.plan().data(address));
    Argument length = Argument.of(address.length);
    Argument path = text(name.path());
    Argument bound =
        program.call(
            Expect.successOr(Errno.EADDRINUSE.number()), SyscallNumber.BIND, socket, bytes, length);
    if (like.getDeleted()) {
      taken = bound;
      program.add(Verb.SKIP, Expect.ANY, bound, Argument.of(2));
      rename(path, text(name.path() + ASIDE));
      program.call(SyscallNumber.BIND, socket, bytes, length);
      return;
    }
    program.add(Verb.SKIP, Expect.ANY, bound, Argument.of(3));
    program.call( // opening a socket's file is refused with an error that nothing else gives
        Expect.equal(-Errno.ENXIO.number()),
        SyscallNumber.OPENAT,
        Argument.of(Open.AT_FDCWD),
        path,
        Argument.of(LOOK_FLAGS),
        Argument.ZERO);
    unlink(path);
    program.call(SyscallNumber.BIND, socket, bytes, length);
    setPermissions(path);
  }

  private void announce() {
    if (isElsewhere()) {
      MadeName.planPassing(UndoStep.Kind.UNLINK, privatePath(), context);
      MadeName.planLasting(filePath(), context);
    } else if (like.getDeleted()) {
      MadeName.planBorrowed(path(), ASIDE, context);
    } else {
      MadeName.planLasting(path(), context);
    }
  }

  private void setPermissions(Argument path) {
    if (!like.hasFilePerms()) {
      return;
    }
    FilePermsEntry permissions = like.getFilePerms();
    program.call(
        SyscallNumber.FCHOWNAT,
        Argument.of(Open.AT_FDCWD),
        path,
        Argument.of(permissions.getUid()),
        Argument.of(permissions.getGid()),
        Argument.of(Open.AT_SYMLINK_NOFOLLOW));
    program.call(
        SyscallNumber.FCHMODAT,
        Argument.of(Open.AT_FDCWD),
        path,
        Argument.of(permissions.getMode() & PERMISSIONS));
  }

  /** The address to connect to, between {@link #enter} and {@link #leave}. */
  byte[] address() {
    return name.address();
  }

  /** Plans to go back to where the task was. */
  void leave() {
    if (root.source() == Argument.Source.RESULT) {
      program.call(SyscallNumber.FCHDIR, root);
      program.call(SyscallNumber.CHROOT, text("."));
      program.call(SyscallNumber.CLOSE, root);
      root = Argument.ZERO;
    }
    if (cwd.source() == Argument.Source.RESULT) {
      program.call(SyscallNumber.FCHDIR, cwd);
      program.call(SyscallNumber.CLOSE, cwd);
      cwd = Argument.ZERO;
    }
  }

  /** Plans to leave no trace but the file, where it was. After {@link #leave}. */
  void finish() {
    if (!name.isPath()) {
      return;
    }
    if (isElsewhere()) {
      moveOut();
    } else if (like.getDeleted()) {
      String path = path();
      unlink(text(path));
      program.add(Verb.SKIP, Expect.ANY, taken, Argument.of(1));
      rename(text(path + ASIDE), text(path));
    }
    for (int i = made.size() - 1; i >= 0; i--) {
      Undo undo = made.get(i);
      program.add(Verb.SKIP, Expect.ANY, undo.result, Argument.of(1));
      program.add(Verb.SKIP, Expect.ANY, Argument.ZERO, Argument.of(1));
      program.call( // still in use by somebody else who needs it, perhaps
          Expect.ANY,
          SyscallNumber.UNLINKAT,
          Argument.of(Open.AT_FDCWD),
          text(undo.directory),
          Argument.of(Open.AT_REMOVEDIR));
    }
  }

  private void moveOut() {
    Argument from = text(privatePath());
    Argument target = text(filePath());
    Argument moved =
        program.call(
            Expect.successOr(Errno.EEXIST.number()),
            SyscallNumber.RENAMEAT2,
            Argument.of(Open.AT_FDCWD),
            from,
            Argument.of(Open.AT_FDCWD),
            target,
            Argument.of(RENAME_NOREPLACE));
    program.add(Verb.SKIP, Expect.ANY, moved, Argument.of(2));
    program.call(
        Expect.equal(-Errno.ENXIO.number()),
        SyscallNumber.OPENAT,
        Argument.of(Open.AT_FDCWD),
        target,
        Argument.of(LOOK_FLAGS),
        Argument.ZERO);
    rename(from, target);
  }

  private void rename(Argument from, Argument target) {
    program.call(
        SyscallNumber.RENAMEAT,
        Argument.of(Open.AT_FDCWD),
        from,
        Argument.of(Open.AT_FDCWD),
        target);
  }

  private void unlink(Argument path) {
    program.call(SyscallNumber.UNLINKAT, Argument.of(Open.AT_FDCWD), path, Argument.ZERO);
  }

  private Argument text(String path) {
    return to.plan().bytesWithNul(KernelString.encode(path));
  }
}
