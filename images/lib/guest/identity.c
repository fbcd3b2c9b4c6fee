#define _GNU_SOURCE
#include "identity.h"

#include "network.h"
#include "util.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const GIVEN_TWICE = "given twice";

static const char *collect_time(struct identity *identity, const char *text)
{
    static const char *const WRONG = "not seconds since 1970 with at most nine decimals";
    if (identity->has_time)
        return GIVEN_TWICE;
    size_t seconds = strspn(text, "0123456789");
    if (seconds == 0 || seconds > 11)
        return WRONG;
    identity->time.tv_sec = strtoll(text, NULL, 10);
    identity->has_time = 1;
    if (text[seconds] == '\0')
        return NULL;
    const char *fraction = text + seconds + 1;
    size_t digits = strspn(fraction, "0123456789");
    if (text[seconds] != '.' || digits == 0 || digits > 9 || fraction[digits] != '\0')
        return WRONG;
    for (size_t i = 0; i < 9; i++)
        identity->time.tv_nsec = identity->time.tv_nsec * 10 + (i < digits ? fraction[i] - '0' : 0);
    return NULL;
}

/* One label of a host name: letters, digits and inner hyphens. */
static const char *collect_hostname(struct identity *identity, const char *name)
{
    static const char *const WRONG = "not 1 to 63 letters, digits and inner hyphens";
    size_t length = strlen(name);
    if (identity->hostname[0] != '\0')
        return GIVEN_TWICE;
    if (length == 0 || length > MAX_HOSTNAME || name[0] == '-' || name[length - 1] == '-')
        return WRONG;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '-')
            return WRONG;
    memcpy(identity->hostname, name, length + 1);
    return NULL;
}

static const char *collect_machine_id(struct identity *identity, const char *id)
{
    if (identity->machine_id[0] != '\0')
        return GIVEN_TWICE;
    if (strlen(id) != MACHINE_ID || strspn(id, "0123456789abcdef") != MACHINE_ID || strspn(id, "0") == MACHINE_ID)
        return "not 32 lower-case hexadecimal digits, or all zero";
    memcpy(identity->machine_id, id, MACHINE_ID + 1);
    return NULL;
}

static int digit_value(char digit)
{
    return isdigit((unsigned char)digit) ? digit - '0' : tolower((unsigned char)digit) - 'a' + 10;
}

/* Reads two hexadecimal digits. Returns whether they are. */
static int read_byte(const char *digits, unsigned char *byte)
{
    if (!isxdigit((unsigned char)digits[0]) || !isxdigit((unsigned char)digits[1]))
        return 0;
    *byte = (unsigned char)(digit_value(digits[0]) << 4 | digit_value(digits[1]));
    return 1;
}

static const char *collect_mac(struct identity *identity, const char *text)
{
    static const char *const WRONG = "not a station's address like 52:54:00:12:34:56";
    unsigned char *mac = identity->mac;
    if (identity->has_mac)
        return GIVEN_TWICE;
    if (strlen(text) != 17)
        return WRONG;
    for (int i = 0; i < 6; i++)
        if (!read_byte(text + 3 * i, &mac[i]) || (i < 5 && text[3 * i + 2] != ':'))
            return WRONG;
    if (memcmp(mac, "\0\0\0\0\0\0", 6) == 0 || (mac[0] & 1) != 0)
        return WRONG; /* a group address is no station's own */
    identity->has_mac = 1;
    return NULL;
}

static const char *collect_entropy(struct identity *identity, const char *digits)
{
    static const char *const WRONG = "not 1 to 64 bytes in hexadecimal digits";
    size_t length = strlen(digits);
    if (identity->entropy_length != 0)
        return GIVEN_TWICE;
    if (length == 0 || length % 2 != 0 || length / 2 > MAX_ENTROPY)
        return WRONG;
    for (size_t i = 0; i < length / 2; i++)
        if (!read_byte(digits + 2 * i, &identity->entropy[i]))
            return WRONG;
    identity->entropy_length = length / 2;
    return NULL;
}

const char *identity_collect(struct identity *identity, const char *name, const char *value)
{
    static const struct {
        const char *name;
        const char *(*collect)(struct identity *, const char *);
    } FIELDS[] = {{"time", collect_time},
                  {"hostname", collect_hostname},
                  {"machine-id", collect_machine_id},
                  {"mac", collect_mac},
                  {"entropy", collect_entropy}};
    for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++)
        if (strcmp(FIELDS[i].name, name) == 0)
            return FIELDS[i].collect(identity, value);
    return "unknown";
}

static int open_file(struct identity_file *file)
{
    file->file = open(file->path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    return file->file < 0 ? -1 : 0;
}

const char *identity_prepare(struct identity_means *means)
{
    means->hostname.path = "/etc/hostname";
    means->machine_id.path = "/etc/machine-id";
    if ((means->random = open("/dev/urandom", O_WRONLY | O_CLOEXEC)) < 0)
        return "entropy";
    if (open_file(&means->hostname) < 0)
        return "hostname";
    if (open_file(&means->machine_id) < 0)
        return "machine-id";
    if ((means->network = network_control()) < 0)
        return "mac";
    if (network_first_interface(means->interface) < 0)
        means->interface[0] = '\0';
    return NULL;
}

static int reseed(int random, const struct identity *identity)
{
    if (identity->entropy_length > 0 &&
        write(random, identity->entropy, identity->entropy_length) != (ssize_t)identity->entropy_length)
        return -1;
    /* ENODATA: the kernel's generator was never seeded, so it holds nothing that another clone could share. */
    return ioctl(random, RNDRESEEDCRNG) < 0 && errno != ENODATA ? -1 : 0;
}

/* In place, which costs a fraction of a new file and a rename. The text never exceeds one sector of the disk. */
static int overwrite(struct identity_file *file, const char *text)
{
    char line[128];
    size_t length = (size_t)snprintf(line, sizeof line, "%s\n", text);
    struct stat status;
    if (fstat(file->file, &status) < 0)
        return -1;
    if (status.st_nlink == 0) { /* somebody put another file in its place */
        close(file->file);
        if (open_file(file) < 0 || fstat(file->file, &status) < 0)
            return -1;
    }
    if (pwrite(file->file, line, length, 0) != (ssize_t)length)
        return -1;
    return status.st_size > (off_t)length ? ftruncate(file->file, (off_t)length) : 0;
}

static int write_again(int file)
{
    char content[128];
    ssize_t length = pread(file, content, sizeof content, 0);
    return length < 0 || pwrite(file, content, (size_t)length, 0) != length ? -1 : 0;
}

const char *identity_rehearse(struct identity_means *means)
{
    static const struct identity NOTHING;
    if (write_again(means->hostname.file) < 0)
        return "hostname";
    if (write_again(means->machine_id.file) < 0)
        return "machine-id";
    return identity_apply(means, &NOTHING);
}

const char *identity_apply(struct identity_means *means, const struct identity *identity)
{
    const char *hostname = identity->hostname, *machine_id = identity->machine_id;
    if (reseed(means->random, identity) < 0)
        return "entropy";
    if (identity->has_time && clock_settime(CLOCK_REALTIME, &identity->time) < 0)
        return "time";
    if (hostname[0] != '\0' &&
        (sethostname(hostname, strlen(hostname)) < 0 || overwrite(&means->hostname, hostname) < 0))
        return "hostname";
    if (machine_id[0] != '\0' && overwrite(&means->machine_id, machine_id) < 0)
        return "machine-id";
    if (identity->has_mac && network_set_mac(means->network, means->interface, identity->mac) < 0)
        return "mac";
    return NULL;
}
