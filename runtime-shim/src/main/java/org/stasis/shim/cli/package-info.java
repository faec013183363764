/**
 * Stasis's own commands: {@code stasis dump}, {@code show}, {@code engine} and so on. Here lives
 * what people type and read. Elsewhere: the options of dump, restore and check, which are those of
 * criu ({@code org.stasis.shim.criu}); JSON of images ({@code org.stasis.images}).
 */
@org.jspecify.annotations.NullMarked
package org.stasis.shim.cli;
