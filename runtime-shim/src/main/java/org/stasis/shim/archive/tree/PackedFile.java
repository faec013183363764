package org.stasis.shim.archive.tree;

import org.stasis.shim.archive.tar.TarEntry;

/**
 * An entry to be, with its content.
 *
 * @param entry what its header says
 * @param content its data, without holes
 */
public record PackedFile(TarEntry entry, Content content) {}
