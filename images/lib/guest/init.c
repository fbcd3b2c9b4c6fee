/*
 * Process 1 of the guest: makes the service answer as early as possible, does everything else after that, and looks
 * after the services until the machine is to be turned off. It needs no console, no serial port and no disk but its
 * root. Called under another name (shutdown, poweroff, reboot) it asks process 1 for that.
 *
 * Signals: SIGTERM powers off, SIGINT reboots (also what the kernel sends for Ctrl-Alt-Del).
 */
#define _GNU_SOURCE
#include "modules.h"
#include "network.h"
#include "power.h"
#include "services.h"
#include "util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void mount_temporary(void)
{
    if (mount("run", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=16m") < 0 ||
        mount("tmp", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=64m") < 0)
        note("cannot mount temporary file systems: %s", strerror(errno));
}

static void set_hostname(void)
{
    char name[65];
    int length = read_string("/etc/hostname", name, sizeof name);
    if (length > 0 && sethostname(name, (size_t)length) < 0)
        note("cannot set the host name: %s", strerror(errno));
}

/* The image has an empty machine id: each disk that is booted gets its own. */
static void ensure_machine_id(void)
{
    char text[40];
    unsigned char random[16];
    if (read_string("/etc/machine-id", text, sizeof text) == 32)
        return;
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return;
    random[6] = (unsigned char)((random[6] & 0x0F) | 0x40);
    random[8] = (unsigned char)((random[8] & 0x3F) | 0x80);
    for (int i = 0; i < 16; i++)
        sprintf(text + 2 * i, "%02x", random[i]);
    strcat(text, "\n");
    if (replace_file("/etc/machine-id", text) < 0)
        note("cannot write /etc/machine-id: %s", strerror(errno));
}

/* What udev would do: /dev/virtio-ports/NAME for each named port of a virtio-serial device. */
static void link_virtio_ports(void)
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
        if (symlink(target, path) < 0)
            note("cannot link %s: %s", path, strerror(errno));
    }
    closedir(ports);
}

static void prepare_late_devices(void)
{
    if (modules_begin("/lib/modules/late") < 0)
        note("no late modules");
    while (modules_load_for_devices() > 0)
        continue;
    modules_end();
    link_virtio_ports();
}

static int open_signals(void)
{
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    return signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void handle_signals(int signals)
{
    struct signalfd_siginfo signal;
    while (read(signals, &signal, sizeof signal) == sizeof signal)
        if (signal.ssi_signo != SIGCHLD)
            power_down(signal.ssi_signo == SIGINT);
    for (pid_t ended; (ended = waitpid(-1, NULL, WNOHANG)) > 0;)
        services_ended(ended);
}

_Noreturn static void look_after_services(int signals)
{
    struct pollfd watched[1 + MAX_BUTTONS] = {{.fd = signals, .events = POLLIN}};
    int count = 1 + power_open_buttons(watched + 1);
    if (count == 1)
        note("no power button");
    for (;;) {
        int pause = services_restart_due();
        if (poll(watched, (nfds_t)count, pause) <= 0)
            continue;
        if (watched[0].revents != 0)
            handle_signals(signals);
        for (int i = 1; i < count; i++)
            if (watched[i].revents != 0 && power_pressed(watched[i].fd))
                power_down(0);
    }
}

int main(int count, char **arguments)
{
    if (getpid() != 1)
        return power_command(count, arguments);
    umask(022);
    int signals = open_signals();
    reboot(RB_DISABLE_CAD);
    set_hostname();
    network_up();
    mount_temporary();
    services_read();
    services_start(0);
    prepare_late_devices();
    ensure_machine_id();
    services_start(1);
    look_after_services(signals);
}
