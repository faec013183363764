package org.stasis.shim;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.stasis.linux.SyscallException;
import org.stasis.shim.cli.StasisDoor;
import org.stasis.shim.criu.CriuDoor;
import org.stasis.shim.engine.Doors;
import org.stasis.shim.engine.EngineControl;
import org.stasis.shim.engine.RunFolder;
import org.stasis.shim.runc.RuncDoor;

/** The doors of the distribution, by the names under which callers find the launcher. */
final class StandardDoors implements Doors {
  /** What the names of the door of runtimes begin with; the real runtime's name follows. */
  private static final String RUNTIME = "stasis-";

  private static final String HOOK = "hook";

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
    StasisDoor door = new StasisDoor(caller -> new CallerEngine(installation, caller), control);
    return caller -> {
      List<String> words = caller.arguments();
      return words.size() > 1 && words.get(1).equals(HOOK) ? hook(caller) : door.serve(caller);
    };
  }

  private int hook(Caller caller) throws Exception {
    return hooks().orElseThrow().serve(caller, control); // the distribution has it
  }

  private static Optional<HookCommand> hooks() {
    return ServiceLoader.load(HookCommand.class).findFirst();
  }

  /** Loads nothing where no container has been recorded. */
  @Override
  public void resident() {
    if (Files.isDirectory(Path.of(RunFolder.CONTAINERS_PATH))) {
      hooks().ifPresent(command -> command.resume(control));
    }
  }
}
