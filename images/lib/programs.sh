# shellcheck shell=bash
# Programs for the guest: compiled here, or copied out of a package together with the libraries they need.

GUEST_CFLAGS=(-std=gnu11 -O2 -g0 -Wall -Wextra -Werror -Wno-format-truncation -fstack-protector-strong
    -D_FORTIFY_SOURCE=2 -ffunction-sections -fdata-sections)
GUEST_LDFLAGS=(-static -s '-Wl,--gc-sections' '-Wl,--build-id=none')

# compile OUTPUT ARGUMENT...: compiles and links one static program; arguments are sources and gcc options. File names
# must be relative to the current folder, so that no path of this machine gets into the program.
compile() {
    local output=$1
    shift
    gcc "${GUEST_CFLAGS[@]}" -ffile-prefix-map="$PWD"=. "${GUEST_LDFLAGS[@]}" -o "$output" "$@" ||
        fail "cannot compile $(basename "$output")"
}

# compile_guest_programs FOLDER: the programs that every guest has.
compile_guest_programs() (
    cd "$IMAGES/lib/guest" || exit
    compile "$1/initramfs" initramfs.c modules.c util.c
    compile "$1/init" init.c modules.c network.c ports.c power.c services.c util.c
    compile "$1/new-identity" new-identity.c identity.c network.c util.c
    compile "$1/identity-service" identity-service.c identity.c network.c util.c
)

# find_library NAME: its path in one of the unpacked packages.
find_library() {
    local folder place
    for folder in "${PACKAGE_FOLDER[@]}"; do
        for place in usr/lib/x86_64-linux-gnu lib/x86_64-linux-gnu; do
            if [[ -e $folder/$place/$1 ]]; then
                printf '%s' "$folder/$place/$1"
                return
            fi
        done
    done
    fail "library $1 is in none of the recipe's packages"
}

# copy_libraries FILE ROOT: copies the shared libraries that FILE needs, and those that they need.
copy_libraries() {
    local name library target
    for name in $(readelf --dynamic "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
        target="$2/usr/lib/x86_64-linux-gnu/$name"
        [[ ! -e $target ]] || continue
        library=$(find_library "$name")
        install -D --mode=644 "$library" "$target"
        copy_libraries "$library" "$2"
    done
}

# copy_program PACKAGE PATH ROOT: copies a program of a package with its libraries and its loader.
copy_program() {
    local source="${PACKAGE_FOLDER[$1]}$2" loader
    [[ -e $source ]] || fail "package $1 has no $2"
    install -D --mode=755 "$source" "$3$2"
    copy_libraries "$source" "$3"
    loader=$(readelf --program-headers "$source" | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
    [[ -z $loader || -e $3$loader ]] ||
        install -D --mode=755 "$(find_library "$(basename "$loader")")" "$3$loader"
}
