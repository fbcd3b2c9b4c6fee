/*
 * Makes a resumed clone its own machine: fresh entropy, right time, own host name, machine id and MAC address. The
 * server runs it once through the guest agent, before the clone is handed out; see images/README.md.
 *
 *     new-identity [--time SECONDS[.FRACTION]] [--hostname NAME] [--machine-id 32HEX] [--mac aa:bb:cc:dd:ee:ff]
 *
 * Standard input holds up to 64 bytes of the host's entropy; it may be empty. All arguments are checked before
 * anything changes. Status 0; or 1 and one line naming what failed; or 2 and one line for a wrong argument.
 */
#define _GNU_SOURCE
#include "network.h"
#include "util.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { MAX_ENTROPY = 64, STDIN_DEADLINE_MILLIS = 1000, MAX_HOSTNAME = 63 };

struct identity {
    const char *time, *hostname, *machine_id, *mac;
    struct timespec parsed_time;
    unsigned char parsed_mac[6];
    unsigned char entropy[MAX_ENTROPY + 1];
    size_t entropy_length;
};

_Noreturn static void fail(int status, const char *what, const char *why)
{
    fprintf(stderr, "new-identity: %s: %s\n", what, why);
    exit(status);
}

static int parse_time(const char *text, struct timespec *time)
{
    size_t seconds = strspn(text, "0123456789");
    if (seconds == 0 || seconds > 11)
        return 0;
    time->tv_sec = strtoll(text, NULL, 10);
    time->tv_nsec = 0;
    if (text[seconds] == '\0')
        return 1;
    const char *fraction = text + seconds + 1;
    size_t digits = strspn(fraction, "0123456789");
    if (text[seconds] != '.' || digits == 0 || digits > 9 || fraction[digits] != '\0')
        return 0;
    for (size_t i = 0; i < 9; i++)
        time->tv_nsec = time->tv_nsec * 10 + (i < digits ? fraction[i] - '0' : 0);
    return 1;
}

/* One label of a host name: letters, digits and inner hyphens. */
static int valid_hostname(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > MAX_HOSTNAME || name[0] == '-' || name[length - 1] == '-')
        return 0;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '-')
            return 0;
    return 1;
}

static int valid_machine_id(const char *id)
{
    return strlen(id) == 32 && strspn(id, "0123456789abcdef") == 32 && strspn(id, "0") != 32;
}

static int parse_mac(const char *text, unsigned char mac[6])
{
    if (strlen(text) != 17)
        return 0;
    for (int i = 0; i < 6; i++) {
        const char *pair = text + 3 * i;
        if (!isxdigit((unsigned char)pair[0]) || !isxdigit((unsigned char)pair[1]) || (i < 5 && pair[2] != ':'))
            return 0;
        mac[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    int zero = memcmp(mac, "\0\0\0\0\0\0", 6) == 0;
    return !zero && (mac[0] & 1) == 0; /* a group address is no station's own */
}

static void parse_arguments(int count, char **arguments, struct identity *identity)
{
    for (int i = 1; i < count; i += 2) {
        const char **value = strcmp(arguments[i], "--time") == 0         ? &identity->time
                             : strcmp(arguments[i], "--hostname") == 0   ? &identity->hostname
                             : strcmp(arguments[i], "--machine-id") == 0 ? &identity->machine_id
                             : strcmp(arguments[i], "--mac") == 0        ? &identity->mac
                                                                         : NULL;
        if (value == NULL)
            fail(2, arguments[i], "unknown option");
        if (i + 1 == count)
            fail(2, arguments[i], "needs a value");
        if (*value != NULL)
            fail(2, arguments[i], "given twice");
        *value = arguments[i + 1];
    }
    if (identity->time != NULL && !parse_time(identity->time, &identity->parsed_time))
        fail(2, "--time", "not seconds since 1970 with at most nine decimals");
    if (identity->hostname != NULL && !valid_hostname(identity->hostname))
        fail(2, "--hostname", "not 1 to 63 letters, digits and inner hyphens");
    if (identity->machine_id != NULL && !valid_machine_id(identity->machine_id))
        fail(2, "--machine-id", "not 32 lower-case hexadecimal digits, or all zero");
    if (identity->mac != NULL && !parse_mac(identity->mac, identity->parsed_mac))
        fail(2, "--mac", "not a station's address like 52:54:00:12:34:56");
}

static void read_entropy(struct identity *identity)
{
    long long deadline = monotonic_millis() + STDIN_DEADLINE_MILLIS;
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    while (identity->entropy_length <= MAX_ENTROPY) {
        int left = (int)(deadline - monotonic_millis());
        if (left <= 0 || poll(&input, 1, left) <= 0)
            fail(1, "entropy", "standard input was not closed in time");
        ssize_t length = read(STDIN_FILENO, identity->entropy + identity->entropy_length,
                              sizeof identity->entropy - identity->entropy_length);
        if (length < 0)
            fail(1, "entropy", strerror(errno));
        if (length == 0)
            return;
        identity->entropy_length += (size_t)length;
    }
    fail(2, "entropy", "more than 64 bytes on standard input");
}

static void mix_entropy(const struct identity *identity)
{
    int random = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
    if (random < 0)
        fail(1, "entropy", strerror(errno));
    if (identity->entropy_length > 0 &&
        write(random, identity->entropy, identity->entropy_length) != (ssize_t)identity->entropy_length)
        fail(1, "entropy", strerror(errno));
    /* ENODATA: the kernel's generator was never seeded, so it holds nothing that another clone could share. */
    if (ioctl(random, RNDRESEEDCRNG) < 0 && errno != ENODATA)
        fail(1, "reseeding", strerror(errno));
    close(random);
}

static void write_line(const char *path, const char *text, const char *what)
{
    char line[128];
    snprintf(line, sizeof line, "%s\n", text);
    if (replace_file(path, line) < 0)
        fail(1, what, strerror(errno));
}

static void set_mac(const unsigned char mac[6])
{
    char name[IFNAMSIZ];
    if (network_first_interface(name) < 0 || network_set_mac(name, mac) < 0)
        fail(1, "mac", strerror(errno));
}

int main(int count, char **arguments)
{
    struct identity identity = {0};
    parse_arguments(count, arguments, &identity);
    read_entropy(&identity);
    mix_entropy(&identity);
    if (identity.time != NULL && clock_settime(CLOCK_REALTIME, &identity.parsed_time) < 0)
        fail(1, "time", strerror(errno));
    if (identity.hostname != NULL) {
        if (sethostname(identity.hostname, strlen(identity.hostname)) < 0)
            fail(1, "hostname", strerror(errno));
        write_line("/etc/hostname", identity.hostname, "hostname");
    }
    if (identity.machine_id != NULL)
        write_line("/etc/machine-id", identity.machine_id, "machine-id");
    if (identity.mac != NULL)
        set_mac(identity.parsed_mac);
    return 0;
}
