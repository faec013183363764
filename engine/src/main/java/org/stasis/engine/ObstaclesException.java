package org.stasis.engine;

import java.util.List;

/** A dump refused, with everything that stands in its way. Nothing was written. */
public final class ObstaclesException extends StasisException {
  private static final long serialVersionUID = 1L;

  private final transient List<Obstacle> obstacles;

  /**
   * Refuses a dump.
   *
   * @param obstacles all of them, at least one
   */
  public ObstaclesException(List<Obstacle> obstacles) {
    super("", "", text(obstacles), 0, "", null);
    this.obstacles = List.copyOf(obstacles);
  }

  private static String text(List<Obstacle> obstacles) {
    StringBuilder text = new StringBuilder("cannot be carried: ");
    for (int i = 0; i < obstacles.size(); i++) {
      text.append(i == 0 ? "" : " | ").append(obstacles.get(i));
    }
    return text.toString();
  }

  /**
   * What stands in the way.
   *
   * @return every obstacle found
   */
  public List<Obstacle> obstacles() {
    return obstacles;
  }
}
