package org.stasis.engine;

/**
 * Something that cannot be carried, found before anything is written.
 *
 * @param task whose, such as {@code "task 12 (redis-server)"}; empty for the whole tree
 * @param object what, such as {@code "fd 7, io_uring"}
 * @param reason why it cannot be carried
 * @param remedy what the user can do, such as {@code "use --tcp-established"}; empty when nothing
 */
public record Obstacle(String task, String object, String reason, String remedy) {
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    if (!task.isEmpty()) {
      text.append(task).append(": ");
    }
    text.append(object).append(": ").append(reason);
    if (!remedy.isEmpty()) {
      text.append("; ").append(remedy);
    }
    return text.toString();
  }
}
