# Where things are. Sourced by the other scripts.

STASIS_HOME=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
STASIS_DIST=$STASIS_HOME/dist
# What is costly to make and the same for every checkout: the peer CRIU, container images, podman's storage.
STASIS_CACHE=${STASIS_CACHE:-/var/cache/stasis}
# What set-up found out about this machine, for this checkout; never committed.
STASIS_SETUP=$STASIS_HOME/.setup
export STASIS_HOME STASIS_DIST STASIS_CACHE STASIS_SETUP
mkdir -p "$STASIS_SETUP"
