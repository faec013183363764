/** OCI hooks: hooks.d entries and the program they start. */
@org.jspecify.annotations.NullMarked
package org.stasis.hooks;
