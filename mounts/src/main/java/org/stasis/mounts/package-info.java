/** Mount namespaces as a resource kind: mount trees, external mounts, file system content. */
@org.jspecify.annotations.NullMarked
package org.stasis.mounts;
