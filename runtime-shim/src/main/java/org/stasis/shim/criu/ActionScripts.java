package org.stasis.shim.criu;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.Action;
import org.stasis.engine.ActionListener;
import org.stasis.engine.ActionRefusedException;
import org.stasis.linux.Fd;
import org.stasis.linux.Stat;
import org.stasis.shim.Caller;
import org.stasis.shim.log.SessionLog;

/**
 * Programs run at each stage, the last one given first, with the stage in their environment. Each
 * runs even when one before it failed; any status but 0 refuses the stage.
 *
 * <p>They run in the work directory with the caller's environment; what they print goes where the
 * log goes. They are children of the engine, not of the caller.
 */
final class ActionScripts implements ActionListener {
  private static final Logger LOG = LoggerFactory.getLogger(ActionScripts.class);

  private final List<String> scripts;
  private final Caller caller;
  private final Directories directories;
  private final SessionLog log;

  /**
   * Prepares to run scripts.
   *
   * @param scripts as the caller wrote them: absolute, or relative to the work directory
   */
  ActionScripts(List<String> scripts, Caller caller, Directories directories, SessionLog log) {
    this.scripts = scripts.reversed();
    this.caller = caller;
    this.directories = directories;
    this.log = log;
  }

  @Override
  public void reached(Action stage, OptionalInt rootPid) throws ActionRefusedException {
    List<String> failures = new ArrayList<>();
    for (String script : scripts) {
      String failure = run(script, stage, rootPid);
      if (!failure.isEmpty()) {
        failures.add("script " + script + " " + failure);
      }
    }
    if (!failures.isEmpty()) {
      throw new ActionRefusedException(stage, String.join(", ", failures));
    }
  }

  /** Runs one script; tells how it failed, or nothing. */
  private String run(String script, Action stage, OptionalInt rootPid) {
    Path program =
        script.startsWith("/")
            ? caller.resolve(script)
            : directories.workSeenByOthers().resolve(script);
    ProcessBuilder builder = new ProcessBuilder(program.toString());
    builder.directory(directories.workSeenByOthers().toFile());
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.putAll(environment(stage, rootPid));
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    LOG.debug("running script {} for {}", script, stage.word());
    try {
      int status = await(start(builder));
      return status == 0 ? "" : "ended with status " + status;
    } catch (IOException e) {
      return "cannot be run: " + e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "was interrupted";
    }
  }

  private Map<String, String> environment(Action stage, OptionalInt rootPid) {
    Map<String, String> environment = new HashMap<>(caller.environment());
    environment.put("CRTOOLS_SCRIPT_ACTION", stage.word());
    environment.put("CRTOOLS_IMAGE_DIR", directories.imagesSeenByOthers().toString());
    if (rootPid.isPresent()) {
      environment.put("CRTOOLS_INIT_PID", Integer.toString(rootPid.getAsInt()));
    }
    return environment;
  }

  private int await(Process process) throws InterruptedException {
    caller.onCancel(process::destroy);
    return process.waitFor();
  }

  /** Starts it with the log as its output; a log that is a socket cannot be opened again. */
  private Process start(ProcessBuilder builder) throws IOException {
    Optional<Fd> output = log.destination();
    if (output.isEmpty()) {
      builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
      builder.redirectError(ProcessBuilder.Redirect.DISCARD);
      return builder.start();
    }
    File file = new File("/proc/self/fd/" + output.get().number());
    if (output.get().stat().type() == Stat.S_IFSOCK) {
      builder.redirectErrorStream(true);
      Process process = builder.start();
      Fd copy = output.get().duplicate();
      Thread.ofPlatform().daemon().name("script output").start(() -> pump(process, copy));
      return process;
    }
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(file));
    builder.redirectError(ProcessBuilder.Redirect.appendTo(file));
    return builder.start();
  }

  /** Copies what a script prints, until the last process that can print has ended. */
  private static void pump(Process process, Fd output) {
    byte[] buffer = new byte[8192];
    try (output;
        InputStream printed = process.getInputStream()) {
      for (int n = printed.read(buffer); n >= 0; n = printed.read(buffer)) {
        for (int done = 0; done < n; ) {
          done += output.write(buffer, done, n - done);
        }
      }
    } catch (IOException e) {
      LOG.warn("the output of a script is lost", e);
    }
  }
}
