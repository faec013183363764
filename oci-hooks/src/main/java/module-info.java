/** OCI hooks: hooks.d entries and the program they start. */
module org.stasis.hooks {
  requires static transitive org.jspecify;
  requires org.stasis.shim;
}
