package org.stasis.linux;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Scanner;

/** What the kernel under the tests is old enough to lack. */
public final class KernelVersion {
  private KernelVersion() {}

  /** Skips a test of what this kernel can't do yet. */
  public static void need(int major, int minor, String what) throws IOException {
    String release = Files.readString(Path.of("/proc/sys/kernel/osrelease"));
    try (Scanner numbers = new Scanner(release).useDelimiter("[^0-9]+")) {
      int thisMajor = numbers.nextInt();
      int thisMinor = numbers.nextInt();
      assumeTrue(
          thisMajor > major || (thisMajor == major && thisMinor >= minor),
          what + " needs Linux " + major + "." + minor + ", this is " + release.trim());
    }
  }
}
