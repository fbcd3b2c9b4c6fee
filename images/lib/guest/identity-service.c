/*
 * Waits at a virtio-serial port for the host to say who this machine is, and makes it so. Running a program through the
 * guest agent does the same, but in a machine that was just resumed under emulation the code for that is all new to
 * the emulator and takes longer than the resume; here it is a handful of system calls.
 *
 *     identity-service DEVICE
 *
 * images/README.md has the protocol. Nothing that comes through the port ends the program. It ends when the port is
 * gone; process 1 starts it again.
 */
#define _GNU_SOURCE
#include "identity.h"
#include "util.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAX_LINE = 1024, MAX_ANSWER = 256, ANSWER_DEADLINE_MILLIS = 500 };

static sigset_t events; /* SIGIO */
static struct identity_means means;
static char line[MAX_LINE]; /* what has come of a line, without its end */
static size_t line_length;
static int line_too_long;

_Noreturn static void give_up(const char *what)
{
    note("identity-service: %s: %s", what, strerror(errno));
    exit(1);
}

static const char *explain(const char *what, const char *why)
{
    static char text[MAX_ANSWER - 16];
    snprintf(text, sizeof text, "%.20s: %s", what, why);
    for (char *at = text; *at != '\0'; at++)
        if (!isprint((unsigned char)*at))
            *at = '?';
    return text;
}

/* Returns NULL, or why the line was not obeyed. */
static const char *obey(char *request)
{
    struct identity identity = {0};
    const char *word = strsep(&request, " ");
    if (strcmp(word, "identity") != 0)
        return "unknown request";
    while ((word = strsep(&request, " ")) != NULL) {
        char *value = strchr(word, '=');
        if (value == NULL)
            return "not NAME=VALUE";
        *value = '\0';
        const char *wrong = identity_collect(&identity, word, value + 1);
        if (wrong != NULL)
            return explain(word, wrong);
    }
    const char *failed = identity_apply(&means, &identity);
    return failed == NULL ? NULL : explain(failed, strerror(errno));
}

/*
 * What a host sends may arrive before the news that it is there, and until then nothing can be written: so that is
 * waited for. Not for long: a host that went away must not leave its answer to the next one.
 */
static void say(int port, const char *answer)
{
    long long deadline = monotonic_millis() + ANSWER_DEADLINE_MILLIS;
    while (write(port, answer, strlen(answer)) < 0) {
        long long left = deadline - monotonic_millis();
        struct timespec timeout = {.tv_nsec = left * 1000000};
        if (errno != EAGAIN || left <= 0) {
            note("identity-service: nobody takes the answer");
            return;
        }
        sigtimedwait(&events, NULL, &timeout);
    }
}

static void forget_line(void)
{
    line_length = 0;
    line_too_long = 0;
}

static void end_line(int port)
{
    if (line_length == 0 && !line_too_long)
        return;
    line[line_length] = '\0';
    const char *why = line_too_long                  ? "line too long"
                      : strlen(line) != line_length ? "zero byte"
                                                    : obey(line);
    if (why == NULL)
        say(port, "ok\n");
    else {
        char answer[MAX_ANSWER];
        snprintf(answer, sizeof answer, "failed %s\n", why);
        say(port, answer);
    }
    forget_line();
}

static void receive(int port, const char *bytes, size_t length)
{
    /* An end of line with more behind it is how a host begins: what there is of a line was left by another. */
    if (length > 1 && bytes[0] == '\n')
        forget_line();
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\n')
            end_line(port);
        else if (line_length < MAX_LINE - 1)
            line[line_length++] = bytes[i];
        else
            line_too_long = 1;
    }
}

/*
 * SIGIO tells of data and of a host that comes or goes. poll() could not be waited in while there is no host: it then
 * returns at once, always.
 */
static int open_port(const char *device)
{
    sigemptyset(&events);
    sigaddset(&events, SIGIO);
    sigprocmask(SIG_BLOCK, &events, NULL);
    int port = open(device, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (port < 0 || fcntl(port, F_SETOWN, getpid()) < 0 || fcntl(port, F_SETFL, O_NONBLOCK | O_ASYNC) < 0)
        return -1;
    return port;
}

_Noreturn static void serve(int port)
{
    static char bytes[4096];
    for (;;) {
        ssize_t length = read(port, bytes, sizeof bytes);
        if (length > 0)
            receive(port, bytes, (size_t)length);
        else if (length == 0 || errno == EAGAIN) {
            if (length == 0)
                forget_line(); /* there is no host */
            sigwaitinfo(&events, NULL);
        } else
            give_up("reading");
    }
}

int main(int count, char **arguments)
{
    int port = count == 2 ? open_port(arguments[1]) : -1;
    if (port < 0)
        give_up("port");
    const char *failed = identity_prepare(&means);
    if (failed == NULL)
        failed = identity_rehearse(&means);
    if (failed != NULL)
        give_up(failed);
    if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
        give_up("memory");
    serve(port);
}
