package org.stasis.engine.tty;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Descriptions;
import org.stasis.engine.files.Owner;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.Mounts;
import org.stasis.engine.spi.Stage;
import org.stasis.images.proto.RegFileEntry;
import org.stasis.images.proto.TtyFileEntry;
import org.stasis.images.proto.TtyInfoEntry;
import org.stasis.linux.Device;
import org.stasis.linux.KernelString;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.Terminal;
import org.stasis.linux.Termios;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Program;

/**
 * Plans all pseudo-terminals of a tree, the lowest number first. Slaves are opened through their
 * master (TIOCGPTPEER), which needs no path.
 */
final class PtyPlan {
  private static final int PERMISSIONS = 07777;

  private final Map<Integer, byte[]> queues;
  private final ControllingTerminals controlling;
  private final FilePlanner planner;
  private final Program program;

  /** A description of one end. */
  record End(TtyFileEntry file, TtyInfoEntry info, RegFileEntry name) {
    boolean isMaster() {
      return TtyNumbers.isMaster(info.getId());
    }
  }

  PtyPlan(Map<Integer, byte[]> queues, ControllingTerminals controlling, FilePlanner planner) {
    this.queues = queues;
    this.controlling = controlling;
    this.planner = planner;
    this.program = planner.program();
  }

  void plan(List<End> ends) throws StasisException {
    Map<Integer, List<End>> terminals = new TreeMap<>();
    for (End end : ends) {
      int index = TtyNumbers.index(end.info().getId());
      terminals.computeIfAbsent(index, _ -> new ArrayList<>()).add(end);
    }
    for (List<End> terminal : terminals.values()) {
      plan(new Pty(terminal));
    }
  }

  /** One pseudo-terminal. */
  private static final class Pty {
    final List<End> slaves = new ArrayList<>();
    @Nullable End master;

    Pty(List<End> ends) throws StasisException {
      for (End end : ends) {
        if (!end.isMaster()) {
          slaves.add(end);
        } else if (master == null) {
          master = end;
        } else {
          throw new StasisException(
              "",
              "restoring file " + end.file().getId(),
              "a master has two descriptions",
              0,
              "The images are damaged.",
              null);
        }
      }
    }

    End any() {
      return master != null ? master : slaves.getFirst();
    }

    int index() {
      return TtyNumbers.index(any().info().getId());
    }

    boolean isHungUp() {
      return master == null && !slaves.getFirst().info().hasTermios();
    }
  }

  private void plan(Pty pty) throws StasisException {
    if (pty.master == null && !pty.isHungUp() && (isCallers(pty) || isConsole(pty))) {
      new CallersTerminal(planner).plan(pty.slaves);
      planControlling(pty);
      return;
    }
    if (pty.master == null && !pty.isHungUp() && !planner.options().orphanPtsMaster()) {
      throw new StasisException(
          planner.describe(planner.task()),
          "restoring " + describe(pty.any()),
          "the other end of this terminal was outside of the tree",
          0,
          "Use --orphan-pts-master with a caller that takes it, or --shell-job.",
          null);
    }
    program.why("making " + describe(pty.any()));
    Argument fd = pty.isHungUp() ? open(pty) : mounted(pty).orElseGet(() -> open(pty));
    set(fd, Terminal.TIOCSPTLCK, 0);
    Argument master = keep(pty.master, fd);
    List<Argument> slaves = openSlaves(pty, master);
    applySettings(pty, master);
    finish(pty, master, slaves);
  }

  private Argument open(Pty pty) {
    DevPts devPts = new DevPts(name(pty.any()), pty.index(), planner);
    return pty.master != null ? devPts.openExactly() : devPts.openIfFree();
  }

  /** A terminal that was made with the mounts, because its slave is mounted somewhere. */
  private Optional<Argument> mounted(Pty pty) {
    Optional<Mounts> mounts = planner.kind(Mounts.class);
    if (mounts.isEmpty()) {
      return Optional.empty();
    }
    long device = Integer.toUnsignedLong(pty.any().info().getDev());
    return mounts
        .get()
        .takeTerminal(Device.ofUserEncoding(device).kernelEncoding(), pty.index())
        .map(master -> program.call(SyscallNumber.DUP, master));
  }

  /** With a shell job, terminals of sessions outside of the tree become the caller's. */
  private boolean isCallers(Pty pty) {
    return planner.options().shellJob()
        && !planner.tasks().contains(pty.slaves.getFirst().info().getSid());
  }

  /** In a container that is filled, what was the terminal of its first session is so again. */
  private boolean isConsole(Pty pty) {
    int first = planner.tasks().getFirst();
    return planner.box().map(init -> init.box().console()).orElse(false)
        && pty.slaves.getFirst().info().getSid() == first;
  }

  private String describe(End end) {
    return Descriptions.name(planner, end.file().getId(), name(end));
  }

  private static String name(End end) {
    return KernelString.decode(end.name().getNameBytes().toByteArray());
  }

  /** The master gets the number it keeps until the tree is released. */
  private Argument keep(@Nullable End master, Argument fd) {
    if (master != null) {
      Descriptions.setFlags(program, fd, master.file().getFlags(), 0);
      planner.opened(master.file().getId(), fd);
      Owner.plan(planner, master.file().getId(), master.file().getFown(), master.file().getFlags());
      return planner.descriptor(planner.task(), master.file().getId());
    }
    Argument number = planner.spareDescriptor();
    program.call(SyscallNumber.DUP3, fd, number, Argument.of(Open.O_CLOEXEC));
    program.call(SyscallNumber.CLOSE, fd);
    return number;
  }

