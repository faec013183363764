package org.stasis.shim.criu.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.images.proto.CriuReq;
import org.stasis.images.proto.CriuResp;
import org.stasis.linux.Errno;
import org.stasis.linux.EventCounter;
import org.stasis.linux.Fd;
import org.stasis.linux.Poll;
import org.stasis.linux.Seqpacket;
import org.stasis.linux.SyscallException;

/** A connection with a client: whole messages in and out. Waiting ends when it is cancelled. */
public final class RpcChannel implements AutoCloseable {
  private static final int TYPE_FIELD = CriuReq.TYPE_FIELD_NUMBER;

  private final Seqpacket socket;
  private final Fd cancelled;
  private boolean closed;

  /**
   * Takes over a connection.
   *
   * @param socket connected; closed together with this channel
   * @throws SyscallException EMFILE
   */
  public RpcChannel(Seqpacket socket) throws SyscallException {
    this.socket = socket;
    this.cancelled = EventCounter.create(0, EventCounter.EFD_CLOEXEC);
  }

  /**
   * Who the client is.
   *
   * @return as of the moment it connected, or made the pair of sockets
   * @throws SyscallException getsockopt(2)
   */
  public Seqpacket.Credentials peer() throws SyscallException {
    return socket.peer();
  }

  /**
   * Ends all waiting for messages, now and later. Safe from any thread, and after the end.
   *
   * @throws SyscallException never, short of a fault of ours
   */
  public synchronized void cancel() throws SyscallException {
    if (closed) {
      return;
    }
    byte[] one = {1, 1, 1, 1, 1, 1, 1, 1}; // any number but 0 makes the counter readable
    cancelled.write(one, 0, one.length);
  }

  /**
   * Waits for a request.
   *
   * @return the request; of no type when it is of one that nobody knows
   * @throws RpcProtocolException when the client is gone, or sent something else, or it was
   *     cancelled
   */
  CriuReq receive() throws RpcProtocolException {
    byte[] bytes;
    try {
      bytes = receiveBytes();
    } catch (SyscallException e) {
      throw new RpcProtocolException("cannot receive a request: " + e.getMessage(), e);
    }
    if (bytes.length == 0) {
      throw new RpcProtocolException("cannot receive a request: the client closed the connection");
    }
    return parse(bytes);
  }

  private byte[] receiveBytes() throws SyscallException, RpcProtocolException {
    int[] ready =
        Poll.await(
            List.of(
                new Poll.Interest(socket.fd(), Poll.POLLIN),
                new Poll.Interest(cancelled, Poll.POLLIN)),
            -1);
    if (ready[1] != 0) {
      throw new RpcProtocolException("the session is cancelled");
    }
    Seqpacket.Message message = socket.receive();
    if (message.descriptor() != null) {
      message.descriptor().close(); // no request carries one
    }
    return message.bytes();
  }

  private static CriuReq parse(byte[] bytes) throws RpcProtocolException {
    CriuReq.Builder builder = CriuReq.newBuilder();
    try {
      builder.mergeFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new RpcProtocolException("not a request: " + e.getMessage(), e);
    }
    CriuReq request = builder.buildPartial();
    boolean unknownType = request.getUnknownFields().hasField(TYPE_FIELD);
    if (!unknownType && !builder.isInitialized()) {
      throw new RpcProtocolException(
          "not a request: missing " + builder.findInitializationErrors());
    }
    return request;
  }

  /**
   * Sends a reply or notification.
   *
   * @param reply what to send
   * @param descriptor goes along, still owned by the caller; or null
   * @throws RpcProtocolException when the client is gone
   */
  void send(CriuResp reply, @Nullable Fd descriptor) throws RpcProtocolException {
    try {
      socket.send(reply.toByteArray(), descriptor);
    } catch (SyscallException e) {
      String why = e.is(Errno.EPIPE) ? "the client closed the connection" : e.getMessage();
      throw new RpcProtocolException("cannot send " + reply.getType() + ": " + why, e);
    }
  }

  /**
   * Ends the connection for every process that holds this end of it.
   *
   * @throws SyscallException shutdown(2)
   */
  void shutdown() throws SyscallException {
    socket.shutdown();
  }

  @Override
  public synchronized void close() throws SyscallException {
    closed = true;
    try (cancelled) {
      socket.close();
    }
  }
}
