package org.stasis.shim.criu.rpc;

import org.stasis.images.proto.CriuReqType;
import org.stasis.images.proto.CriuResp;

/** Replies of any kind; small enough for every client's buffer. */
final class Reply {
  /** Some clients read into 8 KiB; what else a reply holds takes far less than the rest. */
  private static final int MESSAGE_LIMIT_CHARS = 1 << 11; // at most 3 bytes each in UTF-8

  private Reply() {}

  static CriuResp.Builder success(CriuReqType type) {
    return CriuResp.newBuilder().setType(type).setSuccess(true);
  }

  static CriuResp.Builder failure(CriuReqType type) {
    return CriuResp.newBuilder().setType(type).setSuccess(false);
  }

  static CriuResp.Builder failure(CriuReqType type, RequestException e) {
    CriuResp.Builder reply = failure(type);
    if (e.errno() != 0) {
      reply.setCrErrno(e.errno());
    }
    e.told().ifPresent(message -> reply.setCrErrmsg(cut(message)));
    return reply;
  }

  private static String cut(String message) {
    if (message.length() <= MESSAGE_LIMIT_CHARS) {
      return message;
    }
    int end = MESSAGE_LIMIT_CHARS - 1;
    if (Character.isHighSurrogate(message.charAt(end - 1))) {
      end--;
    }
    return message.substring(0, end) + "…";
  }
}
