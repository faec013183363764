package org.stasis.shim;

import java.nio.file.Path;
import org.stasis.linux.SyscallException;
import org.stasis.shim.cli.StasisDoor;
import org.stasis.shim.criu.CriuDoor;
import org.stasis.shim.engine.Doors;
import org.stasis.shim.engine.EngineControl;
import org.stasis.shim.runc.RuncDoor;

/** The doors of the distribution, by the names under which callers find the launcher. */
final class StandardDoors implements Doors {
  /** What the names of the door of runtimes begin with; the real runtime's name follows. */
  private static final String RUNTIME = "stasis-";

  private final SharedInstallation installation;
  private final EngineControl control;

  /**
   * Makes them.
   *
   * @param control the process that they are in, which was started in the distribution's lib folder
   */
  StandardDoors(EngineControl control) {
    this.installation =
        new SharedInstallation(Path.of(System.getProperty("user.dir"), "agent.bin"));
    this.control = control;
  }

  @Override
  public Door named(String program) {
    return switch (program) {
      case "criu" -> caller -> CriuDoor.run(caller, new CallerEngine(installation, caller));
      case "runc", "crun", "youki" -> this::runtime; // whoever puts a link in such a one's place
      default -> program.startsWith(RUNTIME) ? this::runtime : stasis();
    };
  }

  private int runtime(Caller caller) throws SyscallException {
    return RuncDoor.run(caller, new CallerEngine(installation, caller));
  }

  private Door stasis() {
    return new StasisDoor(caller -> new CallerEngine(installation, caller), control);
  }
}
