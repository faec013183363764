package org.stasis.engine.tty;

import org.stasis.engine.ActionRefusedException;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.EngineAction;
import org.stasis.engine.spi.RebuiltTree;
import org.stasis.linux.Fd;
import org.stasis.linux.PidFd;
import org.stasis.linux.SyscallException;

/**
 * Hands the master of a terminal, which the tree never had, to the caller.
 *
 * @param task who made it, pid as in the images
 * @param number under which it still has it
 */
record OrphanMaster(int task, long number) implements EngineAction {
  @Override
  public void run(RebuiltTree tree) throws StasisException {
    try (PidFd maker = PidFd.open(tree.hostPid(task), 0);
        Fd master = maker.getFd((int) number)) {
      tree.actions().orphanPtsMaster(master);
    } catch (SyscallException e) {
      throw new StasisException("", "handing over a terminal", "", e);
    } catch (ActionRefusedException e) {
      throw new StasisException(
          "", "handing over a terminal", String.valueOf(e.getMessage()), 0, "", e);
    }
  }
}
