package org.stasis.images;

/**
 * The form of the file headers of a set. They are the only difference: v1.1 put a word in front
 * that tells images of a set from service files.
 */
public enum ImageVersion {
  /** {@code img_version} 1: the magic number of the kind alone. Read, never written by a dump. */
  V1(1),
  /** {@code img_version} 2: a common word, then the magic number of the kind. */
  V1_1(2);

  private final int number;

  ImageVersion(int number) {
    this.number = number;
  }

  /** The {@code img_version} of an inventory. */
  public int number() {
    return number;
  }
}
