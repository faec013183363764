/**
 * Files that have, or had, a path: regular files, directories, device files, and whatever is open
 * with {@code O_PATH}; also executables, mapped files and directories that tasks are in. Both
 * directions, with what the images say of names: mount, ghost files, link remaps, dead processes.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.regular;
