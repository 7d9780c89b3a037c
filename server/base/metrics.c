/* A list of families (name, help, kind), each a list of series (labels, number). Lists are walked only at start and when
 * somebody asks for /metrics. */
#include "base/metrics.h"

#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOUNDS_MAX 16
#define REFRESHES_MAX 16

enum kind { COUNTER, SECONDS, GAUGE, HISTOGRAM };

struct histogram {
	double bound[BOUNDS_MAX];
	size_t bounds;
	_Atomic uint64_t count[BOUNDS_MAX + 1]; /* the last one: above all bounds */
	_Atomic double sum;
};

struct series {
	struct series *next;
	char *labels; /* "" when there are none */
	uint64_t counter;
	double gauge;       /* also of SECONDS */
	struct cell *cells; /* what others count of it */
	struct histogram histogram;
};

struct family {
	struct family *next;
	char *name, *help;
	enum kind kind;
	struct series *first, **last;
};

struct metrics {
	struct family *first, **last;
	struct {
		void (*refresh)(void *user);
		void *user;
	} refresh[REFRESHES_MAX];
	size_t refreshes;
};

struct metrics *metrics_new(void)
{
	struct metrics *metrics = check_alloc(calloc(1, sizeof *metrics));
	metrics->last = &metrics->first;
	return metrics;
}

static void free_cells(struct cell *cell)
{
	for (struct cell *next; cell != NULL; cell = next) {
		next = cell->next;
		free(cell);
	}
}

void metrics_free(struct metrics *metrics)
{
	for (struct family *family = metrics->first, *next; family != NULL; family = next) {
		next = family->next;
		for (struct series *series = family->first, *after; series != NULL; series = after) {
			after = series->next;
			free_cells(series->cells);
			free(series->labels);
			free(series);
		}
		free(family->name);
		free(family->help);
		free(family);
	}
	free(metrics);
}

static struct family *find_family(struct metrics *metrics, enum kind kind, const char *name, const char *help)
{
	for (struct family *family = metrics->first; family != NULL; family = family->next) {
		if (strcmp(family->name, name) == 0) {
			check(family->kind == kind);
			return family;
		}
	}
	struct family *family = check_alloc(calloc(1, sizeof *family));
	family->name = check_alloc(strdup(name));
	family->help = check_alloc(strdup(help));
	family->kind = kind;
	family->last = &family->first;
	*metrics->last = family;
	metrics->last = &family->next;
	return family;
}

static struct series *find_series(struct metrics *metrics, enum kind kind, const char *name, const char *help, const char *labels)
{
	struct family *family = find_family(metrics, kind, name, help);
	if (labels == NULL)
		labels = "";
	for (struct series *series = family->first; series != NULL; series = series->next) {
		if (strcmp(series->labels, labels) == 0)
			return series;
	}
	struct series *series = check_alloc(calloc(1, sizeof *series));
	series->labels = check_alloc(strdup(labels));
	*family->last = series;
	family->last = &series->next;
	return series;
}

uint64_t *metrics_counter(struct metrics *metrics, const char *name, const char *help, const char *labels)
{
	return &find_series(metrics, COUNTER, name, help, labels)->counter;
}

double *metrics_seconds(struct metrics *metrics, const char *name, const char *help, const char *labels)
{
	return &find_series(metrics, SECONDS, name, help, labels)->gauge;
}

double *metrics_gauge(struct metrics *metrics, const char *name, const char *help, const char *labels)
{
	return &find_series(metrics, GAUGE, name, help, labels)->gauge;
}

static struct cell *add_cell(struct series *series)
{
	struct cell *cell = check_alloc(calloc(1, sizeof *cell));
	cell->next = series->cells;
	series->cells = cell;
	return cell;
}

struct cell *metrics_counter_cell(struct metrics *metrics, const char *name, const char *help, const char *labels)
{
	return add_cell(find_series(metrics, COUNTER, name, help, labels));
}

struct cell *metrics_gauge_cell(struct metrics *metrics, const char *name, const char *help, const char *labels)
{
	return add_cell(find_series(metrics, GAUGE, name, help, labels));
}

struct histogram *metrics_histogram(struct metrics *metrics, const char *name, const char *help, const char *labels,
				    const double *bounds, size_t count)
{
	check(count <= BOUNDS_MAX);
	struct histogram *histogram = &find_series(metrics, HISTOGRAM, name, help, labels)->histogram;
	if (histogram->bounds == 0) {
		memcpy(histogram->bound, bounds, count * sizeof *bounds);
		histogram->bounds = count;
	}
	return histogram;
}

/* Only one thread adds, so no locked instruction is needed. */
static void add(_Atomic uint64_t *count, uint64_t more)
{
	atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + more, memory_order_relaxed);
}

