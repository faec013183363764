package org.stasis.linux.agent;

/**
 * Why an operation is there, so that its failure can be explained.
 *
 * @param task whose, such as {@code "task 12 (redis-server)"}; empty for the whole tree
 * @param doing what to what, such as {@code "reopening fd 7 /data/dump.rdb"}
 * @param remedy what the user can do if it fails; may be empty
 */
public record Provenance(String task, String doing, String remedy) {}
