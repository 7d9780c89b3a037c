/* The queue between two threads: order, bounds, and (under the thread sanitizer) that what was written before is seen. */
#include "encode/jobs.h"

#include "base/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

struct job {
	uint32_t number;
};

#define COUNT 100000
#define SIZE  64

struct relay {
	struct jobs *there, *back;
};

static void sends_all_back(void *user)
{
	struct relay *relay = user;
	for (uint32_t n = 0; n < COUNT;) {
		struct job *job = jobs_take(relay->there);
		if (job == NULL)
			continue;
		job->number ^= 0xffffffffu;
		jobs_put(relay->back, job);
		n++;
	}
}

static void keeps_the_order_over_threads(void **state)
{
	(void)state;
	static struct job job[SIZE];
	struct relay relay = {jobs_new(SIZE), jobs_new(SIZE)};
	struct thread *thread = thread_new(sends_all_back, &relay);
	for (uint32_t put = 0, taken = 0; taken < COUNT;) {
		if (put < COUNT && put - taken < SIZE) {
			job[put % SIZE].number = put;
			jobs_put(relay.there, &job[put % SIZE]);
			put++;
		}
		const struct job *back = jobs_take(relay.back);
		if (back != NULL)
			assert_int_equal(back->number, taken++ ^ 0xffffffffu);
	}
	thread_join(thread);
	assert_true(jobs_empty(relay.there) && jobs_empty(relay.back));
	jobs_free(relay.there);
	jobs_free(relay.back);
}

static void holds_what_it_says(void **state)
{
	(void)state;
	struct job job[4] = {{0}, {1}, {2}, {3}};
	struct jobs *jobs = jobs_new(4);
	for (int round = 0; round < 5; round++) {
		assert_true(jobs_empty(jobs));
		assert_null(jobs_take(jobs));
		for (int i = 0; i < 4; i++)
			jobs_put(jobs, &job[i]);
		for (int i = 0; i < 4; i++)
			assert_ptr_equal(jobs_take(jobs), &job[i]);
	}
	jobs_free(jobs);
	jobs_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_the_order_over_threads),
		cmocka_unit_test(holds_what_it_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
