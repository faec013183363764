/**
 * From a running tree to images: freeze, survey from outside, harvest from inside, write, cure. The
 * rooms of the kernel objects do the describing; here lives the order of things.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.capture;
