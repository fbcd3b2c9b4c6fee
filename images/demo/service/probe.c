#define _GNU_SOURCE
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TIMEOUT_MILLIS = 1000 };

struct target {
    char host[64];
    unsigned port;
    struct sockaddr_storage address;
    socklen_t length;
};

static long long millis(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static int parse_target(const char *line, struct target *target)
{
    char rest;
    memset(target, 0, sizeof *target);
    if (sscanf(line, "%63s %5u %c", target->host, &target->port, &rest) != 2 || target->port < 1 ||
        target->port > 65535)
        return 0;
    struct sockaddr_in *four = (struct sockaddr_in *)&target->address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&target->address;
    if (inet_pton(AF_INET, target->host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)target->port);
        target->length = sizeof *four;
    } else if (inet_pton(AF_INET6, target->host, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons((uint16_t)target->port);
        target->length = sizeof *six;
    }
    return target->length != 0;
}

static const char *meaning(int error)
{
    switch (error) {
    case 0:
        return "connected";
    case ECONNREFUSED:
    case ECONNRESET:
        return "refused";
    case ETIMEDOUT:
        return "timeout";
    default:
        return "unreachable";
    }
}

static const char *try_connect(const struct target *target)
{
    int error = 0;
    socklen_t size = sizeof error;
    int client = socket(target->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client < 0)
        return "unreachable";
    if (connect(client, (const struct sockaddr *)&target->address, target->length) < 0) {
        error = errno;
        struct pollfd waiting = {.fd = client, .events = POLLOUT};
        if (error == EINPROGRESS && poll(&waiting, 1, TIMEOUT_MILLIS) == 0)
            error = ETIMEDOUT;
        else if (error == EINPROGRESS)
            getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    close(client);
    return meaning(error);
}

static void try_target(const struct target *target, struct text *json)
{
    long long begin = millis();
    const char *result = try_connect(target);
    text_add(json, json->data[json->length - 1] == '[' ? "{" : ",{");
    json_string(json, "host", target->host);
    json_number(json, "port", target->port);
    json_string(json, "result", result);
    json_number(json, "millis", (unsigned long long)(millis() - begin));
    text_add(json, "}");
}

const char *probe_network(char *lines, struct text *json)
{
    struct target targets[PROBE_MAX_LINES];
    int count = 0;
    for (char *line; (line = strsep(&lines, "\n")) != NULL;) {
        if (line[strspn(line, " \t\r")] == '\0')
            continue;
        if (count == PROBE_MAX_LINES)
            return "more than 16 lines";
        if (!parse_target(line, &targets[count++]))
            return "each line must be a numeric IP address and a port";
    }
    if (count == 0)
        return "no lines";
    text_add(json, "[");
    for (int i = 0; i < count; i++)
        try_target(&targets[i], json);
    text_add(json, "]");
    return NULL;
}
