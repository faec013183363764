# The real tools Stasis is tested with and against: container tools from the distribution's packages, and a CRIU that
# runs on current kernels, from Debian 13, in a directory of its own. Sourced by the other scripts.
#
# Every function returns 1, after saying so, when its part cannot be had here; what needs it is then skipped.

PEER_SUITE=trixie
PEER_ROOT=$STASIS_CACHE/$PEER_SUITE
# Bumped when what is inside the peer root, or how it is made, changes.
PEER_EDITION=1
PEER_BIN=$STASIS_CACHE/bin

install_container_tools() {
  install_packages "containers to checkpoint" \
    podman runc crun conmon catatonit netavark aardvark-dns nftables iptables iproute2 busybox-static jq zstd skopeo
}

# The first mirror apt itself uses for Debian's main archive, so that no address is written down here.
debian_mirror() {
  apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 2>/dev/null |
    awk '$1 == "Debian" && $2 !~ /security|updates/ { print $2; exit }'
}

# A minimal Debian 13 with criu, checkpointctl, crun and runc, never booted and nothing mounted in it.
install_peer_root() {
  [ "$(cat "$PEER_ROOT/.edition" 2>/dev/null)" != "$PEER_EDITION" ] || return 0
  install_packages "a CRIU to compare with" debootstrap debian-archive-keyring || return 1
  say "making a Debian 13 with CRIU in $PEER_ROOT (about a minute)"
  local making
  making=$(mktemp -d "$STASIS_CACHE/$PEER_SUITE.XXXXXX")
  # shellcheck disable=SC2046 # no mirror known: debootstrap takes its own default
  if ! quietly debootstrap --variant=minbase --include=criu,checkpointctl,crun,runc \
    "$PEER_SUITE" "$making" $(debian_mirror); then
    umount "$making/proc" "$making/sys" 2>/dev/null || true # what an unfinished debootstrap leaves
    rm -rf --one-file-system "$making"
    warn "no peer CRIU: comparisons with CRIU, and the tests that need one, cannot run"
    return 1
  fi
  rm -rf "$making"/var/cache/apt/archives/*.deb "$making"/var/lib/apt/lists/* # a third of the size
  echo "$PEER_EDITION" >"$making/.edition"
  rm -rf --one-file-system "$PEER_ROOT"
  mv "$making" "$PEER_ROOT"
}

# Wrappers: criu-peer runs the peer CRIU on the host's files with its own libraries, as it is too new for the host's;
# criu-peer.d/criu is the same under the name runc and podman look for; checkpointctl-peer runs on an archive it copies
# into the peer root, as it wants a Debian 13 around it.
install_peer_wrappers() {
  local loader=$PEER_ROOT/lib64/ld-linux-x86-64.so.2 libraries=$PEER_ROOT/usr/lib/x86_64-linux-gnu
  case $(uname -m) in
    aarch64) loader=$PEER_ROOT/lib/ld-linux-aarch64.so.1 libraries=$PEER_ROOT/usr/lib/aarch64-linux-gnu ;;
  esac
  mkdir -p "$PEER_BIN/criu-peer.d"
  cat >"$PEER_BIN/criu-peer" <<END
#!/bin/sh
exec $loader --library-path $libraries $PEER_ROOT/usr/sbin/criu "\$@"
END
  cat >"$PEER_BIN/checkpointctl-peer" <<END
#!/bin/sh
# checkpointctl-peer COMMAND [OPTION...] ARCHIVE
set -e
for archive; do :; done
copy=\$(mktemp -d $PEER_ROOT/tmp/archive.XXXXXX)
trap 'rm -rf "\$copy"' EXIT
cp "\$archive" "\$copy/archive.tar"
count=\$#
for argument; do
  count=\$((count - 1))
  shift
  [ \$count -eq 0 ] || set -- "\$@" "\$argument"
done
chroot $PEER_ROOT checkpointctl "\$@" "\${copy#$PEER_ROOT}/archive.tar"
END
  chmod 755 "$PEER_BIN/criu-peer" "$PEER_BIN/checkpointctl-peer"
  ln -sfn ../criu-peer "$PEER_BIN/criu-peer.d/criu"
  if ! quietly "$PEER_BIN/criu-peer" --version; then
    warn "the peer CRIU does not start"
    return 1
  fi
}

install_peer_criu() {
  mkdir -p "$STASIS_CACHE"
  install_peer_root && install_peer_wrappers
}

# Everything the container tests, the comparisons and ./demo need. Says what is missing and returns 1 when anything is.
prepare_peers() {
  local status=0
  rm -f "$PEERS_FILE"
  if [ "$(id -u)" -ne 0 ]; then
    warn "not root: containers cannot be checkpointed, and the tests that need it cannot run"
    return 1
  fi
  mkdir -p "$STASIS_CACHE"
  prepare_containers || status=1
  install_peer_criu || status=1
  [ "$status" -ne 0 ] || write_peers_file
  return "$status"
}

# podman, its images and its network, seen working.
prepare_containers() {
  install_container_tools && configure_podman && install_images && install_podman_network || return 1
  if ! quietly try_container; then
    warn "podman cannot run a container here (see above)"
    return 1
  fi
}

# Starts a container and a command in it. Not `podman run --rm ... true`: where pid 1 is slow to reap, podman waits for it.
try_container() {
  local name=stasis-trial-$$ status=0
  test_podman run -d --name "$name" --network "$PODMAN_NETWORK" "$(image_reference busybox)" sleep 60 &&
    test_podman exec "$name" true || status=1
  test_podman rm -f -t 0 "$name" >/dev/null
  return "$status"
}

# What the tests and the benchmarks ask to know where things are; there only when everything is.
PEERS_FILE=$STASIS_SETUP/peers.properties

write_peers_file() {
  local name
  {
    echo "podman.containers.conf=$PODMAN_HOME/containers.conf"
    echo "podman.storage.conf=$PODMAN_HOME/storage.conf"
    echo "podman.network=$PODMAN_NETWORK"
    for name in busybox redis nginx postgres jdk; do
      echo "image.$name=$(image_reference "$name")"
    done
    echo "daemons.home=$DAEMON_HOME"
    for name in busybox redis; do
      echo "image.archive.$name=$(image_archive "$name")"
    done
    echo "criu.peer=$PEER_BIN/criu-peer.d"
    echo "checkpointctl.peer=$PEER_BIN/checkpointctl-peer"
  } >"$PEERS_FILE"
}
