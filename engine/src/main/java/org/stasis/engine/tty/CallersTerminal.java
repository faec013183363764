package org.stasis.engine.tty;

import java.util.List;
import org.stasis.engine.files.Descriptions;
import org.stasis.engine.files.Owner;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.images.proto.TtyInfoEntry;
import org.stasis.linux.KernelString;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.Terminal;
import org.stasis.linux.Termios;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Program;

/**
 * The terminal that is the root agent's standard input: the one a restore is called from, or that
 * of a container which is filled. It takes the place of the one that a shell job, or the container,
 * had. The settings become those of the images; the window of a caller's terminal stays as it is,
 * that of a container's, which nobody may look at yet, becomes what it was.
 */
final class CallersTerminal {
  private static final int STANDARD_INPUT = 0;

  private final FilePlanner planner;

  CallersTerminal(FilePlanner planner) {
    this.planner = planner;
  }

  void plan(List<PtyPlan.End> slaves) {
    Argument terminal = planner.spareDescriptor();
    Program launcher = planner.rootAgent();
    launcher.why("passing on the caller's terminal", "Its standard input must be a terminal.");
    launcher.call(
        SyscallNumber.DUP3, Argument.of(STANDARD_INPUT), terminal, Argument.of(Open.O_CLOEXEC));
    Program program = planner.program();
    program.why("taking over the caller's terminal", "Call the restore from a terminal.");
    program.call(
        SyscallNumber.IOCTL,
        terminal,
        Argument.of(Terminal.TCGETS),
        Argument.channel(planner.plan().reserve(Termios.BYTES)));
    for (PtyPlan.End slave : slaves) {
      String name = KernelString.decode(slave.name().getNameBytes().toByteArray());
      program.why(
          "opening the caller's terminal as "
              + Descriptions.name(planner, slave.file().getId(), name),
          "It is opened through /proc.");
      int flags = Owner.withoutAsync(slave.file().getFlags()) | Open.O_NOCTTY;
      planner.opened(slave.file().getId(), Descriptions.reopen(planner, terminal, flags));
      Owner.plan(planner, slave.file().getId(), slave.file().getFown(), slave.file().getFlags());
    }
    TtyInfoEntry info = slaves.getFirst().info();
    if (info.hasTermios()) {
      program.why("setting the caller's terminal");
      program.call(
          SyscallNumber.IOCTL,
          terminal,
          Argument.of(Terminal.TCSETS),
          Argument.channel(planner.plan().data(TtySettings.settings(info.getTermios()).bytes())));
    }
    if (info.hasWinsize() && planner.box().isPresent()) {
      program.call(
          SyscallNumber.IOCTL,
          terminal,
          Argument.of(Terminal.TIOCSWINSZ),
          Argument.channel(planner.plan().data(TtySettings.size(info.getWinsize()).bytes())));
    }
  }
}
