package org.stasis.linux.socket;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Fd;

/**
 * Something in the receive queue of a Unix socket.
 *
 * @param data the bytes of a packet, or of a part of a stream
 * @param sender the whole {@code sockaddr} of who sent a datagram; empty when it had no name
 * @param rights descriptors on the way (SCM_RIGHTS), in order; whoever takes the packet closes them
 * @param credentials the sender's, where the socket asks for them (SO_PASSCRED)
 */
public record QueuedPacket(
    byte[] data, byte[] sender, List<Fd> rights, @Nullable Credentials credentials) {
  /** Copies the list. */
  public QueuedPacket {
    rights = List.copyOf(rights);
  }
}
