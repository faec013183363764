package org.stasis.engine.regular;

import com.google.protobuf.ByteString;
import org.stasis.engine.UndoStep;
import org.stasis.engine.files.MadeName;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.Verb;

/**
 * Plans the opening of a file under a name that it gets for just that moment. Where the name is
 * taken the file is opened under the one it has; only {@code /proc} shows the difference.
 */
final class TakenName {
  private static final int RENAME_NOREPLACE = 1;

  private final FilePlanner planner;
  private final Program program;
  private final boolean directory;

  /**
   * Prepares.
   *
   * @param directory whether the file is one: it has but one name, which changes
   * @param planner of the cluster
   */
  TakenName(boolean directory, FilePlanner planner) {
    this.directory = directory;
    this.planner = planner;
    this.program = planner.program();
  }

  /**
   * Appends the opening.
   *
   * @param name that the file has
   * @param wanted name that it shall be opened by; the directories above it are there
   * @param flags open flags
   * @return the descriptor
   */
  Argument planOpening(Argument name, ByteString wanted, int flags) {
    MadeName.planPassing(
        directory ? UndoStep.Kind.RMDIR : UndoStep.Kind.UNLINK, Paths.text(wanted), planner);
    Argument here = Argument.of(Open.AT_FDCWD);
    Argument to = Paths.argument(wanted, planner.plan());
    Argument moved =
        directory
            ? program.call(
                Expect.ANY,
                SyscallNumber.RENAMEAT2,
                here,
                name,
                here,
                to,
                Argument.of(RENAME_NOREPLACE))
            : program.call(Expect.ANY, SyscallNumber.LINKAT, here, name, here, to, Argument.ZERO);
    Argument found = planner.plan().ints(0);
    program.add(Verb.SKIP, Expect.ANY, moved, Argument.of(3)); // zero: the name was free
    store(found, open(name, flags));
    program.add(Verb.SKIP, Expect.ANY, Argument.ZERO, Argument.of(3));
    store(found, open(to, flags));
    program.call(SyscallNumber.UNLINKAT, here, to, Argument.of(directory ? Open.AT_REMOVEDIR : 0));
    return Argument.word(found.value());
  }

  private Argument open(Argument file, int flags) {
    return program.call(SyscallNumber.OPENAT, Argument.of(Open.AT_FDCWD), file, Argument.of(flags));
  }

  private void store(Argument where, Argument what) {
    program.add(Verb.STORE32, Expect.ANY, where, what);
  }
}
