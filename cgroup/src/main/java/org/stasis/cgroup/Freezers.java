package org.stasis.cgroup;

import java.nio.file.Path;
import java.util.Optional;
import org.stasis.engine.spi.Freezer;
import org.stasis.linux.SyscallException;

/** The state of freezer groups, of both versions. */
final class Freezers {
  private static final String STATE = "freezer.state";
  private static final String SELF = "freezer.self_freezing";
  private static final String FREEZE = "cgroup.freeze";
  private static final String EVENTS = "cgroup.events";

  private Freezers() {}

  /**
   * The group that keeps the tasks of a group frozen: itself, or one above it.
   *
   * @param directory of a group, in a freezer hierarchy or in that of version 2
   * @return the group to thaw, empty when the tasks are not frozen
   */
  static Optional<Freezer.Group> frozen(Path directory) throws SyscallException {
    if (!isFrozen(directory)) {
      return Optional.empty();
    }
    for (Path at = directory; at != null && isFrozen(at); at = at.getParent()) {
      if (isFrozenHere(at)) {
        return Optional.of(new Frozen(at, GroupFile.read(at, STATE).isPresent()));
      }
    }
    return Optional.empty();
  }

  private static boolean isFrozen(Path directory) throws SyscallException {
    Optional<String> state = GroupFile.read(directory, STATE);
    if (state.isPresent()) {
      return !state.get().equals("THAWED");
    }
    // freezing takes a moment: the wish counts as well
    return GroupFile.read(directory, EVENTS).orElse("").contains("frozen 1")
        || isFrozenHere(directory);
  }

  private static boolean isFrozenHere(Path directory) throws SyscallException {
    return GroupFile.read(directory, SELF).orElse("").equals("1")
        || GroupFile.read(directory, FREEZE).orElse("").equals("1");
  }

  private record Frozen(Path directory, boolean versionOne) implements Freezer.Group {
    @Override
    public void thaw() throws SyscallException {
      set("THAWED", "0");
    }

    @Override
    public void freeze() throws SyscallException {
      set("FROZEN", "1");
    }

    private void set(String state, String freeze) throws SyscallException {
      if (versionOne) {
        GroupFile.write(directory, STATE, state);
      } else {
        GroupFile.write(directory, FREEZE, freeze);
      }
    }
  }
}
