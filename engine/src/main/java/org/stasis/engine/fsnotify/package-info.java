/**
 * Descriptors that tell what happens to files, both directions: inotify(7) and fanotify(7), what
 * they watch and how. The kernel tells inodes; the paths that are needed to watch again have to be
 * found.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.fsnotify;
