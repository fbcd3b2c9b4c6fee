/*
 * The guest's services, as /etc/kdcloudlet/services lists them, one per line:
 *
 *     NAME USER-ID DEVICE PROGRAM ARGUMENT...
 *
 * A service whose DEVICE is "-" starts first; the others start once DEVICE exists.
 * A service that ends is started again: at once after it ran for a while, else after a pause that doubles up to a
 * minute, so that one that cannot work costs no processor time.
 */
#ifndef SERVICES_H
#define SERVICES_H

#include <sys/types.h>

void services_read(void);

/* Starts the services without a device (0), or those whose device exists (1), unless they were started before. */
void services_start(int with_device);

/* Takes note of a process that ended. */
void services_ended(pid_t process);

/* Starts services whose pause is over. Returns the milliseconds until the next one, or -1. */
int services_restart_due(void);

#endif
