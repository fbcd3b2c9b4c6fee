/* A string that grows, and JSON written into it. Running out of memory ends the program: init starts it again. */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

struct text {
    char *data;
    size_t length;
    size_t room;
};

void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds ,"name":"value" (without the comma after an opening bracket), escaped. */
void json_string(struct text *text, const char *name, const char *value);

/* Adds ,"name":number. */
void json_number(struct text *text, const char *name, unsigned long long number);

#endif
