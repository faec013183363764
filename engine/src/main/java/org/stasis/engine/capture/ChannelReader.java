package org.stasis.engine.capture;

import java.lang.foreign.MemorySegment;
import org.stasis.linux.agent.Plan;

/** Takes what programs have left in a channel, before it goes. */
@FunctionalInterface
interface ChannelReader {
  /**
   * Takes it.
   *
   * @param channel the memory
   * @param laidOut where the programs are in it
   */
  void read(MemorySegment channel, Plan.LaidOut laidOut);
}
