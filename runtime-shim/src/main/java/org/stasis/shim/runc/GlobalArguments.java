package org.stasis.shim.runc;

import java.util.List;
import java.util.Optional;

/**
 * What stands before the command, of runc's and crun's options.
 *
 * @param words the options as they were written, for a call of the real runtime
 * @param root folder of the state of all containers; nothing for the real runtime's own choice
 * @param log where errors go; nothing for standard error
 * @param logFormat {@code text}, {@code json}, or whatever was given
 * @param debug whether much is logged
 * @param criu the criu that older ones of runc are told to use; without meaning here
 * @param systemdCgroup whether systemd makes the container's cgroup
 * @param cgroupManager crun's {@code cgroupfs}, {@code systemd} or {@code disabled}
 * @param rootless {@code true}, {@code false} or {@code auto}
 */
public record GlobalArguments(
    List<String> words,
    Optional<String> root,
    Optional<String> log,
    String logFormat,
    boolean debug,
    Optional<String> criu,
    boolean systemdCgroup,
    Optional<String> cgroupManager,
    String rootless) {
  static final GoFlag DEBUG = GoFlag.bool("debug", "log more");
  static final GoFlag LOG =
      GoFlag.value("log", "value", "file that errors are logged to, besides standard error");
  static final GoFlag LOG_FORMAT =
      GoFlag.value("log-format", "value", "text or json (default: \"text\")");
  static final GoFlag LOG_LEVEL =
      GoFlag.value("log-level", "value", "crun: error, warning or debug");
  static final GoFlag ROOT =
      GoFlag.value("root", "value", "folder of the containers' state (default: the runtime's)");
  static final GoFlag CRIU = GoFlag.value("criu", "value", "accepted; Stasis needs no criu");
  static final GoFlag SYSTEMD_CGROUP = GoFlag.bool("systemd-cgroup", "cgroups are made by systemd");
  static final GoFlag CGROUP_MANAGER =
      GoFlag.value("cgroup-manager", "value", "crun: cgroupfs, systemd or disabled");
  static final GoFlag ROOTLESS =
      GoFlag.value("rootless", "value", "true, false or auto (default: \"auto\")");
  static final GoFlag HELP = GoFlag.bool("help", "h", "show help");
  static final GoFlag VERSION =
      new GoFlag(List.of("version", "v", "V"), GoFlag.Kind.BOOL, "", "print the version");

  static final List<GoFlag> FLAGS =
      List.of(
          DEBUG,
          LOG,
          LOG_FORMAT,
          LOG_LEVEL,
          ROOT,
          CRIU,
          SYSTEMD_CGROUP,
          CGROUP_MANAGER,
          ROOTLESS,
          HELP,
          VERSION);

  static GlobalArguments of(GoFlags.Parsed parsed, List<String> words) {
    return new GlobalArguments(
        List.copyOf(words),
        parsed.value(ROOT),
        parsed.value(LOG),
        parsed.value(LOG_FORMAT).orElse(""),
        parsed.on(DEBUG),
        parsed.value(CRIU),
        parsed.on(SYSTEMD_CGROUP),
        parsed.value(CGROUP_MANAGER),
        parsed.value(ROOTLESS).orElse("auto"));
  }

  /** The log where it is a file: crun's also has the forms {@code file:PATH} and TYPE:ID. */
  Optional<String> logFile() {
    if (log.isEmpty() || log.get().startsWith("journald:") || log.get().startsWith("syslog:")) {
      return Optional.empty();
    }
    return log.map(text -> text.startsWith("file:") ? text.substring("file:".length()) : text);
  }
}
