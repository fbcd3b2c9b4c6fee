/*
 * Makes a resumed clone its own machine, for hosts that have no port to identity-service: the guest agent runs it once,
 * before the clone is handed out; see images/README.md.
 *
 *     new-identity [--time SECONDS[.FRACTION]] [--hostname NAME] [--machine-id 32HEX] [--mac aa:bb:cc:dd:ee:ff]
 *
 * Standard input holds up to 64 bytes of the host's entropy; it may be empty. All arguments are checked before
 * anything changes. Status 0; or 1 and one line naming what failed; or 2 and one line for a wrong argument.
 */
#include "identity.h"
#include "util.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STDIN_DEADLINE_MILLIS = 1000 };

_Noreturn static void fail(int status, const char *what, const char *why)
{
    fprintf(stderr, "new-identity: %s: %s\n", what, why);
    exit(status);
}

static void parse_arguments(int count, char **arguments, struct identity *identity)
{
    for (int i = 1; i < count; i += 2) {
        const char *option = arguments[i];
        /* Entropy comes on standard input: arguments can be read by everybody. */
        if (strncmp(option, "--", 2) != 0 || strcmp(option, "--entropy") == 0)
            fail(2, option, "unknown");
        if (i + 1 == count)
            fail(2, option, "needs a value");
        const char *wrong = identity_collect(identity, option + 2, arguments[i + 1]);
        if (wrong != NULL)
            fail(2, option, wrong);
    }
}

static void read_entropy(struct identity *identity)
{
    unsigned char bytes[MAX_ENTROPY + 1];
    size_t length = 0;
    long long deadline = monotonic_millis() + STDIN_DEADLINE_MILLIS;
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    while (length <= MAX_ENTROPY) {
        int left = (int)(deadline - monotonic_millis());
        if (left <= 0 || poll(&input, 1, left) <= 0)
            fail(1, "entropy", "standard input was not closed in time");
        ssize_t count = read(STDIN_FILENO, bytes + length, sizeof bytes - length);
        if (count < 0)
            fail(1, "entropy", strerror(errno));
        if (count == 0) {
            memcpy(identity->entropy, bytes, length);
            identity->entropy_length = length;
            return;
        }
        length += (size_t)count;
    }
    fail(2, "entropy", "more than 64 bytes on standard input");
}

int main(int count, char **arguments)
{
    struct identity identity = {0};
    struct identity_means means;
    parse_arguments(count, arguments, &identity);
    read_entropy(&identity);
    const char *failed = identity_prepare(&means);
    if (failed == NULL)
        failed = identity_apply(&means, &identity);
    if (failed != NULL)
        fail(1, failed, strerror(errno));
    return 0;
}
