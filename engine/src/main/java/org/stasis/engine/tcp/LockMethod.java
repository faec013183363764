package org.stasis.engine.tcp;

import org.stasis.images.proto.InventoryEntry;

/** How a dump has kept its connections silent: {@code inventory_entry.network_lock_method}. */
final class LockMethod {
  static final int IPTABLES = 0;
  static final int NFTABLES = 1;
  static final int SKIP = 2;

  private LockMethod() {}

  /** Whether connections were, and are to be, kept silent at all. */
  static boolean isUsed(InventoryEntry inventory) {
    return inventory.getNetworkLockMethod() != SKIP;
  }

  /** Whether a dump may have left rules of iptables; images of before do not say. */
  static boolean isIptables(InventoryEntry inventory) {
    return inventory.getNetworkLockMethod() == IPTABLES;
  }
}
