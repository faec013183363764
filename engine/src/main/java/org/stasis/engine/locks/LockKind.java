package org.stasis.engine.locks;

import org.jspecify.annotations.Nullable;
import org.stasis.engine.spi.Stage;

/** What a lock belongs to and how it is taken. The numbers are those of the images. */
enum LockKind {
  /** {@code F_SETLK}: the process's, on some bytes, until it closes any descriptor of the file. */
  POSIX("POSIX", 1, Stage.LOCKS),
  /** flock(2): the open file's, on all of it. */
  FLOCK("FLOCK", 2, Stage.IN_PLACE),
  /** {@code F_OFD_SETLK}: the open file's, on some bytes. */
  OFD("OFDLCK", 4, Stage.IN_PLACE),
  /** {@code F_SETLEASE}: not before everybody has opened the file, or that would break it. */
  LEASE("LEASE", 8, Stage.FILTERS);

  private final String word;
  private final int number;
  private final Stage stage;

  LockKind(String word, int number, Stage stage) {
    this.word = word;
    this.number = number;
    this.stage = stage;
  }

  /** As in the images. */
  int number() {
    return number;
  }

  /** When it is taken. */
  Stage stage() {
    return stage;
  }

  /** Whether it is on a range of bytes. */
  boolean hasRange() {
    return this == POSIX || this == OFD;
  }

  /** By the kernel's word in {@code /proc}; null for one that is not known. */
  static @Nullable LockKind ofWord(String word) {
    for (LockKind kind : values()) {
      if (kind.word.equals(word)) {
        return kind;
      }
    }
    return null;
  }

  /** By its number in the images; null for one that is not known. */
  static @Nullable LockKind ofNumber(int number) {
    for (LockKind kind : values()) {
      if (kind.number == number) {
        return kind;
      }
    }
    return null;
  }
}
