/*
 * Loads the kernel modules that the present devices ask for, without udev.
 *
 * DIRECTORY/plan, written by the build, has one line per rule: a pattern for a device's modalias (or the word
 * "always"), then the modules to load, dependencies first. Each module is a file in the same directory.
 */
#ifndef MODULES_H
#define MODULES_H

/* Reads the plan and loads what it always wants. Returns 0, or -1 if there is no plan. */
int modules_begin(const char *directory);

/* Loads modules for devices present now. Returns how many were new: a driver may make more devices appear. */
int modules_load_for_devices(void);

/* Closes the directory. */
void modules_end(void);

#endif
