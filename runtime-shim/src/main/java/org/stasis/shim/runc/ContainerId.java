package org.stasis.shim.runc;

/** What runc accepts as the name of a container: it becomes the name of a folder. */
final class ContainerId {
  private ContainerId() {}

  /**
   * Refuses other names, in runc's words.
   *
   * @throws RuntimeFailure saying what is wrong
   */
  static void check(String id) throws RuntimeFailure {
    if (id.isEmpty()) {
      throw new RuntimeFailure("container id cannot be empty");
    }
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      boolean valid = c < 128 && (Character.isLetterOrDigit(c) || "_+-.".indexOf(c) >= 0);
      if (!valid) {
        throw new RuntimeFailure("invalid container ID format");
      }
    }
    if (id.equals(".") || id.equals("..")) {
      throw new RuntimeFailure("invalid container ID format");
    }
  }
}
