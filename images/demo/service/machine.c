#define _GNU_SOURCE
#include "machine.h"

#include <ctype.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { RANDOM_BYTES = 16, MAX_INTERFACE_INDEX = 64 };

static void add_file(struct text *json, const char *name, const char *path)
{
    char line[128];
    ssize_t length = -1;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        length = read(file, line, sizeof line - 1);
        close(file);
    }
    while (length > 0 && isspace((unsigned char)line[length - 1]))
        length--;
    line[length > 0 ? length : 0] = '\0';
    json_string(json, name, line);
}

static void add_time(struct text *json)
{
    struct timespec now, running;
    struct tm parts;
    char date[32], full[64];
    clock_gettime(CLOCK_REALTIME, &now);
    clock_gettime(CLOCK_BOOTTIME, &running);
    gmtime_r(&now.tv_sec, &parts);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(full, sizeof full, "%s.%03ldZ", date, now.tv_nsec / 1000000);
    json_number(json, "uptime_seconds", (unsigned long long)running.tv_sec);
    json_string(json, "time", full);
}

static void add_random(struct text *json)
{
    unsigned char bytes[RANDOM_BYTES];
    char hex[2 * RANDOM_BYTES + 1] = "";
    if (getrandom(bytes, sizeof bytes, 0) == sizeof bytes)
        for (int i = 0; i < RANDOM_BYTES; i++)
            sprintf(hex + 2 * i, "%02x", bytes[i]);
    json_string(json, "random", hex);
}

static void add_mac(struct text *json)
{
    char mac[18] = "";
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    for (int index = 1; control >= 0 && mac[0] == '\0' && index < MAX_INTERFACE_INDEX; index++) {
        struct ifreq request = {.ifr_ifindex = index};
        if (ioctl(control, SIOCGIFNAME, &request) < 0 || ioctl(control, SIOCGIFHWADDR, &request) < 0 ||
            request.ifr_hwaddr.sa_family != ARPHRD_ETHER)
            continue;
        const unsigned char *address = (const unsigned char *)request.ifr_hwaddr.sa_data;
        snprintf(mac, sizeof mac, "%02x:%02x:%02x:%02x:%02x:%02x", address[0], address[1], address[2], address[3],
                 address[4], address[5]);
    }
    if (control >= 0)
        close(control);
    json_string(json, "mac", mac);
}

void machine_hostname(char *name, size_t size)
{
    if (gethostname(name, size) < 0)
        name[0] = '\0';
    name[size - 1] = '\0';
}

void machine_report(struct text *json)
{
    char name[65];
    struct utsname kernel;
    machine_hostname(name, sizeof name);
    uname(&kernel);
    json_string(json, "host", name);
    json_string(json, "kernel", kernel.release);
    add_file(json, "machine_id", "/etc/machine-id");
    add_time(json);
    add_random(json);
    add_file(json, "boot_id", "/proc/sys/kernel/random/boot_id");
    add_mac(json);
}
