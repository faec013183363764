/**
 * Archives of container checkpoints, both directions: the images together with what a container
 * tool wants to know and the changes of the container's files, in the tar layout of podman, CRI-O
 * or containerd, or as an OCI image. See docs/archives.md.
 *
 * <p>{@link org.stasis.shim.archive.Archive} is the way in. {@code tar} has the format, {@code
 * tree} makes archives of directories and unpacks them without trusting them, {@code oci} has image
 * layouts.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.shim.archive;
