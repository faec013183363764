/** End-to-end tests with real container tools. */
@org.jspecify.annotations.NullMarked
package org.stasis.podman;
