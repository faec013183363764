package org.stasis.shim.archive;

/** Names of parts that all layouts have. */
final class Part {
  static final String CHECKPOINT = "checkpoint";
  static final String CONFIG = "config.dump";
  static final String SPEC = "spec.dump";
  static final String NETWORK = "network.status";
  static final String STATISTICS = "stats-dump";
  static final String DUMP_LOG = "dump.log";
  static final String CHANGES = "rootfs-diff.tar";
  static final String DELETED = "deleted.files";
  static final String VOLUMES = "volumes";
  static final String SHARED_MEMORY = "devshm-checkpoint.tar";
  static final String CHECKSUMS = "stasis.sha256";

  private Part() {}
}
