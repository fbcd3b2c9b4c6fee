# shellcheck shell=bash
# The disk: MBR, a FAT partition with kernel and boot loaders (BIOS: syslinux; UEFI: systemd-boot), an ext4 root.

BOOT_START_MIB=1
BOOT_MIB=24

# Arguments that pay under emulation come first; then: no IPv6 (nothing configures it), no keyboard tricks.
KERNEL_ARGUMENTS=(apparmor=0 audit=0 nowatchdog tsc=reliable mitigations=off random.trust_cpu=on
    cryptomgr.notests quiet loglevel=4 ipv6.disable=1 sysctl.kernel.sysrq=0 panic=10 console=tty0 console=ttyS0)

kernel_command_line() {
    printf 'root=UUID=%s %s' "$(uuid_of "$NAME root")" "${KERNEL_ARGUMENTS[*]}"
}

# build_boot_tree TREE KERNEL INITRAMFS
build_boot_tree() {
    mkdir -p "$1"/{EFI/BOOT,loader/entries,syslinux}
    cp "$2" "$1/vmlinuz"
    cp "$3" "$1/initrd"
    cp "${PACKAGE_FOLDER[systemd-boot-efi]}/usr/lib/systemd/boot/efi/systemd-bootx64.efi" "$1/EFI/BOOT/BOOTX64.EFI"
    printf 'default linux.conf\ntimeout 0\neditor no\n' >"$1/loader/loader.conf"
    printf 'title KD-Cloudlet\nlinux /vmlinuz\ninitrd /initrd\noptions %s\n' "$(kernel_command_line)" \
        >"$1/loader/entries/linux.conf"
    printf '%s\n' 'DEFAULT linux' 'PROMPT 0' 'TIMEOUT 0' 'NOESCAPE 1' 'ALLOWOPTIONS 0' 'LABEL linux' \
        '    LINUX /vmlinuz' '    INITRD /initrd' "    APPEND $(kernel_command_line)" >"$1/syslinux/syslinux.cfg"
    settle "$1"
}

write_partition_table() {
    local root_start=$((BOOT_START_MIB + BOOT_MIB)) serial
    serial=$(uuid_of "$NAME disk")
    # shellcheck disable=SC2153 # ROOT_MIB is the recipe's
    truncate --size=$((root_start + ROOT_MIB))M "$1"
    sfdisk --quiet --no-reread --no-tell-kernel "$1" <<END
label: dos
label-id: 0x${serial:0:8}
start=${BOOT_START_MIB}MiB, size=${BOOT_MIB}MiB, type=ef, bootable
start=${root_start}MiB, type=83
END
    dd if="${PACKAGE_FOLDER[syslinux-common]}/usr/lib/syslinux/mbr/mbr.bin" of="$1" bs=440 count=1 conv=notrunc \
        status=none
}

# write_boot_partition DISK TREE
write_boot_partition() {
    local offset=$((BOOT_START_MIB * 1024 * 1024)) volume path
    volume=$(uuid_of "$NAME boot")
    mkfs.vfat -F 16 -n BOOT -i "${volume:0:8}" --invariant --offset $((offset / 512)) "$1" $((BOOT_MIB * 1024)) \
        >"$WORK/mkfs.log" 2>&1 || fail "cannot make the boot file system: $(tail -n 1 "$WORK/mkfs.log")"
    # One by one: mcopy -s takes a folder's files in the order in which the host happens to keep them.
    (cd "$2" && find . -mindepth 1 -printf '%P\n' | sort) | while read -r path; do
        if [[ -d $2/$path ]]; then
            mmd -i "$1@@$offset" "::/$path"
        else
            mcopy -i "$1@@$offset" -m "$2/$path" "::/$path"
        fi
    done || fail "kernel and initramfs do not fit into ${BOOT_MIB} MiB"
    syslinux --offset $offset --directory /syslinux --install "$1"
}

# write_root_partition DISK TREE: fakeroot, because mke2fs takes owners from the files.
write_root_partition() {
    local offset=$(((BOOT_START_MIB + BOOT_MIB) * 1024 * 1024))
    settle "$2"
    fakeroot mke2fs -q -t ext4 -L root -U "$(uuid_of "$NAME root")" -m 0 \
        -N 4096 -J size=4 -d "$2" \
        -E "offset=$offset,hash_seed=$(uuid_of "$NAME hash"),lazy_itable_init=0,lazy_journal_init=0" \
        "$1" "${ROOT_MIB}M" 2>"$WORK/mke2fs.log" || fail "cannot make the root file system: $(tail -n 1 "$WORK/mke2fs.log")"
}

# fix_change_times DISK TREE: mke2fs takes the time of the last change from the files, where nobody can set it.
fix_change_times() {
    local path
    (cd "$2" && find . -mindepth 1 -printf '/%P\n' | sort) | while read -r path; do
        printf 'set_inode_field %s ctime @%s\n' "$path" "$SOURCE_DATE_EPOCH"
    done >"$WORK/debugfs.commands"
    debugfs -w -f "$WORK/debugfs.commands" "$1?offset=$(((BOOT_START_MIB + BOOT_MIB) * 1024 * 1024))" \
        >"$WORK/debugfs.log" 2>&1 || fail "cannot set times: $(tail -n 1 "$WORK/debugfs.log")"
}

# build_disk KERNEL INITRAMFS ROOT OUTPUT
build_disk() {
    local disk="$WORK/disk.raw"
    build_boot_tree "$WORK/boot" "$1" "$2"
    write_partition_table "$disk"
    write_boot_partition "$disk" "$WORK/boot"
    write_root_partition "$disk" "$3"
    fix_change_times "$disk" "$3"
    qemu-img convert -f raw -O qcow2 "$disk" "$4"
}
