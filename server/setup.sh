# Sourced by server/run, tests/run and the benchmarks: installs the Debian packages that are missing, and builds. Both say what they do on standard
# error; when there is nothing to do they take a fraction of a second.
#
# Changes the machine only through apt-get, and only for packages of config/packages that are not there.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
packages_file=$root/config/packages
build=$root/build

say() {
  printf '%s\n' "$*" >&2
}

fail() {
  say "$*"
  exit 1
}

# The packages of the groups, one to a line.
packages_of() {
  awk -v groups=" $* " '!/^#/ && NF >= 3 && index(groups, " " $1 " ") { print $2 }' "$packages_file"
}

# What a package is for.
reason_of() {
  awk -v package="$1" '!/^#/ && $2 == package { $1 = $2 = ""; sub(/^ +/, ""); print }' "$packages_file"
}

# Node.js from elsewhere is as good.
have_node() {
  command -v npm >/dev/null && command -v node >/dev/null &&
    [ "$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)" -ge 18 ]
}

# The packages of the groups that are not installed, one to a line.
missing_packages() {
  local installed package
  # dpkg-query fails when it does not know one of them, and tells of the others all the same
  installed=$(packages_of "$@" | xargs dpkg-query -W -f '${Package} ${db:Status-Status}\n' 2>/dev/null | awk '$2 == "installed" { print $1 }') || true
  for package in $(packages_of "$@"); do
    case $package in
      nodejs | npm) if have_node; then continue; fi ;;
    esac
    grep -qxF "$package" <<<"$installed" || printf '%s\n' "$package"
  done
}

# Runs a command as root: directly, or through sudo, which may ask for the password.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "This needs root: run it as root, or have sudo installed. It was to run: $*"
  fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@" >&2
}

# setup_install GROUP...: installs what is missing of these groups.
setup_install() {
  local missing package
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "This is no Debian: nothing is installed. What is needed stands in $packages_file."
    return
  fi
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing ${#missing[@]} Debian packages:"
  for package in "${missing[@]}"; do
    say "$(printf '  %-30s %s' "$package" "$(reason_of "$package")")"
  done
  apt update || fail "The package lists could not be fetched: is there a network?"
  apt install -y --no-install-recommends "${missing[@]}" || fail "The packages could not be installed: see above."
}

# unpack PACKAGE FOLDER: what is in a package, without installing it.
unpack() {
  local package=$1 folder=$2
  (cd "$folder" && apt-get download "$package" >&2 && dpkg-deb -x "$package"_*.deb .) ||
    { apt update && (cd "$folder" && apt-get download "$package" >&2 && dpkg-deb -x "$package"_*.deb .); } ||
    fail "$package could not be fetched: see above."
  rm -f "$folder/$package"_*.deb
}

# setup_unpack PACKAGE PROGRAM: PROGRAM out of a package into build/tools, without installing it; nothing when PATH has it.
setup_unpack() {
  local package=$1 program=$2 tools=$build/tools work
  command -v "$program" >/dev/null && return
  if [ ! -x "$tools/$program" ]; then
    say "Unpacking $program from the Debian package $package ($(reason_of "$package"))"
    work=$(mktemp -d)
    unpack "$package" "$work"
    mkdir -p "$tools"
    install "$work"/usr/*bin/"$program" "$tools/$program.new"
    mv "$tools/$program.new" "$tools/$program"
    rm -rf "$work"
  fi
  PATH=$tools:$PATH
}

# setup_rivals: the servers that tests/bench/run compares with, and what it draws with. Whatever cannot be had is named, and left out.
setup_rivals() {
  (setup_install bench) || say "Without these packages the benchmark leaves out what needs them."
  (setup_unpack icecast2 icecast2) || say "The benchmark goes on without Icecast."
  (setup_unpack nats-server nats-server) || say "The benchmark goes on without NATS."
  (setup_node_packages) || say "The benchmark goes on without npm's ws."
}

# The packages of tests/package-lock.json, when they are missing or older than it.
setup_node_packages() {
  local folder=$root/tests
  (
    flock 9
    if [ ! -e "$folder/node_modules/.package-lock.json" ] || [ "$folder/package-lock.json" -nt "$folder/node_modules/.package-lock.json" ]; then
      say "Installing the packages of tests/package-lock.json"
      cd "$folder" && npm ci --no-progress >&2 && touch node_modules/.package-lock.json
    fi
  ) 9<"$folder/package-lock.json" || fail "The packages of tests/package-lock.json could not be installed: see above."
}

cached() {
  grep -qE "^$1" "$build/CMakeCache.txt" 2>/dev/null
}

# Configures when that was not done, was done for another folder, or was done without what is asked for.
configure() {
  local tests=$1 generator=()
  if cached "CMAKE_HOME_DIRECTORY:INTERNAL=$root\$" && cached 'BOOTHCAST_WEB:BOOL=ON' && ! cached 'NPM:FILEPATH=NPM-NOTFOUND' &&
    { [ "$tests" = OFF ] || { cached 'BOOTHCAST_TESTS:BOOL=ON' && cached 'CMOCKA_FOUND:INTERNAL=1'; }; }; then
    return
  fi
  if [ -e "$build/CMakeCache.txt" ] && ! cached "CMAKE_HOME_DIRECTORY:INTERNAL=$root\$"; then
    rm -rf "$build/CMakeCache.txt" "$build/CMakeFiles"
  fi
  [ -e "$build/CMakeCache.txt" ] || generator=(-G Ninja)
  say "Configuring the build in $build"
  cmake -S "$root" -B "$build" "${generator[@]}" -DBOOTHCAST_WEB=ON -DBOOTHCAST_TESTS="$tests" >"$build.log" 2>&1 ||
    { cat "$build.log" >&2; fail "The build could not be configured: see above."; }
  mkdir -p "$build" && mv "$build.log" "$build/configure.log"
}

# setup_build program|tests: the server and its pages, or also the tests.
setup_build() {
  local targets=(--target boothcast web)
  if [ "$1" = tests ]; then
    configure ON
    targets=()
  else
    configure OFF
  fi
  # one build at a time in this folder
  exec 8>"$build/.lock"
  flock 8
  cmake --build "$build" "${targets[@]}" 8>&- >&2 || fail "The build failed: see above."
  exec 8>&-
}
