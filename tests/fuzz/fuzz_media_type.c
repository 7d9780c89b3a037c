/* Any Content-Type. */
#include "ingest/media_type.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *type = malloc(size + 1), value[12];
	memcpy(type, data, size);
	type[size] = '\0';
	media_type(type);
	media_parameter(type, "rate", value, sizeof value);
	media_parameter(type, "endianness", value, sizeof value);
	free(type);
	return 0;
}
