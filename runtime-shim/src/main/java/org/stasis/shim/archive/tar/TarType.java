package org.stasis.shim.archive.tar;

/** What an entry makes. */
public enum TarType {
  FILE('0'),
  HARD_LINK('1'),
  SYMBOLIC_LINK('2'),
  CHARACTER_DEVICE('3'),
  BLOCK_DEVICE('4'),
  DIRECTORY('5'),
  FIFO('6');

  private final char flag;

  TarType(char flag) {
    this.flag = flag;
  }

  /** The header's {@code typeflag}. */
  byte flag() {
    return (byte) flag;
  }

  /**
   * Whether it stands for a device.
   *
   * @return true for both kinds of device
   */
  public boolean isDevice() {
    return this == CHARACTER_DEVICE || this == BLOCK_DEVICE;
  }

  /**
   * Whether it refers to something by a path.
   *
   * @return true for both kinds of link
   */
  public boolean isLink() {
    return this == HARD_LINK || this == SYMBOLIC_LINK;
  }
}
