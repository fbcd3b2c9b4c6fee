# shellcheck shell=bash
# The part of the root file system that every guest has.

# build_base_root ROOT PROGRAMS: folders, accounts, process 1, guest agent, identity hook, network.
build_base_root() {
    local root=$1 programs=$2 name
    mkdir -p "$root"/{dev,proc,sys,run,tmp,root,etc/kdcloudlet,var/lib,var/log,usr/bin,usr/sbin,usr/lib64} \
        "$root"/usr/lib/{x86_64-linux-gnu,kdcloudlet}
    for name in bin sbin lib lib64; do
        ln -s "usr/$name" "$root/$name"
    done
    ln -s /run "$root/var/run"
    install --mode=755 "$programs/init" "$root/usr/sbin/init"
    for name in shutdown poweroff reboot; do
        ln -s init "$root/usr/sbin/$name"
    done
    for name in new-identity identity-service; do
        install --mode=755 "$programs/$name" "$root/usr/lib/kdcloudlet/$name"
    done
    add_modules "$root/usr/lib/modules/late" LATE_ALWAYS LATE_ON_DEMAND
    copy_program busybox-static /bin/busybox "$root"
    ln -s ../bin/busybox "$root/usr/sbin/hwclock"
    copy_program qemu-guest-agent /usr/sbin/qemu-ga "$root"
    write_base_configuration "$root"
}

write_base_configuration() {
    local etc="$1/etc"
    printf 'root:x:0:0:root:/root:/bin/false\nservice:x:1000:1000:service:/:/bin/false\n' >"$etc/passwd"
    printf 'root:x:0:\nservice:x:1000:\n' >"$etc/group"
    # shellcheck disable=SC2153 # NAME is set by images/build, as is ROOT below
    printf '%s\n' "$NAME" >"$etc/hostname"
    : >"$etc/machine-id"
    printf '127.0.0.1 localhost\n' >"$etc/hosts"
    printf 'address 10.0.2.15/24\ngateway 10.0.2.2\n' >"$etc/kdcloudlet/network"
    printf 'ID=kdcloudlet-%s\nNAME="KD-Cloudlet guest %s"\n' "$NAME" "$NAME" >"$etc/os-release"
}

# add_service NAME USER-ID DEVICE PROGRAM ARGUMENT...: see lib/guest/services.h.
add_service() {
    # shellcheck disable=SC2153
    printf '%s\n' "$*" >>"$ROOT/etc/kdcloudlet/services"
}

# record_packages FILE: what the image was made of.
record_packages() {
    local name
    for name in "${!PACKAGE_VERSION[@]}"; do
        printf '%s %s\n' "$name" "${PACKAGE_VERSION[$name]}"
    done | sort >"$1"
}
