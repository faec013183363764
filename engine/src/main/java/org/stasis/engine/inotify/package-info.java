/**
 * Inotify descriptors, both directions: what they watch and under which number. The kernel tells
 * inodes; the paths that are needed to watch again have to be found.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.inotify;
