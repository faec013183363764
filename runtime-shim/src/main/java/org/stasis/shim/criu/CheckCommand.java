package org.stasis.shim.criu;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.CheckpointEngine;
import org.stasis.engine.options.CheckOptions;
import org.stasis.engine.options.Feature;
import org.stasis.linux.SyscallException;

/** {@code criu check}: whether this machine can dump and restore. */
final class CheckCommand {
  private static final Logger LOG = LoggerFactory.getLogger(CheckCommand.class);

  private final CheckpointEngine engine;
  private final Settings settings;
  private final Terminal terminal;

  CheckCommand(CheckpointEngine engine, Settings settings, Terminal terminal) {
    this.engine = engine;
    this.settings = settings;
    this.terminal = terminal;
  }

  int run() throws UsageException, SyscallException {
    Optional<String> name = settings.value(CriuOption.FEATURE);
    return name.isPresent() ? feature(name.get()) : everything();
  }

  private int feature(String name) throws UsageException, SyscallException {
    Feature feature =
        Feature.named(name).orElseThrow(() -> new UsageException("unknown feature " + name));
    Optional<String> missing = new Features(engine).missing(feature);
    if (missing.isPresent()) {
      LOG.warn("{}: {}", name, missing.get());
      return CriuSession.FAILURE;
    }
    terminal.output(name + " is supported\n");
    return CriuSession.SUCCESS;
  }

  private int everything() throws SyscallException {
    boolean unprivileged = settings.on(CriuOption.UNPRIVILEGED);
    Map<String, String> needed = missing(false, false, unprivileged);
    if (!needed.isEmpty()) {
      needed.forEach((what, why) -> LOG.error("{}: {}", what, why));
      return CriuSession.FAILURE;
    }
    boolean extra = settings.on(CriuOption.EXTRA) || settings.on(CriuOption.ALL);
    boolean experimental = settings.on(CriuOption.EXPERIMENTAL) || settings.on(CriuOption.ALL);
    if (extra || experimental) {
      Map<String, String> wanted = missing(extra, experimental, unprivileged);
      if (!wanted.isEmpty()) {
        wanted.forEach((what, why) -> LOG.warn("{}: {}", what, why));
        terminal.output(
            """
            Looks good but some kernel features are missing
            which, depending on your process tree, may cause
            dump or restore failure.
            """);
        return CriuSession.FAILURE;
      }
    }
    terminal.output("Looks good.\n");
    return CriuSession.SUCCESS;
  }

  private Map<String, String> missing(boolean extra, boolean experimental, boolean unprivileged) {
    return engine.check(new CheckOptions(Set.of(), extra, experimental, unprivileged)).missing();
  }
}
