# shellcheck shell=bash disable=SC2034
# Debian packages: fetched by name with apt-get, kept in the cache by name and version, unpacked there once.
#
# CACHE/packages/NAME_VERSION_ARCHITECTURE.deb and CACHE/unpacked/NAME_VERSION/. Both appear by rename, so that builds
# may share a cache. What is cached needs no network.

declare -A PACKAGE_VERSION=() PACKAGE_FOLDER=()

# kernel_package: the package that the meta package linux-image-amd64 stands for now.
kernel_package() {
    local name
    name=$(apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*-amd64\)$/\1/p' | head -n 1)
    if [[ -z $name ]]; then
        name=$(find "$CACHE/packages" -name 'linux-image-[0-9]*-amd64_*.deb' -printf '%f\n' | sort -V | tail -n 1)
        name=${name%%_*}
    fi
    [[ -n $name ]] || fail "no kernel: apt does not know linux-image-amd64 (run apt-get update) and none is cached"
    printf '%s' "$name"
}

# newest_cached NAME: the version of the newest package of that name in the cache.
newest_cached() {
    local file
    file=$(find "$CACHE/packages" -name "$1_*.deb" -printf '%f\n' | sort -V | tail -n 1)
    file=${file#*_}
    printf '%s' "${file%_*}" | sed 's/%3a/:/g'
}

# find_versions NAME...: fills PACKAGE_VERSION with what apt would install, or with the newest cached.
find_versions() {
    local name version
    while read -r name version; do
        [[ $version == '(none)' ]] || PACKAGE_VERSION[$name]=$version
    done < <(apt-cache policy "$@" 2>/dev/null | awk '/^[^ ]/ {sub(/:$/, ""); name = $0} /^  Candidate:/ {print name, $2}')
    for name in "$@"; do
        version=${PACKAGE_VERSION[$name]:-$(newest_cached "$name")}
        [[ -n $version ]] || fail "package $name is unknown to apt (run apt-get update) and not cached"
        PACKAGE_VERSION[$name]=$version
    done
}

# cached_file NAME: the path of the package in the cache, or nothing.
cached_file() {
    local version=${PACKAGE_VERSION[$1]//:/%3a}
    find "$CACHE/packages" -name "$1_${version}_*.deb" -print -quit
}

download_missing() {
    local name missing=()
    for name in "$@"; do
        [[ -n $(cached_file "$name") ]] || missing+=("$name=${PACKAGE_VERSION[$name]}")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    step "downloading ${#missing[@]} packages"
    local incoming="$CACHE/incoming.$$"
    mkdir -p "$incoming"
    (cd "$incoming" && apt-get -qq download "${missing[@]}") 2>"$WORK/apt.log" || {
        rm -rf "$incoming"
        fail "cannot download packages: $(grep '^E:' "$WORK/apt.log" | head -n 1)"
    }
    mv "$incoming"/*.deb "$CACHE/packages/"
    rmdir "$incoming"
}

# unpack NAME [PATTERN...]: unpacks a package, or those of its files that match, and sets PACKAGE_FOLDER.
unpack() {
    local name=$1
    shift
    local folder="$CACHE/unpacked/${name}_${PACKAGE_VERSION[$name]}"
    [[ $# -eq 0 ]] || folder+="_$(printf '%s' "$*" | sha256sum | head -c 8)" # other patterns, other folder
    PACKAGE_FOLDER[$name]=$folder
    [[ ! -d $folder ]] || return 0
    mkdir -p "$folder.$$"
    dpkg-deb --fsys-tarfile "$(cached_file "$name")" |
        tar --extract --no-same-owner --directory "$folder.$$" --wildcards --no-wildcards-match-slash "${@:-./*}"
    mv --no-target-directory "$folder.$$" "$folder" 2>/dev/null || rm -rf "$folder.$$"
}

# fetch_packages NAME...: downloads and unpacks.
fetch_packages() {
    local name
    mkdir -p "$CACHE/packages" "$CACHE/unpacked"
    find_versions "$@"
    download_missing "$@"
    for name in "$@"; do
        case $name in
        linux-image-*) unpack "$name" "${KERNEL_PATTERNS[@]}" ;;
        *) unpack "$name" ;;
        esac
    done
}
