package org.stasis.linux.agent;

/** What an operation does, in the order of {@code enum verb} of agent.h, which explains them. */
public enum Verb {
  END,
  SYSCALL,
  COPY,
  STORE32,
  STORE64,
  SPAWN,
  ARRIVE,
  AWAIT,
  READ,
  PARK,
  SKIP,
  FAIL
}
