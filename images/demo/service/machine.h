/* What the machine says about itself, read anew for each answer: a clone's identity changes while it runs. */
#ifndef MACHINE_H
#define MACHINE_H

#include "text.h"

#include <stddef.h>

/* Adds host, kernel, machine_id, uptime_seconds, time, random, boot_id and mac. */
void machine_report(struct text *json);

/* The kernel's host name, ended with a zero. */
void machine_hostname(char *name, size_t size);

#endif
