# Finding a JDK 25, or installing one. Sourced by the other scripts.

# The feature release of the JDK at $1 ("25"), from its release file; nothing when that is no JDK.
jdk_release() {
  [ -x "$1/bin/javac" ] && [ -f "$1/release" ] || return 1
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

jdk_is_good() {
  local release
  release=$(jdk_release "$1") && [ -n "$release" ] && [ "$release" -ge 25 ]
}

# Prints the home of a JDK 25 or later: JAVA_HOME's, one below /usr/lib/jvm or /opt (the lowest release first, as the
# build is tried with 25), the one on the PATH.
find_jdk() {
  local home
  if [ -n "${JAVA_HOME:-}" ] && jdk_is_good "$JAVA_HOME"; then
    printf '%s\n' "$JAVA_HOME"
    return 0
  fi
  for home in /usr/lib/jvm/*25* /opt/*jdk*25* /usr/lib/jvm/* /opt/*jdk* "$STASIS_CACHE/jdk-25"; do
    if jdk_is_good "$home"; then
      printf '%s\n' "$home"
      return 0
    fi
  done
  if command -v javac >/dev/null; then
    home=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
    if jdk_is_good "$home"; then
      printf '%s\n' "$home"
      return 0
    fi
  fi
  return 1
}

# Sets and exports JAVA_HOME.
need_jdk() {
  local home
  if ! home=$(find_jdk); then
    install_packages "the JDK Stasis is built and run with" openjdk-25-jdk-headless || true
    if ! find_jdk >/dev/null && [ "$(id -u)" -eq 0 ] && mkdir -p "$STASIS_CACHE"; then
      "$STASIS_HOME/scripts/jdk-of-debian13" "$STASIS_CACHE/jdk-25" || true
    fi
    home=$(find_jdk) || die "no JDK 25 here: install one and set JAVA_HOME (the package openjdk-25-jdk-headless on" \
      "Debian 13 and Ubuntu 24.04 or later, elsewhere a vendor's). Without it nothing can be built."
  fi
  export JAVA_HOME=$home
  say "JDK: $JAVA_HOME"
}
