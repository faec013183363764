package org.stasis.engine.unix;

import org.stasis.engine.sockets.SocketOptions;
import org.stasis.engine.sockets.SocketProgram;
import org.stasis.images.proto.CriuDumpResp;
import org.stasis.images.proto.CriuReqType;
import org.stasis.images.proto.CriuResp;
import org.stasis.linux.agent.Argument;

/**
 * The connection of a program that had itself dumped by a service: after the restore it finds the
 * answer in its queue that says so.
 */
final class ServiceConnection {
  private ServiceConnection() {}

  static void plan(Node node, SocketProgram program) {
    CriuResp restored =
        CriuResp.newBuilder()
            .setType(CriuReqType.DUMP)
            .setSuccess(true)
            .setDump(CriuDumpResp.newBuilder().setRestored(true))
            .build();
    program.why("making " + node + ", which was connected to the service", "");
    SocketProgram.Pair pair = program.pair(node.entry.getType());
    node.made(pair.one());
    SocketOptions.planEarly(node.entry.getOpts(), pair.one(), program);
    program.send(pair.other(), restored.toByteArray(), 0);
    Argument service = pair.other();
    program.close(service);
  }
}
