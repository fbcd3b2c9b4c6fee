#include "util.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void note(const char *format, ...)
{
    char line[512];
    int start = snprintf(line, sizeof line, "<5>kdcloudlet: ");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + start, sizeof line - (size_t)start - 1, format, arguments);
    va_end(arguments);
    strcat(line, "\n");
    if (write(STDERR_FILENO, line, strlen(line)) < 0) {
        /* Nowhere else to say it. */
    }
}

void adopt_kernel_log(void)
{
    int null = open("/dev/null", O_RDWR);
    int log = open("/dev/kmsg", O_WRONLY);
    if (null < 0)
        return;
    if (log < 0)
        log = null;
    dup2(null, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    if (log > STDERR_FILENO)
        close(log);
    if (null > STDERR_FILENO && null != log)
        close(null);
}

static int write_all(int file, const char *text)
{
    size_t length = strlen(text);
    ssize_t written = write(file, text, length);
    if (written == (ssize_t)length)
        return 0;
    if (written >= 0)
        errno = ENOSPC;
    return -1;
}

int write_string(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    int result = write_all(file, text);
    close(file);
    return result;
}

int replace_file(const char *path, const char *text)
{
    char temporary[256];
    if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0)
        return -1;
    int result = write_all(file, text);
    if (fchmod(file, 0644) < 0)
        result = -1;
    close(file);
    return result < 0 ? -1 : rename(temporary, path);
}

int read_string(const char *path, char *text, size_t size)
{
    text[0] = '\0';
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    ssize_t length = read(file, text, size - 1);
    close(file);
    if (length < 0)
        return -1;
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    text[length] = '\0';
    return (int)length;
}

long long monotonic_millis(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}
