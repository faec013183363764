package org.stasis.shim.criu;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.CheckpointEngine;
import org.stasis.linux.Fd;
import org.stasis.linux.Seqpacket;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;
import org.stasis.shim.criu.rpc.Conversation;
import org.stasis.shim.criu.rpc.RpcChannel;
import org.stasis.shim.log.SessionLog;

/** {@code criu swrk}: one client, on a descriptor that the caller holds. */
final class Serving {
  private static final Logger LOG = LoggerFactory.getLogger(Serving.class);

  private Serving() {}

  /**
   * Serves the client.
   *
   * @param words the command and the descriptor's number
   * @return the status that the serving process ends with
   * @throws UsageException when there is not exactly one number
   */
  static int swrk(
      Caller caller, CheckpointEngine engine, SessionLog log, Settings settings, List<String> words)
      throws UsageException, SyscallException {
    if (words.size() != 2) {
      throw UsageException.syntax("Usage: criu swrk <fd>");
    }
    Fd descriptor;
    try {
      descriptor = caller.descriptor(number(words.get(1)));
    } catch (SyscallException e) {
      LOG.error("cannot receive a request from descriptor {}", words.get(1), e);
      return CriuSession.BROKEN;
    }
    try (RpcChannel channel = new RpcChannel(Seqpacket.of(descriptor))) {
      caller.onCancel(() -> cancel(channel));
      RpcRequests requests = new RpcRequests(caller, engine, log, settings, channel.peer(), true);
      return new Conversation(channel, requests).run();
    }
  }

  /** Has a conversation end that waits for its client. */
  static void cancel(RpcChannel channel) {
    try {
      channel.cancel();
    } catch (SyscallException e) {
      throw new IllegalStateException("cannot cancel a conversation", e);
    }
  }

  private static int number(String word) throws UsageException {
    try {
      int number = Integer.parseInt(word);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new UsageException("swrk needs the number of a descriptor, not " + word, e);
    }
    throw new UsageException("swrk needs the number of a descriptor, not " + word);
  }
}
