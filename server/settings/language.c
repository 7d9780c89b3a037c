/* Languages by ICU: which tags exist, how they are written, what a language calls itself. The program has no table of
 * languages of its own.
 *
 * Called by format.c (is it good?), meaning.c (are two the same?) and defaults.c (labels). Never from the data plane: ICU
 * reads its data files and allocates.
 */
#include "settings/language.h"

#include "base/check.h"
#include "base/text.h"
#include "settings/suggest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/uldnames.h>
#include <unicode/uloc.h>
#include <unicode/uregion.h>
#include <unicode/ustring.h>

/* ICU's names of languages, UTF-16 units: the longest in any language are some 60. */
#define ICU_NAME_SIZE 160

static bool is_language(const char *code)
{
	for (const char *const *known = uloc_getISOLanguages(); *known != NULL; known++)
		if (strcmp(*known, code) == 0)
			return true;
	return false;
}

/* The code of the region that somebody writes as `written`: UK gives GB. NULL when there is none. */
static const char *region_code(const char *written)
{
	UErrorCode error = U_ZERO_ERROR;
	char upper[16] = "";
	for (size_t i = 0; i + 1 < sizeof(upper) && written[i] != '\0'; i++)
		upper[i] = (char)toupper((unsigned char)written[i]);
	const URegion *region = uregion_getRegionFromCode(upper, &error);
	if (U_FAILURE(error) || uregion_getType(region) == URGN_UNKNOWN)
		return NULL;
	return uregion_getRegionCode(region);
}

static bool is_region(const char *written)
{
	const char *code = region_code(written);
	return code != NULL && strcmp(code, written) == 0;
}

bool language_canonical(const char *tag, char canonical[TAG_SIZE])
{
	UErrorCode error = U_ZERO_ERROR;
	char locale[ULOC_FULLNAME_CAPACITY], part[ULOC_FULLNAME_CAPACITY];
	int32_t parsed = 0;

	canonical[0] = '\0';
	uloc_forLanguageTag(tag, locale, sizeof(locale), &parsed, &error);
	if (U_FAILURE(error) || error == U_STRING_NOT_TERMINATED_WARNING || parsed != (int32_t)strlen(tag))
		return false;
	uloc_getLanguage(locale, part, sizeof(part), &error);
	if (U_FAILURE(error) || !is_language(part))
		return false;
	uloc_getCountry(locale, part, sizeof(part), &error);
	if (U_FAILURE(error) || (part[0] != '\0' && !is_region(part)))
		return false;
	int32_t size = uloc_toLanguageTag(locale, canonical, TAG_SIZE, true, &error);
	if (U_SUCCESS(error) && size < TAG_SIZE)
		return true;
	canonical[0] = '\0';
	return false;
}

/* Fills language and region in: zh gives zh-CN, und-JP gives ja-JP. */
static bool likely(const char *tag, char canonical[TAG_SIZE])
{
	UErrorCode error = U_ZERO_ERROR;
	char locale[ULOC_FULLNAME_CAPACITY], full[ULOC_FULLNAME_CAPACITY], language[ULOC_LANG_CAPACITY],
		region[ULOC_COUNTRY_CAPACITY];
	char better[TAG_SIZE];

	uloc_forLanguageTag(tag, locale, sizeof(locale), NULL, &error);
	uloc_addLikelySubtags(locale, full, sizeof(full), &error);
	uloc_getLanguage(full, language, sizeof(language), &error);
	uloc_getCountry(full, region, sizeof(region), &error);
	if (U_FAILURE(error) || region[0] == '\0')
		return false;
	snprintf(better, sizeof(better), "%.3s-%.3s", language, region);
	return language_canonical(better, canonical);
}

/* french, Chinese: a language by its English name. */
static bool by_name(const char *name, char canonical[TAG_SIZE])
{
	UChar wide[ICU_NAME_SIZE];
	char english[ICU_NAME_SIZE * 3];

	for (const char *const *code = uloc_getISOLanguages(); *code != NULL; code++) {
		UErrorCode error = U_ZERO_ERROR;
		uloc_getDisplayLanguage(*code, "en", wide, ICU_NAME_SIZE, &error);
		u_strToUTF8(english, sizeof(english), NULL, wide, -1, &error);
		if (U_SUCCESS(error) && strcasecmp(english, name) == 0)
			return likely(*code, canonical);
	}
	return false;
}