  private List<Argument> openSlaves(Pty pty, Argument master) {
    List<Argument> opened = new ArrayList<>();
    for (End slave : pty.slaves) {
      program.why("opening " + describe(slave));
      int flags = slave.file().getFlags() & Open.O_ACCMODE;
      Argument fd = peer(master, flags);
      Descriptions.setFlags(program, fd, slave.file().getFlags(), 0);
      planner.opened(slave.file().getId(), fd);
      Owner.plan(planner, slave.file().getId(), slave.file().getFown(), slave.file().getFlags());
      opened.add(planner.descriptor(planner.task(), slave.file().getId()));
    }
    return opened;
  }

  private Argument peer(Argument master, int flags) {
    return program.call(
        SyscallNumber.IOCTL,
        master,
        Argument.of(Terminal.TIOCGPTPEER),
        Argument.of(flags | Open.O_NOCTTY));
  }

  private void applySettings(Pty pty, Argument master) {
    TtyInfoEntry info = pty.slaves.isEmpty() ? pty.any().info() : pty.slaves.getFirst().info();
    if (!info.hasTermios()) {
      return;
    }
    program.why("setting " + describe(pty.any()));
    Termios settings = TtySettings.settings(info.getTermios());
    planQueues(pty, master, settings);
    settings(master, Terminal.TCSETS, settings);
    if (info.hasTermiosLocked() && TtySettings.locksAnything(info.getTermiosLocked())) {
      settings(master, Terminal.TIOCSLCKTRMIOS, TtySettings.settings(info.getTermiosLocked()));
    }
    if (info.hasWinsize()) {
      program.call(
          SyscallNumber.IOCTL,
          master,
          Argument.of(Terminal.TIOCSWINSZ),
          Argument.channel(planner.plan().data(TtySettings.size(info.getWinsize()).bytes())));
    }
  }

  private void settings(Argument fd, int request, Termios settings) {
    program.call(
        SyscallNumber.IOCTL,
        fd,
        Argument.of(request),
        Argument.channel(planner.plan().data(settings.bytes())));
  }

  private void planQueues(Pty pty, Argument master, Termios settings) {
    int slaveId = TtyNumbers.info(pty.index(), false);
    byte[] forSlave = queues.getOrDefault(slaveId, new byte[0]);
    byte[] forMaster = queues.getOrDefault(TtyNumbers.masterOf(slaveId), new byte[0]);
    if (pty.master == null || pty.slaves.isEmpty()) {
      return;
    }
    if (forSlave.length + forMaster.length > 0) {
      program.why(
          "putting back what was queued in " + describe(pty.any()),
          "This needs CAP_SYS_ADMIN over the machine.");
      new QueuePlan(planner).plan(peer(master, Open.O_RDWR), settings, forMaster, forSlave);
    }
  }

  private void finish(Pty pty, Argument master, List<Argument> slaves) {
    if (pty.slaves.isEmpty()) {
      if (pty.any().info().getSlaveClosed()) {
        program.call(SyscallNumber.CLOSE, peer(master, Open.O_RDWR));
      }
    } else {
      setInode(pty.slaves.getFirst(), slaves.getFirst());
    }
    if (pty.master != null) {
      TtyInfoEntry info = pty.master.info();
      if (info.getPacketMode()) {
        set(master, Terminal.TIOCPKT, 1);
      }
      if (info.getLocked()) {
        set(master, Terminal.TIOCSPTLCK, 1);
      }
      setExclusive(info, master);
    } else if (pty.isHungUp()) {
      program.why("hanging up " + describe(pty.any()));
      program.call(SyscallNumber.CLOSE, master);
    } else {
      planner.before(Stage.RELEASE, new OrphanMaster(planner.task(), master.value()));
    }
    if (!pty.slaves.isEmpty()) {
      End slave = pty.slaves.getFirst();
      setExclusive(slave.info(), slaves.getFirst());
      if (!pty.isHungUp()) {
        planControlling(pty);
      }
    }
  }

  private void planControlling(Pty pty) {
    End slave = pty.slaves.getFirst();
    int leader = slave.info().getSid();
    if (planner.tasks().contains(leader)) {
      controlling.add(leader, slave.info().getPgrp(), slave.file().getId());
    }
  }

  private void setInode(End slave, Argument fd) {
    TtyInfoEntry info = slave.info();
    if (info.hasUid() && info.hasGid()) {
      program.call(
          SyscallNumber.FCHOWN, fd, Argument.of(info.getUid()), Argument.of(info.getGid()));
    }
    if (slave.name().hasMode()) {
      program.call(SyscallNumber.FCHMOD, fd, Argument.of(slave.name().getMode() & PERMISSIONS));
    }
  }

  private void setExclusive(TtyInfoEntry info, Argument fd) {
    if (info.getExclusive()) {
      program.call(SyscallNumber.IOCTL, fd, Argument.of(Terminal.TIOCEXCL), Argument.ZERO);
    }
  }

  private void set(Argument fd, long request, int value) {
    program.call(SyscallNumber.IOCTL, fd, Argument.of(request), planner.plan().ints(value));
  }
}
