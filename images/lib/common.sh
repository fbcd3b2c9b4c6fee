# shellcheck shell=bash
# Shared by all parts of the build: messages, needed programs, fixed values that make builds reproducible.

# Every date in an image: the release of Debian 12. Builds at different times must give the same bytes.
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-1686355200}"
export E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
umask 022

fail() {
    printf 'images/build: %s\n' "$*" >&2
    exit 1
}

# step TEXT: says what is being done and how many seconds after the start.
step() {
    local now=$EPOCHREALTIME
    local millis=$(((${now/./} - BUILD_STARTED) / 1000))
    printf '[%3d.%d s] %s\n' $((millis / 1000)) $((millis % 1000 / 100)) "$*"
}

# need PROGRAM PACKAGE: fails naming the Debian package if the host lacks the program.
need() {
    command -v "$1" >/dev/null || fail "program $1 is missing: install the Debian package $2"
}

need_programs() {
    PATH="$PATH:/usr/sbin:/sbin"
    need apt-get apt
    need readelf binutils
    need objcopy binutils
    need cpio cpio
    need mkfs.vfat dosfstools
    need dpkg-deb dpkg
    need mke2fs e2fsprogs
    need fakeroot fakeroot
    need sfdisk fdisk
    need gcc gcc
    need depmod kmod
    need mcopy mtools
    need qemu-img qemu-utils
    need syslinux syslinux
    [[ -e /usr/include/stdio.h ]] || fail "header stdio.h is missing: install the Debian package libc6-dev"
}

# uuid_of TEXT: a UUID that depends on the text alone.
uuid_of() {
    local hex
    hex=$(printf '%s' "$1" | sha256sum)
    printf '%s-%s-4%s-8%s-%s' "${hex:0:8}" "${hex:8:4}" "${hex:13:3}" "${hex:17:3}" "${hex:20:12}"
}

# settle FOLDER: gives everything in it the same date.
settle() {
    find "$1" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
}
