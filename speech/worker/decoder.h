/* PocketSphinx with its models: dictation and command grammars in one decoder, so that all share one acoustic model. */
#ifndef DECODER_H
#define DECODER_H

#include <stddef.h>
#include <stdint.h>

struct model {
    const char *name;
    const char *grammar; /* a JSGF file, or NULL for the language model */
};

/* Loads everything. Returns 0, or -1 after a line on standard error. */
int decoder_load(const char *folder, const struct model *models, size_t count);

/*
 * Recognizes 16 kHz mono samples. Writes the words, one space after each, to TEXT, cut off at a word if they do not fit.
 * Returns 0, or -1 with the reason in TEXT.
 */
int decoder_recognize(const char *model, const int16_t *samples, size_t count, char *text, size_t size);

#endif
