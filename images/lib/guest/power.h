/* Turning the guest off, and the wishes to do so. */
#ifndef POWER_H
#define POWER_H

#include <poll.h>

enum { MAX_BUTTONS = 8 };

/* Opens the ACPI buttons among the input devices. Returns how many entries of buttons it filled. */
int power_open_buttons(struct pollfd buttons[MAX_BUTTONS]);

/* Reads the events of a button. Returns whether power was pressed. */
int power_pressed(int button);

/* Ends all processes, makes the disks clean and turns the machine off, or reboots it. Only for process 1. */
_Noreturn void power_down(int reboot_instead);

/* Acts as the command shutdown, poweroff or reboot: asks process 1. Returns the exit status. */
int power_command(int count, char **arguments);

#endif
