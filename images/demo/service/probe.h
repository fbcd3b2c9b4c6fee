/* Tries TCP connections from inside the guest, for tests that prove what a guest cannot reach. */
#ifndef PROBE_H
#define PROBE_H

#include "text.h"

enum { PROBE_MAX_LINES = 16 };

/*
 * Reads lines "ADDRESS PORT" (numeric IPv4 or IPv6), tries one after the other with a second each, and adds a JSON
 * list of {host, port, result, millis}; result is connected, refused, timeout or unreachable. Changes lines.
 * Returns NULL, or what is wrong with the lines; then nothing was tried.
 */
const char *probe_network(char *lines, struct text *json);

#endif
