package org.stasis.engine.tty;

import org.stasis.engine.spi.FilePlanner;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.Terminal;
import org.stasis.linux.Termios;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Program;

/**
 * Plans what was queued in a pseudo-terminal. What the slave's readers are to get is typed byte by
 * byte, for that takes effect at once, whereas what is written to the master is looked at later,
 * perhaps under other settings. What the master's reader is to get is written to the slave.
 */
final class QueuePlan {
  private final FilePlanner planner;
  private final Program program;

  QueuePlan(FilePlanner planner) {
    this.planner = planner;
    this.program = planner.program();
  }

  /**
   * Appends both.
   *
   * @param slave a new descriptor of the slave, closed in the end
   * @param wanted the settings it will have
   * @param forMaster bytes
   * @param forSlave bytes
   */
  void plan(Argument slave, Termios wanted, byte[] forMaster, byte[] forSlave) {
    Termios quiet = Typing.settings(wanted);
    settings(slave, quiet.withFlags(0, 0, quiet.localFlags()));
    if (forMaster.length > 0) {
      program.call(
          Expect.equal(forMaster.length),
          SyscallNumber.WRITE,
          slave,
          Argument.channel(planner.plan().data(forMaster)),
          Argument.of(forMaster.length));
    }
    byte[] typing = Typing.of(forSlave, wanted);
    if (typing.length > 0) {
      long data = planner.plan().data(typing);
      for (int i = 0; i < typing.length; i++) {
        program.call(
            SyscallNumber.IOCTL, slave, Argument.of(Terminal.TIOCSTI), Argument.channel(data + i));
      }
    }
    program.call(SyscallNumber.CLOSE, slave);
  }

  private void settings(Argument fd, Termios settings) {
    program.call(
        SyscallNumber.IOCTL,
        fd,
        Argument.of(Terminal.TCSETS),
        Argument.channel(planner.plan().data(settings.bytes())));
  }
}
