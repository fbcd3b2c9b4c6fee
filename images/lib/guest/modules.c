#define _GNU_SOURCE
#include "modules.h"

#include "util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PLAN_SIZE = 128 * 1024, MAX_RULES = 2048, MAX_DONE = 128 };

static const char *const BUSES[] = {"pci", "virtio", "scsi"};

static char plan[PLAN_SIZE];
static char *rules[MAX_RULES]; /* a rule becomes NULL once its modules were loaded */
static int rule_count;
static const char *done[MAX_DONE];
static int done_count;
static int directory_fd = -1;

static int load_file(const char *name)
{
    for (int i = 0; i < done_count; i++)
        if (strcmp(done[i], name) == 0)
            return 0;
    if (done_count < MAX_DONE)
        done[done_count++] = name;
    int file = openat(directory_fd, name, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        note("cannot open module %s: %s", name, strerror(errno));
        return 0;
    }
    long result = syscall(SYS_finit_module, file, "", 0);
    close(file);
    if (result == 0)
        return 1;
    if (errno != EEXIST)
        note("cannot load module %s: %s", name, strerror(errno));
    return 0;
}

/* A rule is "pattern\0module module ...": the names are cut apart here, once. */
static int load_rule(int rule)
{
    int loaded = 0;
    char *rest = rules[rule] + strlen(rules[rule]) + 1;
    rules[rule] = NULL;
    for (char *name; (name = strsep(&rest, " ")) != NULL;)
        if (name[0] != '\0')
            loaded += load_file(name);
    return loaded;
}

static int load_matching(const char *alias)
{
    int loaded = 0;
    for (int i = 0; i < rule_count; i++)
        if (rules[i] != NULL && fnmatch(rules[i], alias, 0) == 0)
            loaded += load_rule(i);
    return loaded;
}

int modules_begin(const char *directory)
{
    rule_count = done_count = 0;
    directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char path[256];
    snprintf(path, sizeof path, "%s/plan", directory);
    if (directory_fd < 0 || read_string(path, plan, sizeof plan) < 0)
        return -1;
    char *rest = plan;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        char *space = strchr(line, ' ');
        if (space == NULL || rule_count == MAX_RULES)
            continue;
        *space = '\0';
        rules[rule_count++] = line;
    }
    load_matching("always");
    return 0;
}

static int load_for_bus(const char *bus)
{
    char path[512];
    snprintf(path, sizeof path, "/sys/bus/%s/devices", bus);
    DIR *devices = opendir(path);
    if (devices == NULL)
        return 0;
    int loaded = 0;
    for (struct dirent *entry; (entry = readdir(devices)) != NULL;) {
        char alias[512];
        snprintf(path, sizeof path, "/sys/bus/%s/devices/%.200s/modalias", bus, entry->d_name);
        if (entry->d_name[0] != '.' && read_string(path, alias, sizeof alias) > 0)
            loaded += load_matching(alias);
    }
    closedir(devices);
    return loaded;
}

int modules_load_for_devices(void)
{
    int loaded = 0;
    for (size_t i = 0; i < sizeof BUSES / sizeof BUSES[0]; i++)
        loaded += load_for_bus(BUSES[i]);
    return loaded;
}

void modules_end(void)
{
    if (directory_fd >= 0)
        close(directory_fd);
    directory_fd = -1;
}
