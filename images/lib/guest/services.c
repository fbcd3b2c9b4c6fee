#define _GNU_SOURCE
#include "services.h"

#include "util.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MAX_SERVICES = 16, MAX_ARGUMENTS = 32, MIN_PAUSE_MILLIS = 500, MAX_PAUSE_MILLIS = 60000 };

struct service {
    const char *name;
    uid_t user;
    const char *device;
    char *arguments[MAX_ARGUMENTS + 1];
    pid_t process; /* 0 while it does not run */
    long long started;
    long long due; /* when to start it again; 0 for never */
    int pause;
};

static char configuration[4096];
static struct service services[MAX_SERVICES];
static int service_count;

static void read_line(char *line)
{
    char *words[MAX_ARGUMENTS + 4] = {NULL};
    int count = 0;
    for (char *word; (word = strsep(&line, " \t")) != NULL && count < MAX_ARGUMENTS + 3;)
        if (word[0] != '\0')
            words[count++] = word;
    if (count < 4 || words[0][0] == '#' || service_count == MAX_SERVICES)
        return;
    struct service *service = &services[service_count++];
    service->name = words[0];
    service->user = (uid_t)strtoul(words[1], NULL, 10);
    service->device = words[2];
    memcpy(service->arguments, words + 3, (size_t)(count - 3) * sizeof words[0]);
}

void services_read(void)
{
    if (read_string("/etc/kdcloudlet/services", configuration, sizeof configuration) < 0)
        note("cannot read /etc/kdcloudlet/services: %s", strerror(errno));
    char *rest = configuration;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        read_line(line);
}

/* Runs in the new process: gives up what the service does not need, then becomes the service. */
static void become(struct service *service)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    struct rlimit files = {4096, 4096};
    setrlimit(RLIMIT_NOFILE, &files);
    setsid();
    if (service->user != 0) {
        gid_t group = service->user;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || setgroups(0, NULL) < 0 ||
            setresgid(group, group, group) < 0 || setresuid(service->user, service->user, service->user) < 0) {
            note("cannot give up privileges for %s: %s", service->name, strerror(errno));
            _exit(126);
        }
    }
    char *environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C", NULL};
    execve(service->arguments[0], service->arguments, environment);
    note("cannot start %s: %s", service->arguments[0], strerror(errno));
    _exit(127);
}

static void start(struct service *service)
{
    service->due = 0;
    service->started = monotonic_millis();
    service->process = fork();
    if (service->process == 0)
        become(service);
    if (service->process < 0) {
        service->process = 0;
        service->due = service->started + MAX_PAUSE_MILLIS;
        note("cannot start %s: %s", service->name, strerror(errno));
    }
}

void services_start(int with_device)
{
    for (int i = 0; i < service_count; i++) {
        if (services[i].process != 0 || services[i].due != 0)
            continue;
        int needs_device = strcmp(services[i].device, "-") != 0;
        if (needs_device == with_device && (!needs_device || access(services[i].device, F_OK) == 0))
            start(&services[i]);
    }
}

void services_ended(pid_t process)
{
    long long now = monotonic_millis();
    for (int i = 0; i < service_count; i++) {
        struct service *service = &services[i];
        if (service->process != process)
            continue;
        int ran_well = now - service->started > MAX_PAUSE_MILLIS;
        service->pause = ran_well || service->pause == 0 ? MIN_PAUSE_MILLIS : service->pause * 2;
        if (service->pause > MAX_PAUSE_MILLIS)
            service->pause = MAX_PAUSE_MILLIS;
        service->process = 0;
        service->due = now + service->pause;
        note("%s ended, starting it again in %d ms", service->name, service->pause);
    }
}

int services_restart_due(void)
{
    long long now = monotonic_millis();
    long long next = -1;
    for (int i = 0; i < service_count; i++) {
        if (services[i].due != 0 && services[i].due <= now)
            start(&services[i]);
        if (services[i].due != 0 && (next < 0 || services[i].due - now < next))
            next = services[i].due - now;
    }
    return (int)next;
}
