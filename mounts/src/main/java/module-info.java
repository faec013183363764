/** Mount namespaces as a resource kind: mount trees, external mounts, file system content. */
module org.stasis.mounts {
  requires static transitive org.jspecify;
  requires transitive org.stasis.engine;
  requires org.apache.commons.compress;

  provides org.stasis.engine.spi.TreeKind with
      org.stasis.mounts.MountNamespace;
}
