/* Named ports of virtio-serial devices. Names come some time after their driver, or with a device plugged in later. */
#ifndef PORTS_H
#define PORTS_H

/* Returns a descriptor that becomes readable when devices change, or -1. */
int ports_listen(void);

/* Reads what came to that descriptor. Returns whether it was about ports. */
int ports_changed(int listener);

/* Does what udev would do: /dev/virtio-ports/NAME for each port that has a name by now. */
void ports_link(void);

#endif
