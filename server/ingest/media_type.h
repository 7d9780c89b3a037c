/* The Content-Type of a stream of sound (RFC 9110, 8.3.1), as far as ingest serves it. */
#ifndef INGEST_MEDIA_TYPE_H
#define INGEST_MEDIA_TYPE_H

#include <stdbool.h>
#include <stddef.h>

enum media { MEDIA_OTHER, MEDIA_OGG, MEDIA_WAV, MEDIA_L16 };

/* What the type names, parameters and the case of letters aside. */
enum media media_type(const char *content_type);
/* The value of a parameter, quotes removed, into `to`; false when it is absent or longer than `size` - 1. */
bool media_parameter(const char *content_type, const char *name, char *to, size_t size);

#endif