bool language_suggest(const char *written, char canonical[TAG_SIZE])
{
	char tag[32], swapped[40], language[16] = "", region[16] = "";

	canonical[0] = '\0';
	if (strlen(written) >= sizeof(tag))
		return false;
	snprintf(tag, sizeof(tag), "%s", written);
	for (char *c = tag; *c != '\0'; c++)
		if (*c == '_' || *c == ' ' || *c == '/')
			*c = '-';
	if (language_canonical(tag, canonical) || by_name(written, canonical))
		return true;

	sscanf(tag, "%15[A-Za-z]-%15[A-Za-z0-9]", language, region);
	snprintf(swapped, sizeof(swapped), "%s-%s", region, language); /* CN-zh */
	if (region[0] != '\0' && language_canonical(swapped, canonical))
		return true;
	if (region_code(region) != NULL) { /* en-UK */
		snprintf(swapped, sizeof(swapped), "%s-%s", language, region_code(region));
		if (language_canonical(swapped, canonical))
			return true;
	}
	if (language_canonical(language, canonical)) /* fr-ZZ */
		return likely(language, canonical);
	if (region_code(language) == NULL)
		return false;
	snprintf(swapped, sizeof(swapped), "und-%s", region_code(language)); /* jp, cn-ZH */
	return likely(swapped, canonical);
}

void language_label(const char *tag, bool region, char label[LABEL_SIZE])
{
	static const UDisplayContext contexts[] = {UDISPCTX_STANDARD_NAMES, UDISPCTX_CAPITALIZATION_FOR_BEGINNING_OF_SENTENCE};
	UErrorCode error = U_ZERO_ERROR;
	char locale[ULOC_FULLNAME_CAPACITY], language[ULOC_LANG_CAPACITY], name[ICU_NAME_SIZE * 3];
	UChar wide[ICU_NAME_SIZE];

	uloc_forLanguageTag(tag, locale, sizeof(locale), NULL, &error);
	uloc_getLanguage(locale, language, sizeof(language), &error);
	ULocaleDisplayNames *names = uldn_openForContext(locale, (UDisplayContext *)contexts, 2, &error);
	if (region)
		uldn_localeDisplayName(names, locale, wide, ICU_NAME_SIZE, &error);
	else
		uldn_languageDisplayName(names, language, wide, ICU_NAME_SIZE, &error);
	u_strToUTF8(name, sizeof(name), NULL, wide, -1, &error);
	uldn_close(names);
	text_copy(label, LABEL_SIZE, U_SUCCESS(error) ? name : tag);
}

bool language_timezone(const char *name, char *better, size_t size)
{
	UErrorCode error = U_ZERO_ERROR;
	UEnumeration *zones = ucal_openTimeZones(&error);
	struct suggestion suggestion = {.written = name};
	const char *zone;
	bool known = false;

	/* the names are borrowed only until the next one, so each better one is copied */
	better[0] = '\0';
	while (!known && (zone = uenum_next(zones, NULL, &error)) != NULL) {
		known = strcmp(zone, name) == 0;
		const char *before = suggestion.best;
		suggest_offer(&suggestion, zone);
		if (suggestion.best != before)
			snprintf(better, size, "%s", zone);
		suggestion.best = suggestion.best != NULL ? better : NULL;
	}
	uenum_close(zones);
	return known;
}

int64_t language_time_s(const char *zone, int year, int month, int day, int hour, int minute)
{
	UErrorCode error = U_ZERO_ERROR;
	UChar wide[ICU_NAME_SIZE];

	if (zone != NULL)
		u_uastrncpy(wide, zone, ICU_NAME_SIZE);
	UCalendar *calendar = ucal_open(zone != NULL ? wide : NULL, -1, "en", UCAL_GREGORIAN, &error);
	ucal_clear(calendar);
	ucal_setDateTime(calendar, year, month - 1, day, hour, minute, 0, &error);
	UDate milliseconds = ucal_getMillis(calendar, &error);
	ucal_close(calendar);
	check(U_SUCCESS(error));
	return (int64_t)(milliseconds / 1000);
}
