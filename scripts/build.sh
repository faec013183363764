# Building Stasis. Sourced by the other scripts.

prepare_build() {
  install_packages "building Stasis: the agent and launcher are C, the rest Java" gcc libc6-dev make maven procps || true
  local tool
  for tool in gcc make mvn; do
    command -v "$tool" >/dev/null || die "$tool is missing and could not be installed: Stasis cannot be built here"
  done
  need_jdk
}

# build_distribution: fills dist/, without running tests.
build_distribution() {
  say "building (the first time, Maven fetches what the build needs)"
  (cd "$STASIS_HOME" && mvn -B -q -Pdist -Dmaven.test.skip=true -Dspotless.check.skip package </dev/null) ||
    die "the build failed"
}

# The resident engine is a convenience between calls; a demo or a test leaves none behind,
# and meets none of an older build.
stop_engine() {
  [ ! -x "$STASIS_DIST/bin/stasis" ] || "$STASIS_DIST/bin/stasis" engine stop >/dev/null 2>&1 || true
}
