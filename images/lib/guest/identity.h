/*
 * What makes a resumed clone its own machine: fresh entropy, right time, own host name, machine id and MAC address.
 * Shared by the command new-identity and by identity-service. Values are checked one by one while they are collected;
 * nothing changes before identity_apply.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <net/if.h>
#include <stddef.h>
#include <time.h>

enum { MAX_ENTROPY = 64, MAX_HOSTNAME = 63, MACHINE_ID = 32 };

/* All zero: nothing given. */
struct identity {
    int has_time, has_mac;
    struct timespec time;
    char hostname[MAX_HOSTNAME + 1];
    char machine_id[MACHINE_ID + 1];
    unsigned char mac[6];
    unsigned char entropy[MAX_ENTROPY];
    size_t entropy_length;
};

struct identity_file {
    const char *path;
    int file;
};

/* What applying needs, opened in advance: after a resume, each step that is left out counts. */
struct identity_means {
    int random, network; /* file descriptors */
    struct identity_file hostname, machine_id;
    char interface[IFNAMSIZ]; /* empty if there is no ethernet interface */
};

/*
 * Collects one value: time (SECONDS[.FRACTION] since 1970), hostname, machine-id, mac or entropy (hexadecimal). Returns
 * NULL, or what is wrong with it.
 */
const char *identity_collect(struct identity *identity, const char *name, const char *value);

/* Returns NULL, or the name of what could not be opened, with errno set. */
const char *identity_prepare(struct identity_means *means);

/* Does what identity_apply does, as far as that leaves everything as it is: what it needs is then in memory. */
const char *identity_rehearse(struct identity_means *means);

/*
 * Reseeds the kernel's generator, in any case, and sets what was given. Returns NULL, or the name of the step that
 * failed, with errno set; the steps after it were not done.
 */
const char *identity_apply(struct identity_means *means, const struct identity *identity);

#endif
