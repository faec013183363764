package org.stasis.engine.limits;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.EngineAction;
import org.stasis.engine.spi.RebuiltTree;
import org.stasis.images.proto.MmEntry;
import org.stasis.images.proto.TaskCoreEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/**
 * What a process is rated by through files of {@code /proc/PID}, see proc(5): {@code
 * oom_score_adj}, {@code coredump_filter}, {@code autogroup}. They are written from outside when
 * all processes exist; until then each has what the root task began with.
 */
public final class ProcessRatings implements EngineAction {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessRatings.class);

  private record Rated(int pid, String name, TaskCoreEntry core, MmEntry mm) {}

  private final List<Rated> processes = new ArrayList<>();

  /**
   * Reads them.
   *
   * @param proc of the process
   * @param leadsSession whether the autogroup is its to set
   * @param core takes the score and the autogroup's nice value
   * @param mm takes the filter
   * @throws SyscallException when the process is gone
   */
  public static void capture(
      ProcTask proc, boolean leadsSession, TaskCoreEntry.Builder core, MmEntry.Builder mm)
      throws SyscallException {
    core.setOomScoreAdj(proc.oomScoreAdj());
    Integer filter = proc.coredumpFilter();
    if (filter != null) {
      mm.setCoredumpFilter(filter);
    }
    Integer nice = leadsSession ? proc.autogroupNice() : null;
    if (nice != null && nice != 0) {
      core.setAutogroupNice(nice);
    }
  }

  /**
   * Takes a process on.
   *
   * @param pid as in the images
   * @param name for messages
   * @param core of its images
   * @param mm of its images
   */
  public void add(int pid, String name, TaskCoreEntry core, MmEntry mm) {
    processes.add(new Rated(pid, name, core, mm));
  }

  @Override
  public void run(RebuiltTree tree) throws StasisException {
    try (ProcFs proc = ProcFs.open();
        ProcTask root = proc.task(tree.hostPid(tree.root()))) {
      int score = root.oomScoreAdj();
      Integer filter = root.coredumpFilter();
      for (Rated process : processes) {
        if (process.core().hasOomScoreAdj() && process.core().getOomScoreAdj() != score) {
          write(tree, process, "oom_score_adj", process.core().getOomScoreAdj());
        }
        if (process.mm().hasCoredumpFilter()
            && filter != null
            && process.mm().getCoredumpFilter() != filter) {
          write(tree, process, "coredump_filter", process.mm().getCoredumpFilter());
        }
        if (process.core().hasAutogroupNice()) {
          write(tree, process, "autogroup", process.core().getAutogroupNice());
        }
      }
    } catch (SyscallException e) {
      throw new StasisException("", "reading how the root task is rated", "", e);
    }
  }

  private static void write(RebuiltTree tree, Rated process, String file, int value)
      throws StasisException {
    byte[] text = Integer.toString(value).getBytes(StandardCharsets.US_ASCII);
    try (Fd fd = Fd.open("/proc/" + tree.hostPid(process.pid()) + "/" + file, Open.O_WRONLY)) {
      fd.write(text, 0, text.length);
    } catch (SyscallException e) {
      if (e.is(Errno.EACCES) || e.is(Errno.EPERM) || e.is(Errno.ENOENT)) {
        LOG.warn("{}: {} does not become {}: {}", process.name(), file, value, e.getMessage());
        return;
      }
      throw new StasisException(process.name(), "setting " + file + " to " + value, "", e);
    }
  }
}
