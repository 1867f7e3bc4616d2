# Sourced by install.sh and doctor.sh: which packages of packages.txt are installed.

# Prints "package<TAB>version<TAB>purpose" for every line of a list beside this file (default:
# packages.txt); the version is "-" if none of the line's packages is installed.
list_packages() {
  local choices purpose name version
  while read -r choices purpose; do
    case "$choices" in '' | '#'*) continue ;; esac
    version=
    for name in ${choices//|/ }; do
      version=$(dpkg-query -W -f='${db:Status-Status} ${Version}\n' "$name" 2>/dev/null |
        sed -n 's/^installed //p' | head -n 1)
      [ -n "$version" ] && break
    done
    [ -n "$version" ] || name=${choices%%|*}
    printf '%s\t%s\t%s\n' "$name" "${version:--}" "$purpose"
  done <"$(dirname "${BASH_SOURCE[0]}")/${1:-packages.txt}"
}

# The command that installs packages, with sudo unless the caller is root.
install_command() {
  if [ "$(id -u)" -eq 0 ]; then echo "apt-get install"; else echo "sudo apt-get install"; fi
}
