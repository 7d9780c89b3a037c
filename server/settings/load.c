/* From a file's name to checked settings.
 *
 *   file --read--> text --document.c--> nodes --shape.c, meaning.c--> mistakes? yes: tell them all
 *                    |                    |                             no:
 *                    '--------------------|--------------------------> libcyaml --> struct settings
 *                                         '--------------------------> defaults.c -----^
 *
 * Called at start, by `boothcast check`, and by whoever needs names (tickets). The server never loads a file with a mistake,
 * and never half of one.
 */
#include "settings/settings.h"

#include "base/check.h"
#include "settings/defaults.h"
#include "settings/document.h"
#include "settings/meaning.h"
#include "settings/mistakes.h"
#include "settings/schema.h"
#include "settings/shape.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A file of settings; the largest event that fits the bounds has some 300 KB. */
#define FILE_SIZE_MAX (1024 * 1024)

static const cyaml_config_t cyaml_config = {
	.log_fn = NULL, /* everything that it could say has been said before */
	.mem_fn = cyaml_mem,
	.log_level = CYAML_LOG_ERROR,
	.flags = CYAML_CFG_NO_ALIAS,
};

/* Reads until the end or one byte beyond the bound. */
static char *read_open(FILE *file, size_t *size)
{
	char *bytes = check_alloc(malloc(FILE_SIZE_MAX + 1));
	*size = fread(bytes, 1, FILE_SIZE_MAX + 1, file);
	return bytes;
}

/* The caller frees the result; NULL with a mistake when it cannot be read. */
static char *read_file(const char *path, size_t *size, struct mistakes *mistakes)
{
	struct stat about;
	FILE *file = fopen(path, "re");
	if (file == NULL || fstat(fileno(file), &about) != 0) {
		mistakes_add(mistakes, 0, "cannot be read: %s; give the path of a settings file, such as config/minimal.yaml",
			     strerror(errno));
		if (file != NULL)
			fclose(file);
		return NULL;
	}
	char *bytes = NULL;
	if (S_ISDIR(about.st_mode))
		mistakes_add(mistakes, 0, "is a folder; give the path of a file in it");
	else
		bytes = read_open(file, size);
	if (bytes != NULL && ferror(file))
		mistakes_add(mistakes, 0, "cannot be read to its end: %s", strerror(errno));
	else if (bytes != NULL && *size > FILE_SIZE_MAX)
		mistakes_add(mistakes, 0, "is larger than 1 MB; a settings file is a few pages of text, give another one");
	fclose(file);
	return bytes;
}

static void check_text(const char *bytes, size_t size, struct mistakes *mistakes)
{
	unsigned line = 1;
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == '\0') {
			mistakes_add(mistakes, line, "there is a zero byte here, so this is no text; give a file of YAML in UTF-8");
			return;
		}
		line += bytes[i] == '\n';
	}
}

/* A file without mistakes. libcyaml checks again, by the same schema; should it refuse all the same, that is told too. */
static struct settings *load_good(const char *bytes, size_t size, struct document *document, const char *path,
				  struct mistakes *mistakes)
{
	struct settings *settings = NULL;
	cyaml_err_t error =
		cyaml_load_data((const uint8_t *)bytes, size, &cyaml_config, &schema_file, (cyaml_data_t **)&settings, NULL);
	if (error != CYAML_OK) {
		mistakes_add(mistakes, 0, "is refused by the YAML library: %s; write it more plainly", cyaml_strerror(error));
		return NULL;
	}
	defaults_fill(settings, document, path);
	return settings;
}

static struct settings *load_text(const char *bytes, size_t size, const char *path, struct mistakes *mistakes)
{
	struct document document;
	struct settings *settings = NULL;
	if (document_open(&document, bytes, size, mistakes)) {
		shape_check(&document, mistakes);
		meaning_check(&document, mistakes);
		if (mistakes->count == 0)
			settings = load_good(bytes, size, &document, path, mistakes);
	}
	document_close(&document);
	return settings;
}

int settings_load(struct settings **out, const char *path, struct text *errors)
{
	struct mistakes mistakes = {0};
	struct settings *settings = NULL;
	size_t size = 0;
	char *bytes = read_file(path, &size, &mistakes);

	if (bytes != NULL && mistakes.count == 0)
		check_text(bytes, size, &mistakes);
	if (mistakes.count == 0)
		settings = load_text(bytes, size, path, &mistakes);
	free(bytes);
	mistakes_write(&mistakes, path, errors);
	mistakes_clear(&mistakes);
	if (settings == NULL)
		return -1;
	*out = settings;
	return 0;
}

void settings_free(struct settings *settings)
{
	cyaml_free(&cyaml_config, &schema_file, settings, 0);
}
