#include "decoder.h"

#include <pocketsphinx/pocketsphinx.h>
#include <sphinxbase/cmd_ln.h>
#include <sphinxbase/err.h>
#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 4096 };

static ps_decoder_t *decoder;

static void quiet(void *user_data, err_lvl_t level, const char *format, ...)
{
    (void)user_data;
    if (level < ERR_ERROR)
        return;
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
}

/* docs/adr/0009-speech-engine.md has the measurements behind each value that is not PocketSphinx's own. */
static cmd_ln_t *configure(const char *folder)
{
    char acoustic[PATH_SIZE], dictionary[PATH_SIZE];
    if (snprintf(acoustic, sizeof acoustic, "%s/en-us", folder) >= PATH_SIZE ||
        snprintf(dictionary, sizeof dictionary, "%s/cmudict-en-us.dict", folder) >= PATH_SIZE)
        return NULL;
    return cmd_ln_init(NULL, ps_args(), TRUE, "-hmm", acoustic, "-dict", dictionary, "-remove_noise", "no", NULL);
}

static int add_grammar(cmd_ln_t *config, const struct model *model)
{
    /* A grammar has few hypotheses: wide beams cost little, and a word that was not said costs a command. */
    cmd_ln_set_float_r(config, "-beam", 1e-60);
    cmd_ln_set_float_r(config, "-pbeam", 1e-60);
    cmd_ln_set_float_r(config, "-wbeam", 1e-40);
    cmd_ln_set_float_r(config, "-wip", 0.1);
    return ps_set_jsgf_file(decoder, model->name, model->grammar);
}

static int add_model(cmd_ln_t *config, const char *folder, const struct model *model)
{
    char language[PATH_SIZE];
    int failed;
    if (model->grammar != NULL) {
        failed = add_grammar(config, model) != 0;
    } else {
        failed = snprintf(language, sizeof language, "%s/en-us.lm.bin", folder) >= PATH_SIZE ||
                 ps_set_lm_file(decoder, model->name, language) != 0;
    }
    if (failed)
        fprintf(stderr, "speech-worker: cannot load the model %s\n", model->name);
    return failed ? -1 : 0;
}

int decoder_load(const char *folder, const struct model *models, size_t count)
{
    err_set_callback(quiet, NULL);
    err_set_logfp(NULL); /* where it would print its configuration */
    cmd_ln_t *config = configure(folder);
    decoder = config == NULL ? NULL : ps_init(config);
    if (decoder == NULL) {
        fprintf(stderr, "speech-worker: cannot load the acoustic model of %s\n", folder);
        return -1;
    }
    /* The language model first: adding a grammar changes the beams. */
    for (int grammars = 0; grammars <= 1; grammars++)
        for (size_t i = 0; i < count; i++)
            if ((models[i].grammar != NULL) == grammars && add_model(config, folder, &models[i]) != 0)
                return -1;
    return 0;
}

/* Copies words without the number of their pronunciation, as in "read(2)". */
static void copy_words(const char *words, char *text, size_t size)
{
    size_t used = 0;
    while (*words != '\0') {
        size_t length = strcspn(words, " "), shown = strcspn(words, " (");
        if (used + shown + 2 > size)
            break;
        if (shown > 0) {
            memcpy(text + used, words, shown);
            used += shown;
            text[used++] = ' ';
        }
        words += length + strspn(words + length, " ");
    }
    text[used] = '\0';
}

int decoder_recognize(const char *model, const int16_t *samples, size_t count, char *text, size_t size)
{
    if (ps_set_search(decoder, model) != 0) {
        snprintf(text, size, "There is no model %s.", model);
        return -1;
    }
    /* The whole recording at once: its cepstral mean is known before the first word. */
    if (ps_start_utt(decoder) != 0 || ps_process_raw(decoder, samples, count, FALSE, TRUE) < 0 ||
        ps_end_utt(decoder) != 0) {
        snprintf(text, size, "The recognizer failed.");
        return -1;
    }
    int32 score;
    const char *words = ps_get_hyp(decoder, &score);
    copy_words(words == NULL ? "" : words, text, size);
    return 0;
}
