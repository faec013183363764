package org.stasis.engine.regular;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 * Makes the directories above a path for as long as the path is needed: those that are there
 * already stay, others go again.
 */
final class MissingDirectories {
  private static final int MODE = 0700;

  private final Program program;
  private final FilePlanner planner;
  private final Map<ByteString, Argument> made = new LinkedHashMap<>();

  MissingDirectories(FilePlanner planner) {
    this.planner = planner;
    this.program = planner.program();
  }

  /** Appends the making; what else is wrong with the path shows when it is used. */
  void planMaking(ByteString path) {
    for (ByteString parent : Paths.parents(path)) {
      if (!made.containsKey(parent)) {
        MadeName.planPassing(UndoStep.Kind.RMDIR, Paths.text(parent), planner);
        made.put(
            parent,
            program.call(
                Expect.ANY,
                SyscallNumber.MKDIRAT,
                Argument.of(Open.AT_FDCWD),
                Paths.argument(parent, planner.plan()),
                Argument.of(MODE)));
      }
    }
  }

  /** Appends the removing of those that were made, the lowest first. */
  void planRemoving() {
    List<Map.Entry<ByteString, Argument>> all = new ArrayList<>(made.entrySet());
    for (Map.Entry<ByteString, Argument> directory : all.reversed()) {
      program.add(Verb.SKIP, Expect.ANY, directory.getValue(), Argument.of(1)); // made: zero
      program.add(Verb.SKIP, Expect.ANY, Argument.ZERO, Argument.of(1));
      program.call(
          Expect.ANY, // somebody may use it by now
          SyscallNumber.UNLINKAT,
          Argument.of(Open.AT_FDCWD),
          Paths.argument(directory.getKey(), planner.plan()),
          Argument.of(Open.AT_REMOVEDIR));
    }
  }
}
