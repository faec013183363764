# Debian packages. Sourced by the other scripts.

package_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

package_known() {
  [ -n "$(apt-cache policy "$1" 2>/dev/null | awk '$1 == "Candidate:" && $2 != "(none)" { print $2 }')" ]
}

# apt's lists are fetched at most once per run of a script, and only when a package is missing.
refresh_package_lists() {
  [ -z "${PACKAGE_LISTS_FRESH:-}" ] || return 0
  say "apt-get update"
  quietly apt-get update || warn "the package lists could not be fetched; going on with the old ones"
  PACKAGE_LISTS_FRESH=yes
}

# install_packages WHAT-THEY-ARE-FOR PACKAGE... : installs what is missing. Each package is tried by itself when all
# together fail, so that one that is not to be had does not take the others with it. Returns 1 when any is missing
# at the end and says what for.
install_packages() {
  local purpose=$1 package missing=() lost=()
  shift
  for package in "$@"; do
    package_installed "$package" || missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    warn "not installed, and only root on a Debian or Ubuntu can do it here: ${missing[*]} ($purpose)"
    return 1
  fi
  refresh_package_lists
  say "installing ${missing[*]} ($purpose)"
  if ! apt_install "${missing[@]}" >/dev/null 2>&1; then
    for package in "${missing[@]}"; do
      if ! package_known "$package"; then
        lost+=("$package")
      elif ! quietly apt_install "$package"; then
        lost+=("$package")
      fi
    done
  fi
  [ "${#lost[@]}" -eq 0 ] || warn "cannot be installed here: ${lost[*]} ($purpose)"
  [ "${#lost[@]}" -eq 0 ]
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" </dev/null
}
