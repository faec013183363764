package org.stasis.shim.criu;

import org.stasis.engine.options.CpuCapabilities;

/** The words of {@code --cpu-cap}, in one or several lists; {@code ^} takes a word back. */
final class CpuCapabilitySyntax {
  private static final int FPU = 1;
  private static final int CPU = 2;
  private static final int INSTRUCTIONS = 4;
  private static final int IMAGE = 8;
  private static final int ALL = FPU | CPU | INSTRUCTIONS;

  private CpuCapabilitySyntax() {}

  /** What the settings ask for; asking for anything means the image is written and read too. */
  static CpuCapabilities read(Settings settings) throws UsageException {
    if (settings.list(CriuOption.CPU_CAP).isEmpty()) {
      return CpuCapabilities.DEFAULT;
    }
    int bits = FPU | INSTRUCTIONS;
    for (String list : settings.list(CriuOption.CPU_CAP)) {
      bits = apply(bits, list.isEmpty() ? "all" : list);
    }
    return CpuCapabilities.ofBits(bits == 0 ? 0 : bits | IMAGE);
  }

  private static int apply(int before, String list) throws UsageException {
    int bits = before;
    for (String word : list.split(",", -1)) {
      boolean off = word.startsWith("^");
      int bit = bit(off ? word.substring(1) : word);
      if (off) {
        bits &= ~bit;
      } else {
        bits = bit == 0 ? 0 : bits | bit;
      }
    }
    return bits;
  }

  private static int bit(String word) throws UsageException {
    return switch (word) {
      case "fpu" -> FPU;
      case "cpu" -> CPU;
      case "ins" -> INSTRUCTIONS;
      case "image" -> IMAGE;
      case "all" -> ALL;
      case "none" -> 0;
      default -> throw Settings.invalid(CriuOption.CPU_CAP, word, null);
    };
  }
}
