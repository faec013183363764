package org.stasis.engine.options;

/** How the connections of a tree are kept silent while it is stopped. */
public enum NetworkLock {
  /** By rules of iptables. */
  IPTABLES,
  /** By a table of nftables. */
  NFTABLES,
  /** Not at all. */
  SKIP
}
