package org.stasis.engine.sessions;

/**
 * Why a task cannot be brought into its session or group.
 *
 * @param task its pid
 * @param object the session or group
 * @param reason what is in the way
 */
public record Problem(int task, String object, String reason) {}
