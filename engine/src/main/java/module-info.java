/** Capture and rebuild of process state; the plan; sessions; the SPI for resource kinds. */
module org.stasis.engine {
  requires static transitive org.jspecify;
  requires transitive org.stasis.images;
  requires transitive org.stasis.linux;
  requires org.slf4j;

  uses org.stasis.engine.spi.TreeKind;

  exports org.stasis.engine;
  exports org.stasis.engine.memory to
      org.stasis.namespaces;
  exports org.stasis.engine.ns;
  exports org.stasis.engine.launcher;
  exports org.stasis.engine.options;
  exports org.stasis.engine.spi;
}
