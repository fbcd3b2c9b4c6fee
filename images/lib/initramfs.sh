# shellcheck shell=bash disable=SC2034
# Kernel, its modules, and the initramfs that loads them.

# What is unpacked of the kernel's package: 10 of its 400 MB.
KERNEL_PATTERNS=('./boot/vmlinuz-*' './lib/modules/*/modules.*' './lib/modules/*/kernel/block/*' './lib/modules/*/kernel/crypto/*'
    './lib/modules/*/kernel/lib/*' './lib/modules/*/kernel/fs/ext4/*' './lib/modules/*/kernel/fs/jbd2/*'
    './lib/modules/*/kernel/fs/mbcache.ko' './lib/modules/*/kernel/drivers/ata/*'
    './lib/modules/*/kernel/drivers/scsi/*' './lib/modules/*/kernel/drivers/virtio/*'
    './lib/modules/*/kernel/drivers/block/*' './lib/modules/*/kernel/drivers/char/*'
    './lib/modules/*/kernel/drivers/acpi/*' './lib/modules/*/kernel/drivers/input/*'
    './lib/modules/*/kernel/drivers/net/*.ko' './lib/modules/*/kernel/drivers/net/ethernet/realtek/*'
    './lib/modules/*/kernel/drivers/net/ethernet/intel/*' './lib/modules/*/kernel/net/core/*')

# Loaded in any case, and loaded when a device asks for them: before the root file system is there...
EARLY_ALWAYS=(crc32c_generic ext4)
EARLY_ON_DEMAND=(virtio_pci virtio_blk virtio_net 8139cp e1000 e1000e)
# ... if no disk found with those holds it (looking for IDE and SATA disks takes long where there are none)...
SLOW_ALWAYS=()
SLOW_ON_DEMAND=(virtio_scsi ata_piix ahci sd_mod)
# ... and after the service was started.
LATE_ALWAYS=(evdev button)
LATE_ON_DEMAND=(virtio_console virtio_rng virtio_balloon)

# index_modules KERNEL: sets MODULES to the kernel's folder of modules, with depmod's indexes.
index_modules() {
    local folder=${PACKAGE_FOLDER[$1]}
    MODULES=$(echo "$folder"/lib/modules/*)
    if [[ ! -e $MODULES/modules.dep ]]; then
        depmod --basedir "$folder" "$(basename "$MODULES")" 2>/dev/null
    fi
    [[ -s $MODULES/modules.dep ]] || fail "depmod found no modules in package $1"
}

# module_chain NAME: the paths of a module and all it needs, dependencies first.
module_chain() {
    awk -v wanted="$1" '
        {
            path = $1; sub(/:$/, "", path)
            name = path; sub(/.*\//, "", name); sub(/\.ko$/, "", name); gsub(/-/, "_", name)
            if (name != wanted) next
            for (i = NF; i >= 1; i--) { sub(/:$/, "", $i); printf "%s ", $i }
            found = 1
        }
        END { exit !found }' "$MODULES/modules.dep" || fail "the kernel has no module $1"
}

# add_module NAME FOLDER: copies a module and what it needs, without signature and type information, which cost time
# to check. Prints the file names, dependencies first.
add_module() {
    local path name
    for path in $(module_chain "$1"); do
        name=$(basename "$path")
        [[ -e $2/$name ]] || objcopy --strip-debug --remove-section=.BTF "$MODULES/$path" "$2/$name"
        printf ' %s' "$name"
    done
}

# add_modules FOLDER NAME_OF_ALWAYS_LIST NAME_OF_ON_DEMAND_LIST: fills a folder as lib/guest/modules.h describes.
add_modules() {
    local -n always=$2 on_demand=$3
    local module files pattern
    mkdir -p "$1"
    for module in "${always[@]}"; do
        printf 'always%s\n' "$(add_module "$module" "$1")"
    done >"$1/plan"
    for module in "${on_demand[@]}"; do
        files=$(add_module "$module" "$1")
        awk -v wanted="$module" '{ name = $3; gsub(/-/, "_", name); if ($1 == "alias" && name == wanted) print $2 }' \
            "$MODULES/modules.alias" | while read -r pattern; do
            printf '%s%s\n' "$pattern" "$files"
        done
    done >>"$1/plan"
}

# build_initramfs INIT OUTPUT: not compressed, since unpacking costs an emulated guest more than reading.
build_initramfs() {
    local tree="$WORK/initramfs"
    mkdir -p "$tree"/{dev,proc,sys,root}
    install --mode=755 "$1" "$tree/init"
    add_modules "$tree/modules/early" EARLY_ALWAYS EARLY_ON_DEMAND
    add_modules "$tree/modules/slow" SLOW_ALWAYS SLOW_ON_DEMAND
    settle "$tree"
    (cd "$tree" && find . -mindepth 1 | sort |
        cpio --quiet --create --reproducible --format=newc --owner=0:0 >"$2")
}
