#define _GNU_SOURCE
#include "network.h"

#include "util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_INTERFACE_INDEX = 64 };

static struct sockaddr *set_address(struct sockaddr *to, in_addr_t address)
{
    struct sockaddr_in inet = {.sin_family = AF_INET, .sin_addr.s_addr = address};
    memcpy(to, &inet, sizeof inet);
    return to;
}

int network_control(void)
{
    return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static int set_flag_up(int control, struct ifreq *request, int up)
{
    if (ioctl(control, SIOCGIFFLAGS, request) < 0)
        return -1;
    request->ifr_flags = (short)(up ? request->ifr_flags | IFF_UP : request->ifr_flags & ~IFF_UP);
    return ioctl(control, SIOCSIFFLAGS, request);
}

static int add_default_route(int control, in_addr_t gateway)
{
    struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY};
    set_address(&route.rt_dst, INADDR_ANY);
    set_address(&route.rt_genmask, INADDR_ANY);
    set_address(&route.rt_gateway, gateway);
    return ioctl(control, SIOCADDRT, &route);
}

int network_first_interface(char *name)
{
    int control = network_control();
    for (int index = 1; control >= 0 && index < MAX_INTERFACE_INDEX; index++) {
        struct ifreq request = {.ifr_ifindex = index};
        if (ioctl(control, SIOCGIFNAME, &request) < 0 || ioctl(control, SIOCGIFHWADDR, &request) < 0 ||
            request.ifr_hwaddr.sa_family != ARPHRD_ETHER)
            continue;
        memcpy(name, request.ifr_name, IFNAMSIZ);
        close(control);
        return 0;
    }
    if (control >= 0)
        close(control);
    errno = ENODEV;
    return -1;
}

static int configure(int control, const char *name, in_addr_t address, in_addr_t mask)
{
    struct ifreq request = {0};
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    set_address(&request.ifr_addr, address);
    if (ioctl(control, SIOCSIFADDR, &request) < 0)
        return -1;
    set_address(&request.ifr_netmask, mask);
    if (ioctl(control, SIOCSIFNETMASK, &request) < 0)
        return -1;
    return set_flag_up(control, &request, 1);
}

static int read_configuration(char address[16], unsigned *bits, char gateway[16])
{
    char text[512];
    if (read_string("/etc/kdcloudlet/network", text, sizeof text) < 0)
        return -1;
    char *rest = text;
    int found = 0;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (sscanf(line, "address %15[0-9.]/%u", address, bits) == 2 && *bits >= 1 && *bits <= 32)
            found |= 1;
        if (sscanf(line, "gateway %15[0-9.]", gateway) == 1)
            found |= 2;
    }
    errno = EINVAL;
    return found == 3 ? 0 : -1;
}

void network_up(void)
{
    char name[IFNAMSIZ], address[16], gateway[16];
    unsigned bits = 0;
    int control = network_control();
    write_string("/proc/sys/net/ipv4/conf/all/arp_notify", "1");
    write_string("/proc/sys/net/ipv4/conf/default/arp_notify", "1");
    if (configure(control, "lo", htonl(INADDR_LOOPBACK), htonl(0xFF000000)) < 0)
        note("cannot bring up lo: %s", strerror(errno));
    if (network_first_interface(name) < 0)
        note("no ethernet interface");
    else if (read_configuration(address, &bits, gateway) < 0)
        note("cannot read /etc/kdcloudlet/network: %s", strerror(errno));
    else if (configure(control, name, inet_addr(address), htonl(0xFFFFFFFFu << (32 - bits))) < 0 ||
             add_default_route(control, inet_addr(gateway)) < 0)
        note("cannot configure %s: %s", name, strerror(errno));
    close(control);
}

/* The default route's gateway, or INADDR_ANY if there is none. */
static in_addr_t default_gateway(void)
{
    char line[256];
    unsigned gateway = INADDR_ANY;
    FILE *routes = fopen("/proc/net/route", "re");
    while (routes != NULL && gateway == INADDR_ANY && fgets(line, sizeof line, routes) != NULL)
        if (sscanf(line, "%*s 00000000 %x", &gateway) != 1)
            gateway = INADDR_ANY;
    if (routes != NULL)
        fclose(routes);
    return gateway;
}

static int set_mac_while_down(int control, struct ifreq *request)
{
    struct ifreq flags = *request;
    in_addr_t gateway = default_gateway();
    if (set_flag_up(control, &flags, 0) < 0)
        return -1;
    int result = ioctl(control, SIOCSIFHWADDR, request);
    int error = errno;
    if (set_flag_up(control, &flags, 1) < 0)
        return -1;
    if (gateway != INADDR_ANY && add_default_route(control, gateway) < 0 && errno != EEXIST)
        return -1;
    errno = error;
    return result;
}

int network_set_mac(int control, const char *name, const unsigned char mac[6])
{
    struct ifreq request = {.ifr_hwaddr.sa_family = ARPHRD_ETHER};
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    memcpy(request.ifr_hwaddr.sa_data, mac, 6);
    int result = ioctl(control, SIOCSIFHWADDR, &request);
    return result < 0 && errno == EBUSY ? set_mac_while_down(control, &request) : result;
}
