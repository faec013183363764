package org.stasis.shim.criu;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;
import org.stasis.images.proto.CriuOpts;
import org.stasis.images.proto.CriuReq;
import org.stasis.images.proto.CriuReqType;
import org.stasis.images.proto.CriuResp;
import org.stasis.linux.Fd;
import org.stasis.linux.Poll;
import org.stasis.linux.Seqpacket;
import org.stasis.linux.SyscallException;

/** A client of the protocol, as container runtimes are. */
final class RpcClient implements AutoCloseable {
  private static final int DEADLINE_MILLIS = 10_000;

  final List<String> notifications = new ArrayList<>();
  final List<Integer> notifiedPids = new ArrayList<>();
  final List<Fd> descriptors = new ArrayList<>();
  private final Seqpacket socket;
  String refusing = "";
  List<String> externals = List.of();

  RpcClient(Seqpacket socket) {
    this.socket = socket;
  }

  void send(CriuReq.Builder request) throws SyscallException {
    socket.send(request.build().toByteArray(), null);
  }

  void send(byte[] bytes) throws SyscallException {
    socket.send(bytes, null);
  }

  void send(CriuReqType type, CriuOpts.Builder options) throws SyscallException {
    send(CriuReq.newBuilder().setType(type).setOpts(options));
  }

  void send(CriuReqType type) throws SyscallException {
    send(CriuReq.newBuilder().setType(type));
  }

  /** The next reply; notifications before it are answered. */
  CriuResp reply() throws SyscallException, InvalidProtocolBufferException {
    while (true) {
      Seqpacket.Message message = receive();
      if (message.bytes().length == 0) {
        throw new AssertionError("the server closed the connection instead of replying");
      }
      if (message.descriptor() != null) {
        descriptors.add(message.descriptor());
      }
      CriuResp reply = CriuResp.parseFrom(message.bytes());
      if (reply.getType() != CriuReqType.NOTIFY) {
        return reply;
      }
      answer(reply);
    }
  }

  private void answer(CriuResp notification) throws SyscallException {
    String script = notification.getNotify().getScript();
    notifications.add(script);
    notifiedPids.add(notification.getNotify().getPid());
    CriuReq.Builder answer =
        CriuReq.newBuilder().setType(CriuReqType.NOTIFY).setNotifySuccess(!script.equals(refusing));
    if (script.equals("query-ext-files") && !externals.isEmpty()) {
      answer.setOpts(CriuOpts.newBuilder().setImagesDirFd(-1).addAllExternal(externals));
    }
    send(answer);
  }

  Seqpacket.Message receive() throws SyscallException {
    if (Poll.await(socket.fd(), Poll.POLLIN, DEADLINE_MILLIS) == 0) {
      throw new AssertionError("no answer within " + DEADLINE_MILLIS + " ms");
    }
    return socket.receive();
  }

  /** Whether the server ends the connection without another message. */
  boolean seesTheEnd() throws SyscallException {
    return receive().bytes().length == 0;
  }

  @Override
  public void close() throws SyscallException {
    for (Fd descriptor : descriptors) {
      descriptor.close();
    }
    socket.close();
  }
}
