/** CRIU's image format, v1.1: schema, codecs, image sets, the JSON view. */
module org.stasis.images {
  requires static transitive org.jspecify;
  requires transitive com.google.protobuf;
  requires tools.jackson.core;

  exports org.stasis.images;
  exports org.stasis.images.json;
  exports org.stasis.images.proto;
}
