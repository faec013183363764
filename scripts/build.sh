# Building Stasis. Sourced by the other scripts.

prepare_build() {
  install_packages "building Stasis: the agent and launcher are C, the rest Java" gcc libc6-dev make maven || true
  local tool
  for tool in gcc make mvn; do
    command -v "$tool" >/dev/null || die "$tool is missing and could not be installed: Stasis cannot be built here"
  done
  need_jdk
}

# build_distribution: fills dist/, without running tests.
build_distribution() {
  say "building (the first time, Maven fetches what the build needs)"
  (cd "$STASIS_HOME" && mvn -B -q -Pdist -DskipTests -Dspotless.check.skip package </dev/null) ||
    die "the build failed"
}
