#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct text *text, size_t more)
{
    if (text->length + more + 1 <= text->room)
        return;
    text->room = (text->length + more + 1) * 2;
    text->data = realloc(text->data, text->room);
    if (text->data == NULL)
        abort();
}

void text_add(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    reserve(text, (size_t)length);
    va_start(arguments, format);
    vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->length += (size_t)length;
}

static void add_name(struct text *text, const char *name)
{
    char last = text->length > 0 ? text->data[text->length - 1] : '{';
    text_add(text, last == '{' ? "\"%s\":" : ",\"%s\":", name);
}

void json_string(struct text *text, const char *name, const char *value)
{
    add_name(text, name);
    text_add(text, "\"");
    for (; *value != '\0'; value++) {
        unsigned char c = (unsigned char)*value;
        if (c == '"' || c == '\\')
            text_add(text, "\\%c", c);
        else if (c < 0x20 || c > 0x7E)
            text_add(text, "\\u%04x", c);
        else
            text_add(text, "%c", c);
    }
    text_add(text, "\"");
}

void json_number(struct text *text, const char *name, unsigned long long number)
{
    add_name(text, name);
    text_add(text, "%llu", number);
}
