/** End-to-end tests with real container tools. */
module org.stasis.podman {
  requires static transitive org.jspecify;
}
