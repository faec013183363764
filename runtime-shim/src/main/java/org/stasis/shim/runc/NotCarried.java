package org.stasis.shim.runc;

/** Options that the engine cannot do: refused by name, never overlooked. */
final class NotCarried {
  private NotCarried() {}

  /**
   * Refuses a command line that asks for such a thing.
   *
   * @throws RuntimeFailure naming it
   */
  static void refuse(CheckpointArguments arguments) throws RuntimeFailure {
    refuse(arguments.preDump(), "pre-dump");
    refuse(arguments.parentPath().isPresent(), "parent-path");
    refuse(arguments.pageServer().isPresent(), "page-server");
    refuse(arguments.lazyPages(), "lazy-pages");
    refuse(arguments.statusFd() >= 0, "status-fd");
    refuse(arguments.autoDedup(), "auto-dedup");
  }

  /**
   * Refuses a command line that asks for such a thing.
   *
   * @throws RuntimeFailure naming it
   */
  static void refuse(RestoreArguments arguments) throws RuntimeFailure {
    refuse(arguments.lazyPages(), "lazy-pages");
    refuse(arguments.autoDedup(), "auto-dedup");
  }

  private static void refuse(boolean given, String option) throws RuntimeFailure {
    if (given) {
      throw new RuntimeFailure("--" + option + " is not supported by Stasis yet");
    }
  }
}
