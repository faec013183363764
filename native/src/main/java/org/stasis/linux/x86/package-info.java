/** What only x86-64 has: its registers. */
@org.jspecify.annotations.NullMarked
package org.stasis.linux.x86;
