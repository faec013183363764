/**
 * Directory trees as tar archives, both directions. What will be packed is listed first, so that
 * the size is known before a byte is written: an archive can be an entry of another without lying
 * on disk. Unpacking trusts nothing: every path is resolved below one directory, without following
 * links.
 *
 * <p>Here also lives what overlayfs makes of deleted and replaced files. The format is in {@code
 * tar}; which trees an archive of a container holds, in {@code archive}.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.shim.archive.tree;
