# podman with a storage, a network and limits of its own, so that tests meet no container of the machine's owner and
# leave none behind. Sourced by the other scripts.

PODMAN_HOME=$STASIS_CACHE/podman
PODMAN_RUN=/run/stasis-podman
# Bumped when the content of an image, or how it is made, changes; the tests ask for exactly this one.
IMAGE_EDITION=1
# The bridge of the test containers. Not podman's default one: that may be in use.
PODMAN_NETWORK=stasis-tests
PODMAN_SUBNET=10.89.77.0/24

# The limits keep podman from asking for higher ones, which takes CAP_SYS_RESOURCE; cgroupfs works with and without
# systemd; the events go to a file as there may be no journal.
configure_podman() {
  mkdir -p "$PODMAN_HOME/networks" "$PODMAN_HOME/storage" "$PODMAN_RUN"
  cat >"$PODMAN_HOME/containers.conf" <<END
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
log_driver = "k8s-file"
userns = "host"

[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
volume_path = "$PODMAN_HOME/volumes"
tmp_dir = "$PODMAN_RUN/libpod"

[network]
network_backend = "netavark"
network_config_dir = "$PODMAN_HOME/networks"
END
  cat >"$PODMAN_HOME/storage.conf" <<END
[storage]
driver = "overlay"
graphroot = "$PODMAN_HOME/storage"
runroot = "$PODMAN_RUN/storage"
END
}

# podman as the tests call it.
test_podman() {
  CONTAINERS_CONF=$PODMAN_HOME/containers.conf CONTAINERS_STORAGE_CONF=$PODMAN_HOME/storage.conf podman "$@"
}

# image_reference NAME: what podman knows the image by.
image_reference() {
  echo "localhost/stasis/$1:$IMAGE_EDITION"
}

install_images() {
  local name missing=0
  for name in busybox redis nginx postgres jdk; do
    test_podman image exists "$(image_reference "$name")" && continue
    say "making the container image $name"
    if ! "$STASIS_HOME/scripts/make-image" "$name"; then
      warn "no container image $name: tests that use it cannot run"
      missing=1
    fi
  done
  return "$missing"
}

install_podman_network() {
  test_podman network exists "$PODMAN_NETWORK" ||
    quietly test_podman network create --subnet "$PODMAN_SUBNET" "$PODMAN_NETWORK"
}

# Takes away what podman leaves mounted: its storage and the directory of network namespaces, both empty by now.
# Where containers run, ours or somebody else's, it stays.
release_podman() {
  local mounted
  for mounted in "$PODMAN_HOME/storage/overlay" /run/netns; do
    if mountpoint -q "$mounted" && ! grep -q " $mounted/" /proc/self/mounts; then
      umount "$mounted" 2>/dev/null || true # busy: in use by others, who will take it away
    fi
  done
}
