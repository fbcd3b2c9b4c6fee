/* The guest's first ethernet interface. */
#ifndef NETWORK_H
#define NETWORK_H

/*
 * Brings up the loopback interface and the first ethernet interface as /etc/kdcloudlet/network says: lines
 * "address A.B.C.D/N" and "gateway A.B.C.D". The address is static: it is there at once, without waiting for DHCP.
 */
void network_up(void);

/* Finds the first ethernet interface. Returns 0 and its name (IFNAMSIZ bytes), or -1 with errno ENODEV. */
int network_first_interface(char *name);

/* Opens the socket through which interfaces are controlled. Returns it, or -1 with errno set. */
int network_control(void);

/* Gives an interface that is up another MAC address, keeping its IP address and default route. Returns 0 or -1. */
int network_set_mac(int control, const char *name, const unsigned char mac[6]);

#endif
