#define _GNU_SOURCE
#include "exchange.h"

#include "machine.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { UDP_PORT = 8081, TCP_PORT = 8082, MAX_CLIENTS = 64, LINE_LIMIT = 4096, IDLE_SECONDS = 60 };
enum { DATAGRAMS, LISTENER, FIRST_CLIENT, SLOTS = FIRST_CLIENT + MAX_CLIENTS };

struct client {
    char line[LINE_LIMIT];
    size_t length;
    time_t last;
};

static struct pollfd slots[SLOTS]; /* a free slot has fd -1 */
static struct client clients[MAX_CLIENTS];

static time_t seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static int open_port(int type, uint16_t port)
{
    int yes = 1;
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
    int opened = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(opened, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (opened >= 0 && bind(opened, (struct sockaddr *)&any, sizeof any) == 0 &&
        (type == SOCK_DGRAM || listen(opened, MAX_CLIENTS) == 0))
        return opened;
    fprintf(stderr, "demo: cannot open port %u: %s\n", port, strerror(errno));
    return -1;
}

static void answer_datagram(int datagrams)
{
    char text[128], name[65];
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    ssize_t length = recvfrom(datagrams, text, sizeof text, 0, (struct sockaddr *)&from, &size);
    if (length != 5 || memcmp(text, "ping\n", 5) != 0)
        return;
    machine_hostname(name, sizeof name);
    int reply = snprintf(text, sizeof text, "pong %s\n", name);
    sendto(datagrams, text, (size_t)reply, 0, (struct sockaddr *)&from, size);
}

/* A client that does not read what it is sent loses its connection: others must not wait for it. */
static int send_all(int client, const char *text, size_t length)
{
    return send(client, text, length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)length ? 0 : -1;
}

static void drop(int slot)
{
    close(slots[slot].fd);
    slots[slot] = (struct pollfd){.fd = -1, .events = POLLIN};
}

static void accept_client(int listener)
{
    char text[80], name[65];
    int accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    int slot = FIRST_CLIENT;
    while (slot < SLOTS && slots[slot].fd >= 0)
        slot++;
    if (accepted < 0 || slot == SLOTS) {
        if (accepted >= 0)
            close(accepted);
        return;
    }
    slots[slot].fd = accepted;
    clients[slot - FIRST_CLIENT].length = 0;
    clients[slot - FIRST_CLIENT].last = seconds();
    machine_hostname(name, sizeof name);
    int length = snprintf(text, sizeof text, "hello %s\n", name);
    if (send_all(accepted, text, (size_t)length) < 0)
        drop(slot);
}

/* Sends back the whole lines received so far and keeps the rest. */
static void echo_lines(int slot)
{
    struct client *client = &clients[slot - FIRST_CLIENT];
    ssize_t length = read(slots[slot].fd, client->line + client->length, LINE_LIMIT - client->length);
    if (length <= 0) {
        if (length == 0 || (errno != EAGAIN && errno != EINTR))
            drop(slot);
        return;
    }
    client->length += (size_t)length;
    client->last = seconds();
    char *end = memrchr(client->line, '\n', client->length);
    size_t whole = end == NULL ? 0 : (size_t)(end - client->line) + 1;
    client->length -= whole;
    if ((whole > 0 && send_all(slots[slot].fd, client->line, whole) < 0) || client->length == LINE_LIMIT)
        drop(slot);
    else
        memmove(client->line, client->line + whole, client->length);
}

static void *serve(void *unused)
{
    (void)unused;
    for (;;) {
        poll(slots, SLOTS, IDLE_SECONDS * 1000);
        if (slots[DATAGRAMS].revents != 0)
            answer_datagram(slots[DATAGRAMS].fd);
        if (slots[LISTENER].revents != 0)
            accept_client(slots[LISTENER].fd);
        for (int slot = FIRST_CLIENT; slot < SLOTS; slot++) {
            if (slots[slot].fd < 0)
                continue;
            if (slots[slot].revents != 0)
                echo_lines(slot);
            else if (seconds() - clients[slot - FIRST_CLIENT].last > IDLE_SECONDS)
                drop(slot);
        }
    }
    return NULL;
}

int exchange_start(void)
{
    pthread_t thread;
    for (int slot = 0; slot < SLOTS; slot++)
        slots[slot] = (struct pollfd){.fd = -1, .events = POLLIN};
    slots[DATAGRAMS].fd = open_port(SOCK_DGRAM, UDP_PORT);
    slots[LISTENER].fd = open_port(SOCK_STREAM, TCP_PORT);
    if (slots[DATAGRAMS].fd < 0 || slots[LISTENER].fd < 0)
        return -1;
    return pthread_create(&thread, NULL, serve, NULL) == 0 ? 0 : -1;
}
