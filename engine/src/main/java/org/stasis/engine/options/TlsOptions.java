package org.stasis.engine.options;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Encryption of a page transfer. What is absent is looked for in its default place.
 *
 * @param authorities trusted certificates, PEM
 * @param revocations revocation list, PEM
 * @param certificate the own certificate, PEM
 * @param key the own key, PEM
 * @param verifyName whether the peer's certificate must carry the name of its address
 */
public record TlsOptions(
    Optional<Path> authorities,
    Optional<Path> revocations,
    Optional<Path> certificate,
    Optional<Path> key,
    boolean verifyName) {}
