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
#include "ports.h"
#include "power.h"
#include "services.h"
#include "util.h"

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
    read_string("/etc/hostname", name, sizeof name);
    size_t length = strcspn(name, "\n"); /* more lines: what was there before, if power failed during a change */
    if (length > 0 && sethostname(name, length) < 0)
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

static void prepare_late_devices(void)
{
    if (modules_begin("/lib/modules/late") < 0)
        note("no late modules");
    while (modules_load_for_devices() > 0)
        continue;
    modules_end();
    ports_link();
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

_Noreturn static void look_after_services(int signals, int ports)
{
    struct pollfd watched[2 + MAX_BUTTONS] = {{.fd = signals, .events = POLLIN}, {.fd = ports, .events = POLLIN}};
    int count = 2 + power_open_buttons(watched + 2);
    if (count == 2)
        note("no power button");
    for (;;) {
        int pause = services_restart_due();
        if (poll(watched, (nfds_t)count, pause) <= 0)
            continue;
        if (watched[0].revents != 0)
            handle_signals(signals);
        if (watched[1].revents != 0 && ports_changed(ports)) {
            ports_link();
            services_start(1);
        }
        for (int i = 2; i < count; i++)
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
    int ports = ports_listen();
    prepare_late_devices();
    ensure_machine_id();
    services_start(1);
    look_after_services(signals, ports);
}
