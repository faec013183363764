/**
 * Files that live in memory and have no name, both directions: memfd_create(2), and the memory of
 * shared anonymous mappings, which the kernel keeps in such files too.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.memfd;
