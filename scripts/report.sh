# Telling the person at the terminal what happens. Sourced by the other scripts.

say() { printf '== %s\n' "$*"; }
warn() { printf 'WARNING: %s\n' "$*" >&2; }
die() {
  printf 'ERROR: %s\n' "$*" >&2
  exit 1
}

# Runs a command silently; its output is shown only when it fails, where it is worth reading.
quietly() {
  local output status=0
  output=$("$@" 2>&1) || status=$?
  if [ "$status" -ne 0 ]; then
    printf '%s\n' "$output" | tail -n 40 >&2
    warn "failed with status $status: $*"
  fi
  return "$status"
}
