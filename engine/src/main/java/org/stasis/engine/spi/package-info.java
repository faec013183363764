/**
 * What resource kinds implement and what they are given: {@link org.stasis.engine.spi.FileKind} for
 * what a descriptor can refer to, {@link org.stasis.engine.spi.TreeKind} for what belongs to a
 * whole tree (namespaces, mounts, cgroups). A kind is made anew for each dump or restore and may
 * keep what it learns in its fields. Everything here is called on the session's thread.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.spi;
