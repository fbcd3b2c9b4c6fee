/*
 * The demo service of the image: an HTTP server on port 8080 that inspects the file it is sent and says on which
 * machine it did so. One thread per connection, bounded in number, memory and time, so that a slow client keeps
 * nobody waiting. See images/README.md for the interface.
 */
#define _GNU_SOURCE
#include "exchange.h"
#include "inspect.h"
#include "machine.h"
#include "probe.h"
#include "text.h"

#include <microhttpd.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    PORT = 8080,
    BODY_LIMIT = 64 * 1024 * 1024,
    PROBE_LIMIT = 4096,
    MAX_CONNECTIONS = 128,
    IDLE_SECONDS = 10,
    REQUEST_SECONDS = 120, /* for a whole request, however steadily it trickles in */
    STACK_SIZE = 256 * 1024
};

enum route { ROUTE_NONE, ROUTE_ABOUT, ROUTE_INSPECT, ROUTE_PROBE };

struct request {
    enum route route;
    struct inspection *inspection;
    char *lines; /* body of a probe */
    size_t length;
    time_t started;
};

static atomic_ullong served;

static time_t seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, struct text *json, const char *allow)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(json->length, json->data, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(json->data);
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (allow != NULL)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, allow);
    atomic_fetch_add(&served, 1);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_error(struct MHD_Connection *connection, unsigned status, const char *message,
                                    const char *allow)
{
    struct text json = {0};
    text_add(&json, "{");
    json_string(&json, "error", message);
    text_add(&json, "}\n");
    return answer(connection, status, &json, allow);
}

static enum MHD_Result answer_about(struct MHD_Connection *connection)
{
    char name[65];
    struct text json = {0};
    machine_hostname(name, sizeof name);
    text_add(&json, "{");
    json_string(&json, "name", "demo");
    json_string(&json, "version", DEMO_VERSION);
    json_string(&json, "hostname", name);
    text_add(&json, "}\n");
    return answer(connection, MHD_HTTP_OK, &json, NULL);
}

static enum MHD_Result answer_inspection(struct MHD_Connection *connection, struct request *request)
{
    struct text json = {0};
    text_add(&json, "{");
    inspection_report(request->inspection, &json);
    machine_report(&json);
    json_number(&json, "served", atomic_load(&served) + 1);
    text_add(&json, "}\n");
    return answer(connection, MHD_HTTP_OK, &json, NULL);
}

static enum MHD_Result answer_probe(struct MHD_Connection *connection, struct request *request)
{
    struct text json = {0};
    request->lines[request->length] = '\0';
    const char *problem = probe_network(request->lines, &json);
    if (problem != NULL)
        return answer_error(connection, MHD_HTTP_BAD_REQUEST, problem, NULL);
    text_add(&json, "\n");
    return answer(connection, MHD_HTTP_OK, &json, NULL);
}

static unsigned long long announced_length(struct MHD_Connection *connection)
{
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return length != NULL ? strtoull(length, NULL, 10) : 0;
}

/* Chooses what will answer. Returns the methods of the path if the request's is not among them, else NULL. */
static const char *choose_route(struct request *request, const char *path, const char *method)
{
    int get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    int post = strcmp(method, "POST") == 0;
    int root = strcmp(path, "/") == 0;
    request->route = ROUTE_NONE;
    if (root && get)
        request->route = ROUTE_ABOUT;
    else if (root || strcmp(path, "/inspect") == 0)
        request->route = ROUTE_INSPECT;
    else if (strcmp(path, "/healthz") == 0)
        request->route = ROUTE_ABOUT;
    else if (strcmp(path, "/probe-network") == 0)
        request->route = ROUTE_PROBE;
    if (request->route == ROUTE_NONE || (request->route == ROUTE_ABOUT ? get : post))
        return NULL;
    return root ? "GET, HEAD, POST" : request->route == ROUTE_ABOUT ? "GET, HEAD" : "POST";
}

/* Called when the head of a request is there: refuses it at once, or prepares for its body. */
static enum MHD_Result begin(struct MHD_Connection *connection, struct request *request, const char *path,
                             const char *method)
{
    const char *allowed = choose_route(request, path, method);
    if (allowed != NULL)
        return answer_error(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "method not allowed", allowed);
    if (request->route == ROUTE_NONE)
        return answer_error(connection, MHD_HTTP_NOT_FOUND, "not found", NULL);
    if (announced_length(connection) > (request->route == ROUTE_INSPECT ? BODY_LIMIT : PROBE_LIMIT))
        return answer_error(connection, MHD_HTTP_CONTENT_TOO_LARGE, "body too large", NULL);
    if (request->route == ROUTE_INSPECT)
        request->inspection = inspection_begin();
    if (request->route == ROUTE_PROBE)
        request->lines = malloc(PROBE_LIMIT + 1);
    if ((request->route == ROUTE_INSPECT && request->inspection == NULL) ||
        (request->route == ROUTE_PROBE && request->lines == NULL))
        return answer_error(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory", NULL);
    return MHD_YES;
}

/* Takes a piece of the body. A body that outgrows its limit without having announced it loses its connection. */
static enum MHD_Result take(struct request *request, const char *data, size_t size)
{
    if (seconds() - request->started > REQUEST_SECONDS)
        return MHD_NO;
    if (request->route == ROUTE_INSPECT) {
        request->length += size;
        if (request->length > BODY_LIMIT || inspection_add(request->inspection, data, size) < 0)
            return MHD_NO;
    } else if (request->route == ROUTE_PROBE) {
        if (request->length + size > PROBE_LIMIT)
            return MHD_NO;
        memcpy(request->lines + request->length, data, size);
        request->length += size;
    }
    return MHD_YES;
}

static enum MHD_Result handle(void *unused, struct MHD_Connection *connection, const char *path, const char *method,
                              const char *version, const char *data, size_t *size, void **state)
{
    (void)unused, (void)version;
    struct request *request = *state;
    if (request == NULL) {
        *state = request = calloc(1, sizeof *request);
        if (request == NULL)
            return MHD_NO;
        request->started = seconds();
        return begin(connection, request, path, method);
    }
    if (*size > 0) {
        enum MHD_Result result = take(request, data, *size);
        *size = 0;
        return result;
    }
    if (request->route == ROUTE_INSPECT)
        return answer_inspection(connection, request);
    if (request->route == ROUTE_PROBE)
        return answer_probe(connection, request);
    return answer_about(connection);
}

static void completed(void *unused, struct MHD_Connection *connection, void **state,
                      enum MHD_RequestTerminationCode code)
{
    (void)unused, (void)connection, (void)code;
    struct request *request = *state;
    if (request == NULL)
        return;
    inspection_end(request->inspection);
    free(request->lines);
    free(request);
    *state = NULL;
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    if (inspect_prepare() < 0 || exchange_start() < 0)
        return 1;
    struct MHD_Daemon *server = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL, PORT, NULL, NULL, handle, NULL,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
        MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_SIZE, MHD_OPTION_NOTIFY_COMPLETED, completed, NULL,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    if (server == NULL) {
        fprintf(stderr, "demo: cannot serve on port %d\n", PORT);
        return 1;
    }
    for (;;)
        pause();
}
