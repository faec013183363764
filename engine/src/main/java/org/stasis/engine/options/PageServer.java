package org.stasis.engine.options;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * Where pages are sent to, or asked for.
 *
 * @param address host name or address
 * @param port TCP port
 * @param descriptor an already connected socket, as its number in the process that called; address
 *     and port then mean nothing
 * @param tls encryption, or absent for none
 */
public record PageServer(
    Optional<String> address, int port, OptionalInt descriptor, Optional<TlsOptions> tls) {
  /** Checks the port. */
  public PageServer {
    if (port < 0 || port > 0xffff) {
      throw new IllegalArgumentException("not a TCP port: " + port);
    }
  }
}
