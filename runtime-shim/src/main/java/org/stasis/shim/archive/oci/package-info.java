/**
 * OCI image layouts, both directions: a directory, or a tar file of one, with content named by its
 * SHA-256 ({@code blobs/sha256/}), and {@code index.json} to begin with. A checkpoint is an image
 * of one layer that has the archive's entries at its root; what it is stands in annotations of its
 * manifest. From OCI image specification 1.0.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.shim.archive.oci;
