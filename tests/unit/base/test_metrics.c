/* Metrics: the numbers, the labels, and every line of the text (Prometheus exposition format 0.0.4). */
#include "base/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void written(struct metrics *metrics, const char *expected)
{
	struct text text;
	text_init(&text, 100000);
	metrics_write(metrics, &text);
	assert_string_equal(text.at, expected);
	text_free(&text);
}

static void counters_and_gauges(void **state)
{
	(void)state;
	struct metrics *metrics = metrics_new();
	written(metrics, "");
	uint64_t *joins = metrics_counter(metrics, "joins_total", "Joins.", NULL);
	double *load = metrics_gauge(metrics, "load", "Load.", "room=\"a\"");
	*metrics_gauge(metrics, "load", "Load.", "room=\"b\"") = -1.5;
	*metrics_gauge(metrics, "load", "Load.", "room=\"c\"") = 1830038399; /* a time of day, to the second */
	assert_ptr_equal(metrics_counter(metrics, "joins_total", "Joins.", NULL), joins);
	assert_ptr_equal(metrics_counter(metrics, "joins_total", "Joins.", ""), joins);
	assert_ptr_equal(metrics_gauge(metrics, "load", "Load.", "room=\"a\""), load);
	*joins = UINT64_C(12345678901234567890);
	*load = 0.25;
	written(metrics, "# HELP joins_total Joins.\n# TYPE joins_total counter\njoins_total 12345678901234567890\n"
			 "# HELP load Load.\n# TYPE load gauge\nload{room=\"a\"} 0.25\nload{room=\"b\"} -1.5\n"
			 "load{room=\"c\"} 1830038399\n");
	metrics_free(metrics);
}

static void seconds_grow_in_fractions(void **state)
{
	(void)state;
	struct metrics *metrics = metrics_new();
	*metrics_seconds(metrics, "cpu_seconds_total", "Time.", NULL) += 12.75;
	written(metrics, "# HELP cpu_seconds_total Time.\n# TYPE cpu_seconds_total counter\ncpu_seconds_total 12.75\n");
	metrics_free(metrics);
}

static void histograms(void **state)
{
	(void)state;
	static const double bounds[] = {0.001, 0.01, 0.1};
	struct metrics *metrics = metrics_new();
	struct histogram *h = metrics_histogram(metrics, "s", "Seconds.", "room=\"a\"", bounds, 3);
	assert_ptr_equal(metrics_histogram(metrics, "s", "Seconds.", "room=\"a\"", bounds, 3), h);
	assert_true(histogram_quantile(h, 0.5) == 0);
	histogram_add(h, 0.0005);
	histogram_add(h, 0.001); /* a bound belongs to what is below it */
	histogram_add(h, 0.05);
	histogram_add(h, 7);
	written(metrics,
		"# HELP s Seconds.\n# TYPE s histogram\n"
		"s_bucket{room=\"a\",le=\"0.001\"} 2\ns_bucket{room=\"a\",le=\"0.01\"} 2\ns_bucket{room=\"a\",le=\"0.1\"} 3\n"
		"s_bucket{room=\"a\",le=\"+Inf\"} 4\ns_sum{room=\"a\"} 7.0515\ns_count{room=\"a\"} 4\n");
	assert_true(histogram_quantile(h, 0.5) == 0.001);
	assert_true(histogram_quantile(h, 0.6) == 0.1);
	assert_true(histogram_quantile(h, 1) == 0.1); /* beyond all bounds */
	metrics_free(metrics);
}

static void refresh(void *user)
{
	++*(double *)user;
}

static void gauges_are_refreshed_when_read(void **state)
{
	(void)state;
	struct metrics *metrics = metrics_new();
	double *gauge = metrics_gauge(metrics, "g", "G.", NULL);
	metrics_on_write(metrics, refresh, gauge);
	metrics_on_write(metrics, refresh, gauge);
	written(metrics, "# HELP g G.\n# TYPE g gauge\ng 2\n");
	written(metrics, "# HELP g G.\n# TYPE g gauge\ng 4\n");
	metrics_free(metrics);
}

static void labels_are_escaped(void **state)
{
	(void)state;
	char labels[64] = "";
	metrics_label(labels, sizeof labels, "room", "a\"b\\c\nd");
	assert_string_equal(metrics_label(labels, sizeof labels, "channel", "2"), "room=\"a\\\"b\\\\c\\nd\",channel=\"2\"");
	for (size_t size = 8; size < 40; size++) { /* a value that is too long is cut, and stays well formed */
		char small[40] = "";
		metrics_label(small, size, "k", "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"");
		assert_true(strlen(small) < size);
		assert_int_equal(small[strlen(small) - 1], '"');
		assert_int_equal(strlen(small) % 2, 0); /* k=" and pairs and " */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_and_gauges),
		cmocka_unit_test(seconds_grow_in_fractions),
		cmocka_unit_test(histograms),
		cmocka_unit_test(gauges_are_refreshed_when_read),
		cmocka_unit_test(labels_are_escaped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
