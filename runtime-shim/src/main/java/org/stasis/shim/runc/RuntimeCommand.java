package org.stasis.shim.runc;

import java.util.List;
import java.util.Optional;

/** The commands that are not left to the real runtime. */
enum RuntimeCommand {
  CHECKPOINT("checkpoint", "checkpoint a running container", CheckpointArguments.FLAGS),
  RESTORE("restore", "restore a container from a checkpoint", RestoreArguments.FLAGS);

  private final String word;
  private final String purpose;
  private final List<GoFlag> flags;

  RuntimeCommand(String word, String purpose, List<GoFlag> flags) {
    this.word = word;
    this.purpose = purpose;
    this.flags = flags;
  }

  static Optional<RuntimeCommand> named(String word) {
    for (RuntimeCommand command : values()) {
      if (command.word.equals(word)) {
        return Optional.of(command);
      }
    }
    return Optional.empty();
  }

  String word() {
    return word;
  }

  String purpose() {
    return purpose;
  }

  /** Its options; the help among them. */
  List<GoFlag> flags() {
    return flags;
  }
}
