package org.stasis.engine.options;

/**
 * What about the processor a dump records and a restore compares.
 *
 * @param fpu the floating point unit
 * @param cpu every feature
 * @param instructions the instruction set extensions
 * @param image whether {@code cpuinfo.img} is written and read
 */
public record CpuCapabilities(boolean fpu, boolean cpu, boolean instructions, boolean image) {
  /** Floating point unit and instructions, without the image. */
  public static final CpuCapabilities DEFAULT = new CpuCapabilities(true, false, true, false);

  /**
   * Reads the bit word: floating point unit 1, features 2, instructions 4, image 8.
   *
   * @param bits any number; unknown bits count for nothing
   * @return what they mean
   */
  public static CpuCapabilities ofBits(int bits) {
    return new CpuCapabilities((bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0);
  }
}
