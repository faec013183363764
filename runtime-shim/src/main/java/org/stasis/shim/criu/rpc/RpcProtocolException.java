package org.stasis.shim.criu.rpc;

/** The client broke the protocol, or is gone; there is nothing more to say to it. */
public final class RpcProtocolException extends Exception {
  private static final long serialVersionUID = 1L;

  RpcProtocolException(String message) {
    super(message);
  }

  RpcProtocolException(String message, Throwable cause) {
    super(message, cause);
  }
}
