package org.stasis.shim.runc;

import java.util.Optional;
import org.stasis.images.proto.CriuCgMode;
import org.stasis.images.proto.CriuOpts;

/** {@code --manage-cgroups-mode}. */
final class CgroupModeWord {
  private CgroupModeWord() {}

  /**
   * Puts it into the options of a request.
   *
   * @throws RuntimeFailure when there is no such mode
   */
  static void set(CriuOpts.Builder options, Optional<String> word) throws RuntimeFailure {
    if (word.isPresent()) {
      options.setManageCgroupsMode(
          switch (word.get()) {
            case "soft" -> CriuCgMode.SOFT;
            case "full" -> CriuCgMode.FULL;
            case "strict" -> CriuCgMode.STRICT;
            case "ignore" -> CriuCgMode.IGNORE;
            default -> throw new RuntimeFailure("Invalid manage cgroups mode");
          });
    }
  }
}
