/**
 * Specimens, C programs that check themselves, for the tests of any module. Their sources are in
 * {@code engine/src/test/specimens}, one for each kernel object; this source folder is compiled by
 * every module that tests with them.
 */
@NullMarked
package org.stasis.specimens;

import org.jspecify.annotations.NullMarked;
