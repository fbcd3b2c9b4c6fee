#define _GNU_SOURCE
#include "power.h"

#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_INPUTS = 32, END_DEADLINE_MILLIS = 3000, BITS_PER_LONG = 8 * sizeof(long) };

static int has_power_key(int input)
{
    unsigned long keys[KEY_MAX / BITS_PER_LONG + 1] = {0};
    char name[64] = "";
    if (ioctl(input, EVIOCGBIT(EV_KEY, sizeof keys), keys) < 0 || ioctl(input, EVIOCGNAME(sizeof name), name) < 0)
        return 0;
    int has_key = keys[KEY_POWER / BITS_PER_LONG] >> (KEY_POWER % BITS_PER_LONG) & 1;
    return has_key && strstr(name, "Power Button") != NULL; /* a keyboard has the key too, and is not ours to obey */
}

int power_open_buttons(struct pollfd buttons[MAX_BUTTONS])
{
    int count = 0;
    for (int i = 0; i < MAX_INPUTS && count < MAX_BUTTONS; i++) {
        char path[64];
        snprintf(path, sizeof path, "/dev/input/event%d", i);
        int input = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (input < 0)
            continue;
        if (has_power_key(input))
            buttons[count++] = (struct pollfd){.fd = input, .events = POLLIN};
        else
            close(input);
    }
    return count;
}

int power_pressed(int button)
{
    struct input_event event;
    int pressed = 0;
    while (read(button, &event, sizeof event) == sizeof event)
        pressed |= event.type == EV_KEY && event.code == KEY_POWER && event.value == 1;
    return pressed;
}

static void end_processes(void)
{
    long long deadline = monotonic_millis() + END_DEADLINE_MILLIS;
    kill(-1, SIGTERM);
    kill(-1, SIGCONT);
    for (;;) {
        pid_t ended = waitpid(-1, NULL, WNOHANG);
        if (ended < 0 && errno == ECHILD)
            return;
        if (monotonic_millis() > deadline)
            break;
        if (ended == 0)
            usleep(5000);
    }
    kill(-1, SIGKILL);
    while (waitpid(-1, NULL, 0) > 0)
        continue;
}

_Noreturn void power_down(int reboot_instead)
{
    end_processes();
    sync();
    if (mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0)
        note("cannot make the root file system read-only: %s", strerror(errno));
    sync();
    reboot(reboot_instead ? RB_AUTOBOOT : RB_POWER_OFF);
    for (;;)
        pause();
}

int power_command(int count, char **arguments)
{
    const char *name = strrchr(arguments[0], '/');
    int reboot_instead = strcmp(name != NULL ? name + 1 : arguments[0], "reboot") == 0;
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "-r") == 0)
            reboot_instead = 1;
        if (strcmp(arguments[i], "-P") == 0 || strcmp(arguments[i], "-H") == 0)
            reboot_instead = 0;
    }
    if (kill(1, reboot_instead ? SIGINT : SIGTERM) == 0)
        return 0;
    fprintf(stderr, "cannot ask process 1: %s\n", strerror(errno));
    return 1;
}
