package org.stasis.shim.criu;

import org.jspecify.annotations.Nullable;

/**
 * An option as it was given.
 *
 * @param option which
 * @param value its value, or null when it had none
 * @param on false when it was taken back by {@code --no-NAME}
 */
record GivenOption(CriuOption option, @Nullable String value, boolean on) {}
