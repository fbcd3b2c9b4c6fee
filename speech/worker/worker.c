/*
 * speech-worker FOLDER SOCKET PROCESSES NAME[=GRAMMAR-FILE]...
 *
 * Loads the models once, forks PROCESSES recognizers that share them copy-on-write, and says "ready" on standard output.
 * Each recognizer takes one connection at a time from the Unix socket. A request is
 *
 *     deadline in seconds (4 bytes), length of the model's name (4), name, number of samples (4), samples
 *
 * and its answer a status (1 byte: 0, or 1 with a reason), the length of the text (4), the text. Numbers are big-endian,
 * samples 16-bit little-endian at 16 kHz. A recognizer that passes its deadline or fails dies alone and is replaced.
 * All end when standard input does, which is when the process that started this one ends.
 */
#define _GNU_SOURCE
#include "decoder.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_MODELS = 64,
    MAX_PROCESSES = 64,
    MAX_NAME = 64,
    MAX_SAMPLES = 16000 * 60 * 10,
    MAX_TEXT = 65536,
    MAX_DEADLINE = 86400,
    REFORK_PAUSE_MILLIS = 200
};

static pid_t children[MAX_PROCESSES];

static int read_fully(int file, void *buffer, size_t size)
{
    char *at = buffer;
    while (size > 0) {
        ssize_t got = read(file, at, size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return -1;
        at += got;
        size -= (size_t)got;
    }
    return 0;
}

static int read_number(int file, uint32_t *number, uint32_t limit)
{
    uint32_t wire;
    if (read_fully(file, &wire, sizeof wire) != 0)
        return -1;
    *number = ntohl(wire);
    return *number <= limit ? 0 : -1;
}

static void answer(int connection, int status, const char *text)
{
    static char reply[5 + MAX_TEXT];
    uint32_t length = (uint32_t)strnlen(text, MAX_TEXT), wire = htonl(length);
    reply[0] = (char)status;
    memcpy(reply + 1, &wire, sizeof wire);
    memcpy(reply + 5, text, length);
    for (size_t sent = 0; sent < 5 + length;) {
        ssize_t now = send(connection, reply + sent, 5 + length - sent, MSG_NOSIGNAL);
        if (now <= 0)
            return;
        sent += (size_t)now;
    }
}

/* Serves one request. A client that breaks the protocol or goes away is dropped. */
static void serve(int connection)
{
    static char name[MAX_NAME + 1], text[MAX_TEXT];
    uint32_t deadline, length, count;
    if (read_number(connection, &deadline, MAX_DEADLINE) != 0)
        return;
    alarm(deadline);
    if (read_number(connection, &length, MAX_NAME) != 0 || read_fully(connection, name, length) != 0 ||
        read_number(connection, &count, MAX_SAMPLES) != 0)
        return;
    name[length] = '\0';
    int16_t *samples = malloc((count + 1) * sizeof *samples);
    if (samples != NULL && read_fully(connection, samples, count * sizeof *samples) == 0) {
        int failed = decoder_recognize(name, samples, count, text, sizeof text);
        alarm(0);
        answer(connection, failed != 0, text);
    }
    free(samples);
    alarm(0);
}

static void run_recognizer(int listener, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    signal(SIGALRM, SIG_DFL);
    close(STDIN_FILENO);
    for (;;) {
        int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0)
            continue;
        serve(connection);
        close(connection);
    }
}

static int start_missing(int listener, int processes)
{
    pid_t parent = getpid();
    for (int i = 0; i < processes; i++) {
        if (children[i] != 0)
            continue;
        children[i] = fork();
        if (children[i] == 0)
            run_recognizer(listener, parent);
        if (children[i] < 0) {
            children[i] = 0;
            perror("speech-worker: fork");
            return -1;
        }
    }
    return 0;
}

static void collect_ended(int processes)
{
    pid_t ended;
    while ((ended = waitpid(-1, NULL, WNOHANG)) > 0)
        for (int i = 0; i < processes; i++)
            if (children[i] == ended) {
                children[i] = 0;
                fprintf(stderr, "speech-worker: recognizer %d ended and is replaced\n", (int)ended);
            }
}

/* Keeps the recognizers running until standard input ends. */
static int supervise(int listener, int processes)
{
    char ignored[256];
    for (;;) {
        if (start_missing(listener, processes) != 0)
            return 1;
        struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
        int ready = poll(&input, 1, REFORK_PAUSE_MILLIS);
        if (ready > 0 && read(STDIN_FILENO, ignored, sizeof ignored) <= 0)
            return 0;
        collect_ended(processes);
    }
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return -1;
    strcpy(address.sun_path, path);
    unlink(path);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 128) != 0)
        return -1;
    return listener;
}

static size_t read_models(char **arguments, struct model *models)
{
    size_t count = 0;
    for (; arguments[count] != NULL && count < MAX_MODELS; count++) {
        models[count].name = strsep(&arguments[count], "=");
        models[count].grammar = arguments[count];
        if (arguments[count] == NULL)
            arguments[count] = "";
    }
    return count;
}

int main(int count, char **arguments)
{
    struct model models[MAX_MODELS];
    int processes = count < 5 ? 0 : atoi(arguments[3]);
    if (processes < 1 || processes > MAX_PROCESSES) {
        fputs("usage: speech-worker FOLDER SOCKET PROCESSES NAME[=GRAMMAR-FILE]...\n", stderr);
        return 2;
    }
    if (decoder_load(arguments[1], models, read_models(arguments + 4, models)) != 0)
        return 1;
    int listener = listen_at(arguments[2]);
    if (listener < 0) {
        perror("speech-worker: cannot listen");
        return 1;
    }
    if (start_missing(listener, processes) != 0)
        return 1;
    puts("ready");
    fflush(stdout);
    int status = supervise(listener, processes);
    unlink(arguments[2]);
    rmdir(dirname(arguments[2])); /* if nothing else is there: who made it may be gone */
    for (int i = 0; i < processes; i++)
        if (children[i] > 0)
            kill(children[i], SIGKILL);
    return status;
}
