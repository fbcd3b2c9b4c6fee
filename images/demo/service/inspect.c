#include "inspect.h"

#include <magic.h>
#include <nettle/sha2.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    HEAD_LIMIT = 256 * 1024, /* what libmagic gets to see of a file */
    HEAD_STEP = 32 * 1024,
    GZIP_LEVEL = 6,
    GZIP_WINDOW = 15 + 16, /* zlib's way to ask for gzip's header and trailer */
    GZIP_MEMORY = 8
};

struct inspection {
    unsigned char *head;
    size_t head_length, head_room;
    struct sha256_ctx digest;
    z_stream gzip;
    uint64_t size, lines, words, gzip_size;
    int in_word;
};

static magic_t magic;
static pthread_mutex_t magic_lock = PTHREAD_MUTEX_INITIALIZER;

int inspect_prepare(void)
{
    magic = magic_open(MAGIC_NONE);
    if (magic != NULL && magic_load(magic, "/usr/share/misc/magic.mgc") == 0)
        return 0;
    fprintf(stderr, "demo: cannot load the magic database: %s\n", magic != NULL ? magic_error(magic) : "out of memory");
    return -1;
}

struct inspection *inspection_begin(void)
{
    struct inspection *inspection = calloc(1, sizeof *inspection);
    if (inspection == NULL)
        return NULL;
    if (deflateInit2(&inspection->gzip, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(inspection);
        return NULL;
    }
    sha256_init(&inspection->digest);
    return inspection;
}

static int keep_head(struct inspection *inspection, const void *data, size_t size)
{
    size_t wanted = HEAD_LIMIT - inspection->head_length;
    if (size < wanted)
        wanted = size;
    if (wanted == 0)
        return 0;
    if (inspection->head_length + wanted > inspection->head_room) {
        size_t room = (inspection->head_length + wanted + HEAD_STEP - 1) / HEAD_STEP * HEAD_STEP;
        unsigned char *head = realloc(inspection->head, room);
        if (head == NULL)
            return -1;
        inspection->head = head;
        inspection->head_room = room;
    }
    memcpy(inspection->head + inspection->head_length, data, wanted);
    inspection->head_length += wanted;
    return 0;
}

/* Counts as wc of coreutils 9.1 in the C locale: white space ends a word, a printable character begins one. */
static void count(struct inspection *inspection, const unsigned char *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = data[i];
        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            inspection->lines += c == '\n';
            inspection->in_word = 0;
        } else if (c > ' ' && c < 0x7F) {
            inspection->words += !inspection->in_word;
            inspection->in_word = 1;
        }
    }
}

static void compress_piece(struct inspection *inspection, const void *data, size_t size, int flush)
{
    unsigned char out[16384];
    inspection->gzip.next_in = (Bytef *)data;
    inspection->gzip.avail_in = (uInt)size;
    do {
        inspection->gzip.next_out = out;
        inspection->gzip.avail_out = sizeof out;
        deflate(&inspection->gzip, flush);
        inspection->gzip_size += sizeof out - inspection->gzip.avail_out;
    } while (inspection->gzip.avail_out == 0);
}

int inspection_add(struct inspection *inspection, const void *data, size_t size)
{
    if (keep_head(inspection, data, size) < 0)
        return -1;
    inspection->size += size;
    sha256_update(&inspection->digest, size, data);
    count(inspection, data, size);
    compress_piece(inspection, data, size, Z_NO_FLUSH);
    return 0;
}

static void report_type(const struct inspection *inspection, struct text *json)
{
    static const struct {
        const char *name;
        int flags;
    } QUESTIONS[] = {{"type", MAGIC_NONE}, {"mime", MAGIC_MIME_TYPE}};
    for (int i = 0; i < 2; i++) {
        pthread_mutex_lock(&magic_lock);
        magic_setflags(magic, QUESTIONS[i].flags);
        const char *answer = magic_buffer(magic, inspection->head, inspection->head_length);
        json_string(json, QUESTIONS[i].name, answer != NULL ? answer : "unknown");
        pthread_mutex_unlock(&magic_lock);
    }
}

void inspection_report(struct inspection *inspection, struct text *json)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    char hex[2 * SHA256_DIGEST_SIZE + 1];
    compress_piece(inspection, NULL, 0, Z_FINISH);
    sha256_digest(&inspection->digest, sizeof digest, digest);
    for (int i = 0; i < SHA256_DIGEST_SIZE; i++)
        sprintf(hex + 2 * i, "%02x", digest[i]);
    report_type(inspection, json);
    json_number(json, "size", inspection->size);
    json_string(json, "sha256", hex);
    json_number(json, "lines", inspection->lines);
    json_number(json, "words", inspection->words);
    json_number(json, "gzip_size", inspection->gzip_size);
}

void inspection_end(struct inspection *inspection)
{
    if (inspection == NULL)
        return;
    deflateEnd(&inspection->gzip);
    free(inspection->head);
    free(inspection);
}
