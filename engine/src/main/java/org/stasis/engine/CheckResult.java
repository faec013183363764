package org.stasis.engine;

import java.util.Map;

/**
 * What a check found.
 *
 * @param missing names of features that are missing, each with the reason for people; empty when
 *     all is well
 */
public record CheckResult(Map<String, String> missing) {
  /** Copies the map. */
  public CheckResult {
    missing = Map.copyOf(missing);
  }
}
