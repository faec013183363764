package org.stasis.mounts;

import org.stasis.linux.Fcntl;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.Terminal;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.Verb;

/**
 * The calls that mounts are made with, as operations of a program: nothing here but the calls and
 * their arguments. Mounts are handled by descriptor, and paths are resolved below a directory that
 * they can't leave, since what a restore mounts on is not to be trusted.
 */
final class MountCalls {
  static final long MS_UNBINDABLE = 1 << 17;
  static final long MS_PRIVATE = 1 << 18;
  static final long MS_SLAVE = 1 << 19;
  static final long MS_SHARED = 1 << 20;
  private static final long MS_REC = 0x4000;

  private static final int CLONE_NEWNS = 0x20000;
  private static final int MNT_DETACH = 2;
  private static final int OPEN_TREE_CLONE = 1;
  private static final int MOVE_MOUNT_F_EMPTY_PATH = 0x04;
  private static final int MOVE_MOUNT_T_EMPTY_PATH = 0x40;
  private static final int MOVE_MOUNT_SET_GROUP = 0x100;
  private static final int FSOPEN_CLOEXEC = 1;
  private static final int FSMOUNT_CLOEXEC = 1;
  private static final int FSPICK_CLOEXEC = 1;
  private static final int FSPICK_EMPTY_PATH = 8;
  private static final int FSCONFIG_SET_FLAG = 0;
  private static final int FSCONFIG_SET_STRING = 1;
  private static final int FSCONFIG_CMD_CREATE = 6;
  private static final int FSCONFIG_CMD_RECONFIGURE = 7;
  private static final int OPEN_HOW_BYTES = 24;
  private static final int MOUNT_ATTR_BYTES = 32;

  private static final Argument CWD = Argument.of(Open.AT_FDCWD);

  private final Plan plan;
  private final Program program;
  private final Argument empty;

  MountCalls(Plan plan, Program program) {
    this.plan = plan;
    this.program = program;
    this.empty = plan.text("");
  }

  Program program() {
    return program;
  }

  /** Keeps a descriptor where later stages and the engine find it. */
  void keep(Argument fd, long word) {
    program.add(Verb.STORE32, Expect.ANY, Argument.channel(word), fd);
  }

  void unshareMounts() {
    program.call(SyscallNumber.UNSHARE, CLONE_NEWNS);
  }

  /** Makes the root and working directory those of the namespace, out of any chroot(2). */
  void enterOwnNamespace() {
    Argument namespace =
        program.call(
            SyscallNumber.OPENAT,
            CWD,
            plan.text("/proc/thread-self/ns/mnt"),
            Argument.of(Open.O_RDONLY | Open.O_CLOEXEC));
    program.call(SyscallNumber.SETNS, namespace, Argument.of(CLONE_NEWNS));
    close(namespace);
  }

  /** Mounts that happen here no longer show outside. */
  void makeAllSlaves() {
    program.call(
        SyscallNumber.MOUNT,
        Argument.ZERO,
        plan.text("/"),
        Argument.ZERO,
        Argument.of(MS_REC | MS_SLAVE),
        Argument.ZERO);
  }

  /** A handle on a path of the caller. */
  Argument openPath(String path) {
    return program.call(
        SyscallNumber.OPENAT, CWD, plan.text(path), Argument.of(Open.O_PATH | Open.O_CLOEXEC));
  }

  /** A handle on a path below a mount, which nothing leads out of. */
  Argument openBelow(Argument mount, String relative) {
    int resolve = Open.RESOLVE_IN_ROOT | Open.RESOLVE_NO_MAGICLINKS;
    Argument how = plan.longs(Open.O_PATH | Open.O_CLOEXEC, 0, resolve);
    return program.call(
        SyscallNumber.OPENAT2,
        mount,
        plan.text(relative.isEmpty() ? "." : relative),
        how,
        Argument.of(OPEN_HOW_BYTES));
  }

  /** The master of a new pseudo-terminal, which has the lowest free number of that devpts. */
  Argument openTerminal(Argument devpts) {
    return program.call(
        SyscallNumber.OPENAT,
        devpts,
        plan.text("ptmx"),
        Argument.of(Open.O_RDWR | Open.O_NOCTTY | Open.O_CLOEXEC));
  }

  /** Lets the slave of a terminal be opened. */
  void unlockTerminal(Argument master) {
    program.call(SyscallNumber.IOCTL, master, Argument.of(Terminal.TIOCSPTLCK), plan.ints(0));
  }

