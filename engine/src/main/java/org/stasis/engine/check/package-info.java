/**
 * What this kernel allows and what Stasis makes of it: one answer for each {@link
 * org.stasis.engine.options.Feature}, found by trying. A feature that Stasis lacks is not claimed.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.check;
