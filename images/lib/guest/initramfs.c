/*
 * First program of the guest, run by the kernel from the initramfs: loads drivers, finds the root file system by the
 * UUID in the kernel argument root=UUID=..., on whatever disk it is, and starts /sbin/init there. There is no shell to
 * fall back to: a guest that cannot find its disk says so on the console and powers off.
 */
#define _GNU_SOURCE
#include "modules.h"
#include "util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROOT_DEADLINE_MILLIS = 60000, SUPERBLOCK = 1024, MAGIC_AT = 56, UUID_AT = 104, UUID_TEXT = 36 };

static void give_up(const char *what)
{
    note("%s: %s, powering off", what, strerror(errno));
    usleep(100000);
    reboot(RB_POWER_OFF);
    for (;;)
        pause();
}

static void mount_kernel_file_systems(void)
{
    if (mount("dev", "/dev", "devtmpfs", MS_NOSUID, "mode=0755") < 0 ||
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 ||
        mount("sys", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        give_up("cannot mount kernel file systems");
}

static void read_wanted_uuid(char *uuid)
{
    char arguments[2048];
    read_string("/proc/cmdline", arguments, sizeof arguments);
    char *wanted = strstr(arguments, "root=UUID=");
    if (wanted == NULL || strlen(wanted) < 10 + UUID_TEXT) {
        errno = EINVAL;
        give_up("no root=UUID= among the kernel's arguments");
    }
    memcpy(uuid, wanted + 10, UUID_TEXT);
    uuid[UUID_TEXT] = '\0';
}

static int holds_root(const char *device, const char *wanted)
{
    unsigned char block[UUID_AT + 16];
    int disk = open(device, O_RDONLY | O_CLOEXEC);
    if (disk < 0)
        return 0;
    ssize_t length = pread(disk, block, sizeof block, SUPERBLOCK);
    close(disk);
    if (length != sizeof block || block[MAGIC_AT] != 0x53 || block[MAGIC_AT + 1] != 0xEF)
        return 0;
    char found[UUID_TEXT + 1] = "";
    for (int i = 0, at = 0; i < 16; i++)
        at += sprintf(found + at, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", block[UUID_AT + i]);
    return strcmp(found, wanted) == 0;
}

static int find_root(const char *uuid, char *device, size_t size)
{
    DIR *disks = opendir("/sys/class/block");
    int found = 0;
    if (disks == NULL)
        return 0;
    for (struct dirent *entry; !found && (entry = readdir(disks)) != NULL;) {
        snprintf(device, size, "/dev/%s", entry->d_name);
        found = entry->d_name[0] != '.' && holds_root(device, uuid);
    }
    closedir(disks);
    return found;
}

static int look_for_root(const char *uuid, char *device, size_t size)
{
    while (modules_load_for_devices() > 0)
        continue;
    return find_root(uuid, device, size);
}

/* Most guests have a virtio disk; only the others load drivers that search slowly, and in the background. */
static void wait_for_root(const char *uuid, char *device, size_t size)
{
    if (modules_begin("/modules/early") < 0)
        give_up("no plan in /modules/early");
    int found = look_for_root(uuid, device, size);
    modules_end();
    if (found)
        return;
    long long deadline = monotonic_millis() + ROOT_DEADLINE_MILLIS;
    if (modules_begin("/modules/slow") < 0)
        give_up("no plan in /modules/slow");
    while (!look_for_root(uuid, device, size)) {
        if (monotonic_millis() > deadline) {
            errno = ENODEV;
            give_up("no disk holds the root file system");
        }
        usleep(2000);
    }
    modules_end();
}

/* The initramfs stays in memory for as long as the guest runs, and in that of each of its clones. */
static void free_initramfs(void)
{
    static const char *const FOLDERS[] = {"/modules/early", "/modules/slow"};
    for (int i = 0; i < 2; i++) {
        DIR *modules = opendir(FOLDERS[i]);
        if (modules == NULL)
            continue;
        for (struct dirent *entry; (entry = readdir(modules)) != NULL;)
            unlinkat(dirfd(modules), entry->d_name, 0);
        closedir(modules);
    }
    unlink("/init");
}

int main(void)
{
    char uuid[UUID_TEXT + 1];
    char device[300];
    mount_kernel_file_systems();
    adopt_kernel_log();
    read_wanted_uuid(uuid);
    wait_for_root(uuid, device, sizeof device);
    if (mount(device, "/root", "ext4", MS_NOATIME, NULL) < 0)
        give_up("cannot mount the root file system");
    free_initramfs();
    if (mount("/dev", "/root/dev", NULL, MS_MOVE, NULL) < 0 || mount("/proc", "/root/proc", NULL, MS_MOVE, NULL) < 0 ||
        mount("/sys", "/root/sys", NULL, MS_MOVE, NULL) < 0 || chdir("/root") < 0 ||
        mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
        give_up("cannot enter the root file system");
    execl("/sbin/init", "init", (char *)NULL);
    give_up("cannot start /sbin/init");
}
