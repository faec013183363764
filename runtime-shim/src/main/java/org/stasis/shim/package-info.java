/** The doors: criu, stasis-runc and stasis; the resident engine; archives. */
@org.jspecify.annotations.NullMarked
package org.stasis.shim;
