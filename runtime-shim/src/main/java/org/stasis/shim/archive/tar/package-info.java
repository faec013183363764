/**
 * The tar format, both directions: ustar headers with pax(5) extended headers before them, and,
 * when reading, the forms of GNU tar. A codec of our own, since names, link targets and values of
 * extended attributes are bytes, and must come out as they went in;
 * docs/decisions/2026-11-23-own-tar.md.
 *
 * <p>An archive is a sequence of entries: blocks of 512 bytes with a header, then the content
 * padded to whole blocks. Two blocks of zeros end it. Here lives whatever must know that; what an
 * entry may do to a file system is decided in {@code tree}.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.shim.archive.tar;
