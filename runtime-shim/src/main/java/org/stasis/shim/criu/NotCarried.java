package org.stasis.shim.criu;

import java.util.List;

/**
 * What is understood but cannot be done. It is refused by name: an option that changes what is
 * dumped or restored must never be overlooked.
 */
final class NotCarried {
  private static final List<CriuOption> OPTIONS =
      List.of(
          CriuOption.PAGE_SERVER,
          CriuOption.PS_SOCKET,
          CriuOption.LAZY_PAGES,
          CriuOption.STREAM,
          CriuOption.TLS,
          CriuOption.TRACK_MEM,
          CriuOption.AUTO_DEDUP,
          CriuOption.PREV_IMAGES_DIR);

  private NotCarried() {}

  /**
   * Refuses settings that ask for such a thing.
   *
   * @throws UsageException naming the first one
   */
  static void refuse(Settings settings) throws UsageException {
    for (CriuOption option : OPTIONS) {
      if (settings.asksFor(option)) {
        throw new UsageException("--" + option.word() + " is not supported by Stasis yet");
      }
    }
    if (CpuCapabilitySyntax.read(settings).image()) {
      throw new UsageException(
          "--" + CriuOption.CPU_CAP.word() + " is not supported by Stasis yet, but none is");
    }
  }

  /** Whether an option is among these. */
  static boolean covers(CriuOption option) {
    return OPTIONS.contains(option);
  }

  /** Refuses a command. */
  static UsageException command(CriuCommand command) {
    return new UsageException(command.word() + " is not supported by Stasis yet");
  }
}
