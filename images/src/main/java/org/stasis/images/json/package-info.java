/**
 * Images as JSON and back, in the form crit uses: {@code {"magic": "CORE", "entries": [{…}]}}.
 * Fields have their names in the schema, byte strings are base64, and what follows an entry is its
 * {@code extra}. In the pretty form addresses are hexadecimal, flags are named and IP addresses
 * written as such; both forms are read.
 *
 * <p>What crit has no form for is kept too, so that a file comes back to the last bit:
 *
 * <ul>
 *   <li>{@code "header": "v1"} beside the magic, for a file with the header of v1;
 *   <li>{@code "@wire"} in an entry or record: its message in base64, where that is more than its
 *       fields say (fields not known, or in an unusual form). It must agree with the fields;
 *   <li>{@code "@padding"} in an entry: what pads its payload, where that is not zeros;
 *   <li>bytes of a text that are no UTF-8, as unpaired surrogates U+DC80 to U+DCFF.
 * </ul>
 *
 * Here lives whatever must know that form. Elsewhere: files and entries ({@code images}).
 */
@org.jspecify.annotations.NullMarked
package org.stasis.images.json;
