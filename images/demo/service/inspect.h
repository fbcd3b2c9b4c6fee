/* Looks at a file piece by piece, in a bounded amount of memory however long it is. */
#ifndef INSPECT_H
#define INSPECT_H

#include "text.h"

#include <stddef.h>

struct inspection;

/* Loads libmagic's database; once, before anything else. Returns 0, or -1 after printing why. */
int inspect_prepare(void);

/* Returns NULL when memory is short. */
struct inspection *inspection_begin(void);

/* Returns 0, or -1 when memory is short. */
int inspection_add(struct inspection *inspection, const void *data, size_t size);

/* Adds type, mime, size, sha256, lines, words and gzip_size. */
void inspection_report(struct inspection *inspection, struct text *json);

void inspection_end(struct inspection *inspection);

#endif
