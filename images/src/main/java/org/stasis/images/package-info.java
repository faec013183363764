/** CRIU's image format, v1.1: schema, codecs, image sets, the JSON view. */
@org.jspecify.annotations.NullMarked
package org.stasis.images;
