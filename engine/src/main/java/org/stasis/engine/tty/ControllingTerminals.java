package org.stasis.engine.tty;

import java.util.ArrayList;
import java.util.List;
import org.stasis.engine.files.Owner;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.Stage;
import org.stasis.images.proto.TtyFileEntry;
import org.stasis.images.proto.TtyInfoEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.Terminal;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Program;

/**
 * Controlling terminals. The leader of a session takes the terminal as soon as it has begun the
 * session, for its children inherit it; there is no other way for them to have it.
 */
final class ControllingTerminals {
  private final List<Led> led = new ArrayList<>();
  private final List<Own> own = new ArrayList<>();

  /** A terminal, one of its slave's descriptions, and the leader of its session. */
  private record Led(int leader, int foreground, int file) {}

  /** An open /dev/tty in the leader of its session. */
  private record Own(TtyFileEntry tty, FilePlanner planner) {}

  /**
   * Notes a terminal.
   *
   * @param leader pid of its session's leader, which has the file open
   * @param foreground its foreground group
   * @param file id of a description of the slave
   */
  void add(int leader, int foreground, int file) {
    led.add(new Led(leader, foreground, file));
  }

  /** Plans an open {@code /dev/tty}: whatever is the controlling terminal of who opens it. */
  void planOwn(TtyFileEntry tty, TtyInfoEntry info, FilePlanner planner) {
    if (planner.task() == info.getSid()) {
      own.add(new Own(tty, planner)); // not before it has taken it
    } else {
      planner.opened(tty.getId(), open(tty, planner, planner.program()));
    }
    Owner.plan(planner, tty.getId(), tty.getFown(), tty.getFlags());
  }

  private static Argument open(TtyFileEntry tty, FilePlanner planner, Program program) {
    program.why("opening /dev/tty", "The task has no controlling terminal.");
    return program.call(
        SyscallNumber.OPENAT,
        Argument.of(Open.AT_FDCWD),
        planner.plan().text("/dev/tty"),
        Argument.of(Owner.withoutAsync(tty.getFlags()) | Open.O_NOCTTY));
  }

  void planInPlace(RebuildContext context) {
    for (Led terminal : led) {
      Argument fd = context.descriptor(terminal.leader(), terminal.file());
      Program program = context.program(terminal.leader(), Stage.SESSION);
      program.why("taking its controlling terminal", "It must not be another session's.");
      program.call(SyscallNumber.IOCTL, fd, Argument.of(Terminal.TIOCSCTTY), Argument.ZERO);
      if (terminal.foreground() != 0 && terminal.foreground() != terminal.leader()) {
        Program later = context.program(terminal.leader(), Stage.FILES_CONNECT);
        later.why("putting group " + terminal.foreground() + " into the foreground");
        later.call(
            Expect.successOr(Errno.ESRCH.number()), // of a group that has ended since
            SyscallNumber.IOCTL,
            fd,
            Argument.of(Terminal.TIOCSPGRP),
            context.plan().ints(terminal.foreground()));
      }
    }
    for (Own terminal : own) {
      FilePlanner planner = terminal.planner();
      Program program = context.program(planner.task(), Stage.SESSION);
      Argument fd = open(terminal.tty(), planner, program);
      program.call(
          SyscallNumber.DUP3,
          fd,
          planner.descriptor(planner.task(), terminal.tty().getId()),
          Argument.of(Open.O_CLOEXEC));
      program.call(SyscallNumber.CLOSE, fd);
    }
  }
}
