# Docker and containerd, whose daemons the tests start for themselves, in folders of their own. Sourced by the other
# scripts.

# What the tests' daemons keep while they run, and the images they load.
DAEMON_HOME=$STASIS_CACHE/daemons

# Whoever has Docker's own packages has everything already, and the distribution's would clash with them.
install_daemons() {
  local tool packages=()
  for tool in dockerd docker containerd ctr; do
    command -v "$tool" >/dev/null || packages=(docker.io containerd)
  done
  [ "${#packages[@]}" -gt 0 ] || return 0
  refresh_package_lists
  ! package_known docker-cli || packages+=(docker-cli) # part of docker.io up to Debian 12
  without_services install_packages "Docker and containerd, to checkpoint their containers" "${packages[@]}"
}

# Runs a command that installs packages whose services are not to be started: the tests start their own.
without_services() {
  local policy=/usr/sbin/policy-rc.d status=0
  if [ -e "$policy" ] || [ "$(id -u)" -ne 0 ]; then
    "$@"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  "$@" || status=$?
  rm -f "$policy"
  return "$status"
}

# Where an image of podman's storage is as a file that Docker and containerd load.
image_archive() {
  echo "$DAEMON_HOME/$1-$IMAGE_EDITION.tar"
}

write_image_archives() {
  local name archive
  mkdir -p "$DAEMON_HOME"
  for name in "$@"; do
    archive=$(image_archive "$name")
    [ ! -e "$archive" ] || continue
    quietly test_podman save --format docker-archive --output "$archive.new" "$(image_reference "$name")" || return 1
    mv "$archive.new" "$archive"
  done
}

prepare_daemons() {
  install_daemons && write_image_archives busybox redis
}
