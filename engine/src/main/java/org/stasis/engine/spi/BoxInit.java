package org.stasis.engine.spi;

import java.util.List;
import org.stasis.engine.options.Box;
import org.stasis.linux.SeccompFilter;

/**
 * The first process of a container that is to be filled, as it stands before that.
 *
 * @param box what the caller says of the container
 * @param pid in the engine's pid namespace
 * @param filters its seccomp filters, which every task inherits; the oldest first
 */
public record BoxInit(Box box, int pid, List<SeccompFilter> filters) {
  /** Copies what it is given. */
  public BoxInit {
    filters = List.copyOf(filters);
  }
}
