/*
 * Two tiny services that greet with the host name, to test forwarded ports with something that is not HTTP:
 * UDP port 8081 answers "ping\n" with "pong HOSTNAME\n"; TCP port 8082 says "hello HOSTNAME\n" and echoes lines.
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

/* Opens both ports and serves them on a thread of their own. Returns 0, or -1 after printing why. */
int exchange_start(void);

#endif
