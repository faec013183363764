package org.stasis.hooks;

/** What a hook cannot do; the message is what the runtime's user is told. */
final class HookFailure extends Exception {
  private static final long serialVersionUID = 1L;

  HookFailure(String message) {
    super(message);
  }

  HookFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