void histogram_add_many(struct histogram *histogram, double value, uint64_t times)
{
	size_t i = 0;
	while (i < histogram->bounds && value > histogram->bound[i])
		i++;
	add(&histogram->count[i], times);
	double sum = atomic_load_explicit(&histogram->sum, memory_order_relaxed);
	atomic_store_explicit(&histogram->sum, sum + value * (double)times, memory_order_relaxed);
}

void histogram_add(struct histogram *histogram, double value)
{
	histogram_add_many(histogram, value, 1);
}

static uint64_t count_of(const struct histogram *histogram, size_t bucket)
{
	return atomic_load_explicit(&histogram->count[bucket], memory_order_relaxed);
}

static uint64_t total_of(const struct histogram *histogram)
{
	uint64_t total = 0;
	for (size_t i = 0; i <= histogram->bounds; i++)
		total += count_of(histogram, i);
	return total;
}

double histogram_quantile(const struct histogram *histogram, double q)
{
	uint64_t total = total_of(histogram);
	if (total == 0 || histogram->bounds == 0)
		return 0;
	uint64_t below = 0;
	for (size_t i = 0; i < histogram->bounds; i++) {
		below += count_of(histogram, i);
		if ((double)below >= q * (double)total)
			return histogram->bound[i];
	}
	return histogram->bound[histogram->bounds - 1];
}

void metrics_on_write(struct metrics *metrics, void (*refresh)(void *user), void *user)
{
	check(metrics->refreshes < REFRESHES_MAX);
	metrics->refresh[metrics->refreshes].refresh = refresh;
	metrics->refresh[metrics->refreshes++].user = user;
}

static void write_histogram(const struct family *family, const struct series *series, struct text *out)
{
	const struct histogram *h = &series->histogram;
	const char *comma = series->labels[0] != '\0' ? "," : "";
	uint64_t below = 0, total = total_of(h);
	for (size_t i = 0; i < h->bounds; i++) {
		below += count_of(h, i);
		text_add(out, "%s_bucket{%s%sle=\"%g\"} %llu\n", family->name, series->labels, comma, h->bound[i],
			 (unsigned long long)below);
	}
	text_add(out, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", family->name, series->labels, comma, (unsigned long long)total);
	const char *open = comma[0] ? "{" : "", *close = comma[0] ? "}" : "";
	text_add(out, "%s_sum%s%s%s %.9g\n", family->name, open, series->labels, close,
		 atomic_load_explicit(&h->sum, memory_order_relaxed));
	text_add(out, "%s_count%s%s%s %llu\n", family->name, open, series->labels, close, (unsigned long long)total);
}

static uint64_t sum_of(const struct cell *cell)
{
	uint64_t sum = 0;
	for (; cell != NULL; cell = cell->next)
		sum += cell_value(cell);
	return sum;
}

static void write_series(const struct family *family, const struct series *series, struct text *out)
{
	if (family->kind == HISTOGRAM) {
		write_histogram(family, series, out);
		return;
	}
	text_add(out, "%s", family->name);
	if (series->labels[0] != '\0')
		text_add(out, "{%s}", series->labels);
	if (family->kind == COUNTER)
		text_add(out, " %llu\n", (unsigned long long)(series->counter + sum_of(series->cells)));
	else
		text_add(out, " %.10g\n", series->gauge + (double)(int64_t)sum_of(series->cells));
}

const void *metrics_first(struct metrics *metrics)
{
	for (size_t i = 0; i < metrics->refreshes; i++)
		metrics->refresh[i].refresh(metrics->refresh[i].user);
	return metrics->first;
}

const void *metrics_write_family(const void *cursor, struct text *out)
{
	static const char *const kinds[] = {"counter", "counter", "gauge", "histogram"};
	const struct family *family = cursor;
	if (family == NULL)
		return NULL;
	text_add(out, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help, family->name, kinds[family->kind]);
	for (const struct series *series = family->first; series != NULL; series = series->next)
		write_series(family, series, out);
	return family->next;
}

void metrics_write(struct metrics *metrics, struct text *out)
{
	const void *cursor = metrics_first(metrics);
	while (cursor != NULL)
		cursor = metrics_write_family(cursor, out);
}

char *metrics_label(char *to, size_t size, const char *key, const char *value)
{
	size_t n = strlen(to);
	n += (size_t)snprintf(to + n, size - n, "%s%s=\"", n > 0 ? "," : "", key);
	check(n < size);
	for (; *value != '\0' && n + 4 < size; value++) {
		if (*value == '"' || *value == '\\' || *value == '\n')
			to[n++] = '\\';
		to[n++] = *value == '\n' ? 'n' : *value;
	}
	check(n + 2 <= size);
	to[n++] = '"';
	to[n] = '\0';
	return to;
}
