package org.stasis.shim.runc;

import java.util.Optional;
import org.stasis.images.proto.CriuNetworkLockMethod;
import org.stasis.images.proto.CriuOpts;

/** crun's {@code --network-lock}. */
final class NetworkLockWord {
  private NetworkLockWord() {}

  /**
   * Puts it into the options of a dump.
   *
   * @throws RuntimeFailure when there is no such method
   */
  static void set(CriuOpts.Builder options, Optional<String> word) throws RuntimeFailure {
    if (word.isPresent()) {
      options.setNetworkLock(
          switch (word.get()) {
            case "iptables" -> CriuNetworkLockMethod.IPTABLES;
            case "nftables" -> CriuNetworkLockMethod.NFTABLES;
            case "skip" -> CriuNetworkLockMethod.SKIP;
            default -> throw new RuntimeFailure("invalid value for --network-lock: " + word.get());
          });
    }
  }
}
