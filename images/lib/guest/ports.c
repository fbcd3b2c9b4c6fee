#define _GNU_SOURCE
#include "ports.h"

#include "util.h"

#include <dirent.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KERNEL_EVENTS = 1 };

int ports_listen(void)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = KERNEL_EVENTS};
    int listener = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
    if (listener >= 0 && bind(listener, (struct sockaddr *)&address, sizeof address) == 0)
        return listener;
    note("cannot hear of new devices: %s", strerror(errno));
    if (listener >= 0)
        close(listener);
    return -1;
}

int ports_changed(int listener)
{
    char event[4096]; /* "ACTION@PATH", zero, variables */
    int changed = 0;
    for (;;) {
        ssize_t length = recv(listener, event, sizeof event - 1, 0);
        if (length < 0 && errno == ENOBUFS)
            changed = 1; /* some were lost, who knows about what */
        else if (length < 0)
            return changed;
        else {
            event[length] = '\0';
            changed |= strstr(event, "/virtio-ports/") != NULL;
        }
    }
}

void ports_link(void)
{
    DIR *ports = opendir("/sys/class/virtio-ports");
    if (ports == NULL)
        return;
    mkdir("/dev/virtio-ports", 0755);
    for (struct dirent *entry; (entry = readdir(ports)) != NULL;) {
        char path[512], name[128], target[300];
        snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", entry->d_name);
        if (entry->d_name[0] == '.' || read_string(path, name, sizeof name) <= 0 || strchr(name, '/') != NULL)
            continue;
        snprintf(path, sizeof path, "/dev/virtio-ports/%s", name);
        snprintf(target, sizeof target, "../%s", entry->d_name);
        unlink(path); /* that of a port which was there before under the same name */
        if (symlink(target, path) < 0)
            note("cannot link %s: %s", path, strerror(errno));
    }
    closedir(ports);
}
