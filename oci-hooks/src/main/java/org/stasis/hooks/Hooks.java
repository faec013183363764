package org.stasis.hooks;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.stasis.linux.Fd;
import org.stasis.shim.Caller;
import org.stasis.shim.HookCommand;
import org.stasis.shim.engine.EngineControl;
import org.stasis.shim.engine.RunFolder;
import org.stasis.shim.runc.JsonObject;
import org.stasis.shim.runc.RuntimeFailure;

/** {@code stasis hook STAGE}: what an OCI runtime calls, with the container's state as input. */
public final class Hooks implements HookCommand {
  private static final int STANDARD_INPUT = 0;
  private static final int STANDARD_ERROR = 2;
  private static final int STAGE = 2; // stasis hook STAGE
  private static final int PIECE = 8192;
  private static final int LIMIT_BYTES = 1 << 20;

  private final Records records;
  private final Path launcher;

  /** With the records in their place, in the distribution that this process is of. */
  public Hooks() {
    this(
        new Records(Path.of(RunFolder.CONTAINERS_PATH)),
        Path.of(System.getProperty("user.dir")).resolveSibling("bin/stasis-runc"));
  }

  Hooks(Records records, Path launcher) {
    this.records = records;
    this.launcher = launcher;
  }

  @Override
  public int serve(Caller caller, EngineControl control) throws IOException {
    try {
      List<String> words = caller.arguments();
      if (words.size() != STAGE + 1) {
        throw new HookFailure("usage: stasis hook createRuntime|poststart|poststop <STATE");
      }
      Stage stage = Stage.named(words.get(STAGE));
      ContainerState state = ContainerState.parse(input(caller));
      switch (stage) {
        case CREATE_RUNTIME -> record(state, caller, control);
        case POSTSTART -> begin(state.id(), control);
        case POSTSTOP -> records.delete(state.id());
      }
      return 0;
    } catch (HookFailure | IOException e) {
      String missing = e instanceof NoSuchFileException ? ": no such file or directory" : "";
      String line = "stasis hook: " + e.getMessage() + missing + "\n";
      try (Fd errors = caller.descriptor(STANDARD_ERROR)) {
        errors.writeFully(line.getBytes(StandardCharsets.UTF_8));
      }
      return 1;
    }
  }

  private static String input(Caller caller) throws IOException, HookFailure {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    byte[] piece = new byte[PIECE];
    try (Fd input = caller.descriptor(STANDARD_INPUT)) {
      int got;
      while ((got = input.read(piece, 0, PIECE)) > 0) {
        text.write(piece, 0, got);
        if (text.size() > LIMIT_BYTES) {
          throw new HookFailure("the state on standard input is too long");
        }
      }
    }
    return text.toString(StandardCharsets.UTF_8);
  }

  private void record(ContainerState state, Caller caller, EngineControl control)
      throws IOException, HookFailure {
    Optional<CheckpointPolicy> policy = CheckpointPolicy.of(state.annotations());
    Path bundle = Path.of(state.bundle());
    Path config = bundle.resolve("config.json");
    Map<String, Object> surroundings;
    try {
      JsonObject spec = JsonObject.parse(config.toString(), Files.readString(config));
      surroundings = new Surroundings(spec, bundle, state.pid()).json();
    } catch (RuntimeFailure e) {
      throw new HookFailure(String.valueOf(e.getMessage()), e);
    }
    CallingRuntime runtime = CallingRuntime.of(caller.pid());
    Init init = Init.of(state.pid());
    records.write(ContainerRecord.of(state, init, runtime, surroundings, policy));
    if (runtime.isRestoring()) {
      begin(state.id(), control); // runtimes have no poststart for a restored container
    }
  }

  private void begin(String id, EngineControl control) throws IOException, HookFailure {
    ContainerRecord record =
        records
            .read(id)
            .orElseThrow(
                () -> new HookFailure("container " + id + " was not recorded at createRuntime"));
    Optional<CheckpointPolicy> policy = record.policy();
    if (policy.isPresent() && !undertake(record, policy.get(), control)) {
      throw new HookFailure(
          "container "
              + id
              + " asks for regular checkpoints, which a resident engine alone makes; this one"
              + " serves a single call (STASIS_ENGINE, or namespaces of the container tool's own)");
    }
  }

  private boolean undertake(
      ContainerRecord record, CheckpointPolicy policy, EngineControl control) {
    return control.undertake(
        "checkpoints-" + record.id(),
        new RegularCheckpoints(record, policy, records, launcher, control::say));
  }

  @Override
  public void resume(EngineControl control) {
    try {
      for (String id : records.ids()) {
        Optional<ContainerRecord> record = records.read(id);
        if (record.isPresent() && !record.get().init().isAlive()) {
          records.delete(id);
        } else if (record.isPresent() && record.get().policy().isPresent()) {
          undertake(record.get(), record.get().policy().get(), control);
        }
      }
    } catch (IOException e) {
      control.say("regular checkpoints are not taken up again: " + e);
    }
  }
}
