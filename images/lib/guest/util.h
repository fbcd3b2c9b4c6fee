/* Small helpers shared by the programs of the guest. */
#ifndef UTIL_H
#define UTIL_H

#include <stddef.h>

/* Writes one line to the kernel log, prefixed with the program's name; printf format without newline. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Opens /dev/kmsg as standard output and error and /dev/null as standard input, for this process and its children. */
void adopt_kernel_log(void);

/* Writes a whole string to an existing file such as a sysctl. Returns 0, or -1 with errno set. */
int write_string(const char *path, const char *text);

/* Replaces a file's content through a temporary file and rename. Returns 0, or -1 with errno set. */
int replace_file(const char *path, const char *text);

/* Reads at most size - 1 bytes of a file, ends them with a zero and cuts trailing white space. Returns the length or -1. */
int read_string(const char *path, char *text, size_t size);

/* Milliseconds of a clock that never jumps. */
long long monotonic_millis(void);

#endif