  /** Another descriptor of the same file, with a number that is at least a certain one. */
  Argument duplicateAbove(Argument fd, int lowest) {
    return program.call(
        SyscallNumber.FCNTL, fd, Argument.of(Fcntl.F_DUPFD_CLOEXEC), Argument.of(lowest));
  }

  /** Gives a descriptor another number, and gives up the one it had. */
  void renumber(Argument fd, Argument number) {
    program.call(SyscallNumber.DUP3, fd, number, Argument.of(Open.O_CLOEXEC));
    close(fd);
  }

  /** A mount of what the caller sees at a path, not yet in place. */
  Argument cloneMount(String path) {
    return program.call(
        SyscallNumber.OPEN_TREE,
        CWD,
        plan.text(path),
        Argument.of(OPEN_TREE_CLONE | Open.O_CLOEXEC));
  }

  /** A mount of what a handle stands for, not yet in place. */
  Argument cloneMount(Argument handle) {
    return program.call(
        SyscallNumber.OPEN_TREE,
        handle,
        empty,
        Argument.of(OPEN_TREE_CLONE | Open.O_CLOEXEC | Open.AT_EMPTY_PATH));
  }

  Argument openFilesystem(String type) {
    return program.call(SyscallNumber.FSOPEN, plan.text(type), Argument.of(FSOPEN_CLOEXEC));
  }

  void setFlag(Argument filesystem, String name) {
    program.call(
        SyscallNumber.FSCONFIG,
        filesystem,
        Argument.of(FSCONFIG_SET_FLAG),
        plan.text(name),
        Argument.ZERO,
        Argument.ZERO);
  }

  void setString(Argument filesystem, String name, String value) {
    program.call(
        SyscallNumber.FSCONFIG,
        filesystem,
        Argument.of(FSCONFIG_SET_STRING),
        plan.text(name),
        plan.text(value),
        Argument.ZERO);
  }

  void create(Argument filesystem) {
    command(filesystem, FSCONFIG_CMD_CREATE);
  }

  void reconfigure(Argument filesystem) {
    command(filesystem, FSCONFIG_CMD_RECONFIGURE);
  }

  private void command(Argument filesystem, int command) {
    program.call(
        SyscallNumber.FSCONFIG,
        filesystem,
        Argument.of(command),
        Argument.ZERO,
        Argument.ZERO,
        Argument.ZERO);
  }

  Argument mountFilesystem(Argument filesystem) {
    return program.call(
        SyscallNumber.FSMOUNT, filesystem, Argument.of(FSMOUNT_CLOEXEC), Argument.ZERO);
  }

  /** The file system of a mount, to be configured anew. */
  Argument pickFilesystem(Argument mount) {
    return program.call(
        SyscallNumber.FSPICK, mount, empty, Argument.of(FSPICK_CLOEXEC | FSPICK_EMPTY_PATH));
  }

  /**
   * Changes a mount alone.
   *
   * @param mount its descriptor
   * @param set {@code MOUNT_ATTR_} bits
   * @param clear {@code MOUNT_ATTR_} bits
   * @param propagation one of {@code MS_PRIVATE}, {@code MS_SLAVE}, {@code MS_SHARED}, {@code
   *     MS_UNBINDABLE}, or 0 to leave it
   */
  void setAttributes(Argument mount, long set, long clear, long propagation) {
    program.call(
        SyscallNumber.MOUNT_SETATTR,
        mount,
        empty,
        Argument.of(Open.AT_EMPTY_PATH),
        plan.longs(set, clear, propagation, 0),
        Argument.of(MOUNT_ATTR_BYTES));
  }

  void moveMount(Argument mount, Argument target) {
    move(mount, target, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
  }

  /** Puts a private mount into the peer group of another one, and below its master. */
  void shareGroup(Argument from, Argument to) {
    move(from, to, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH | MOVE_MOUNT_SET_GROUP);
  }

  private void move(Argument from, Argument to, int flags) {
    program.call(SyscallNumber.MOVE_MOUNT, from, empty, to, empty, Argument.of(flags));
  }

  /** Makes a mount the root of the namespace; every other one goes. */
  void pivot(Argument mount) {
    Argument here = plan.text(".");
    program.call(SyscallNumber.FCHDIR, mount);
    program.call(SyscallNumber.PIVOT_ROOT, here, here); // the old root is now on the new one
    program.call(SyscallNumber.UMOUNT2, here, Argument.of(MNT_DETACH));
    program.call(SyscallNumber.CHDIR, plan.text("/"));
  }

  void close(Argument fd) {
    program.call(SyscallNumber.CLOSE, fd);
  }
}
