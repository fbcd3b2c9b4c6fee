# shellcheck shell=bash disable=SC2034
# The demo guest: a service that inspects files. See images/README.md for its interface.

DEMO_VERSION=1
SDK=(libmicrohttpd-dev libmagic-dev nettle-dev zlib1g-dev libbz2-dev liblzma-dev)
RECIPE_PACKAGES=(libmagic-mgc "${SDK[@]}")
ROOT_MIB=96
IMAGE_LIMIT_MIB=40

# compile_demo OUTPUT: static, against the -dev packages of the cache and not those of this machine.
compile_demo() (
    local package folder options=() symbol
    for package in "${SDK[@]}"; do
        folder=${PACKAGE_FOLDER[$package]}
        options+=(-I "$folder/usr/include" -I "$folder/usr/include/x86_64-linux-gnu"
            -L "$folder/usr/lib/x86_64-linux-gnu")
    done
    for symbol in $(nm --undefined-only "${PACKAGE_FOLDER[libmicrohttpd-dev]}/usr/lib/x86_64-linux-gnu/libmicrohttpd.a" \
        2>/dev/null | awk '$2 ~ /^gnutls_/ { print $2 }' | sort -u); do
        options+=("-Wl,--defsym=$symbol=without_tls") # service/no-tls.c says why
    done
    cd "$IMAGES/demo/service" || exit
    compile "$1" -DDEMO_VERSION="\"$DEMO_VERSION\"" ./*.c "${options[@]}" -lmicrohttpd -lmagic -lnettle -lz -lbz2 -llzma -lpthread
)

# recipe_root ROOT PROGRAMS: adds the service to the guest's root.
recipe_root() {
    compile_demo "$2/demo"
    install -D --mode=755 "$2/demo" "$1/usr/bin/demo"
    install -D --mode=644 "${PACKAGE_FOLDER[libmagic-mgc]}/usr/lib/file/magic.mgc" "$1/usr/share/misc/magic.mgc"
    add_service demo 1000 - /usr/bin/demo
}
