/* Handover within a booth: every arrow of handover.h, the cases of room/README.md, and a storm of keys. */
#include "room/handover.h"
#include "unit/room/hall.h"

struct booth {
	struct room room;
	struct handover handover;
	uint64_t beat;
	unsigned switches;
};

/* The French booth, desk 1 ON. */
static void begin(struct booth *b)
{
	memset(b, 0, sizeof *b);
	hall_open(&b->room);
	handover_init(&b->handover, 1);
	hall_mic(&b->room, FR_1, MIC_ON);
}

static void step(struct booth *b)
{
	struct room_event event;
	if (!handover_step(&b->handover, &b->room, b->beat, &event))
		return;
	uint64_t revision = b->room.revision;
	assert_int_equal(room_apply(&b->room, &event), STATUS_OK);
	assert_int_equal(b->room.revision, revision + 1);
	b->switches++;
	assert_false(handover_step(&b->handover, &b->room, b->beat, &event));
}

static enum status try(struct booth *b, unsigned desk, enum handover_action action)
{
	enum status status = handover_press(&b->handover, &b->room, desk, action, b->beat);
	step(b);
	return status;
}

static void press(struct booth *b, unsigned desk, enum handover_action action)
{
	assert_int_equal(try(b, desk, action), STATUS_OK);
}

static void wait_ms(struct booth *b, uint64_t ms)
{
	for (uint64_t end = b->beat + room_beats(&b->room, ms); b->beat < end;) {
		b->beat++;
		step(b);
	}
}

static void assert_idle(const struct booth *b, enum handover_end ended)
{
	assert_int_equal(b->handover.state, HANDOVER_IDLE);
	assert_int_equal(b->handover.ended, ended);
	assert_int_equal(b->handover.from, ROOM_NOBODY);
}

static void assert_switched(const struct booth *b)
{
	assert_idle(b, HANDOVER_SWITCHED);
	assert_int_equal(b->switches, 1);
	assert_heard(&b->room, FR, FR_2);
	assert_int_equal(b->room.desk[FR_1].mic, MIC_OFF);
	assert_int_equal(b->room.desk[FR_2].mic, MIC_ON);
}

static void offer_and_accept(void **state)
{
	(void)state;
	struct booth b;
	begin(&b);
	press(&b, FR_1, HANDOVER_OFFER);
	assert_int_equal(b.handover.state, HANDOVER_OFFERED);
	assert_heard(&b.room, FR, FR_1);
	press(&b, FR_2, HANDOVER_ACCEPT);
	assert_switched(&b);
}

static void request_and_accept(void **state)
{
	(void)state;
	struct booth b;
	begin(&b);
	press(&b, FR_2, HANDOVER_REQUEST);
	assert_int_equal(b.handover.state, HANDOVER_REQUESTED);
	assert_int_equal(b.handover.from, FR_1);
	press(&b, FR_1, HANDOVER_ACCEPT);
	assert_switched(&b);
}

static void an_offer_that_meets_a_request_is_an_agreement(void **state)
{
	(void)state;
	struct booth b;
	begin(&b);
	press(&b, FR_2, HANDOVER_REQUEST);
	press(&b, FR_1, HANDOVER_OFFER);
	assert_switched(&b);
	begin(&b);
	press(&b, FR_1, HANDOVER_OFFER);
	press(&b, FR_2, HANDOVER_REQUEST);
	assert_switched(&b);
	begin(&b);
	press(&b, FR_1, HANDOVER_OFFER);
	press(&b, FR_2, HANDOVER_TAKE);
	assert_switched(&b);
}

static void decline_and_cancel(void **state)
{
	(void)state;
	struct booth b;
	begin(&b);
	press(&b, FR_1, HANDOVER_OFFER);
	press(&b, FR_2, HANDOVER_DECLINE);
	assert_idle(&b, HANDOVER_DECLINED);
	press(&b, FR_2, HANDOVER_REQUEST);
	press(&b, FR_1, HANDOVER_DECLINE);
	assert_idle(&b, HANDOVER_DECLINED);
	press(&b, FR_1, HANDOVER_OFFER);
	press(&b, FR_1, HANDOVER_CANCEL);
	assert_idle(&b, HANDOVER_CANCELLED);
	press(&b, FR_2, HANDOVER_REQUEST);
	press(&b, FR_2, HANDOVER_CANCEL);
	assert_idle(&b, HANDOVER_CANCELLED);
	press(&b, FR_2, HANDOVER_TAKE);
	press(&b, FR_2, HANDOVER_CANCEL);
	assert_idle(&b, HANDOVER_CANCELLED);
	wait_ms(&b, HANDOVER_WARNING_MS);
	assert_int_equal(b.switches, 0);
	assert_heard(&b.room, FR, FR_1);
}

static void nobody_answers_for_60_s(void **state)
{
	(void)state;
	struct booth b;
	begin(&b);
	press(&b, FR_1, HANDOVER_OFFER);
	wait_ms(&b, HANDOVER_TIMEOUT_MS - 20);
	assert_int_equal(b.handover.state, HANDOVER_OFFERED);
	assert_int_equal(handover_left_ms(&b.handover, &b.room, b.beat), 20);
	wait_ms(&b, 20);
	assert_idle(&b, HANDOVER_TIMED_OUT);
	assert_int_equal(try(&b, FR_2, HANDOVER_ACCEPT), STATUS_NOT_ALLOWED);
	press(&b, FR_2, HANDOVER_REQUEST);
	wait_ms(&b, HANDOVER_TIMEOUT_MS);
	assert_idle(&b, HANDOVER_TIMED_OUT);
	assert_int_equal(b.switches, 0);
}

static void take_over_after_3_s_of_warning(void **state)
{
	(void)state;
	struct booth b;
	begin(&b);
	press(&b, FR_2, HANDOVER_TAKE);
	assert_int_equal(b.handover.state, HANDOVER_TAKING);
	wait_ms(&b, 2000);
	press(&b, FR_2, HANDOVER_TAKE); /* again: the three seconds do not start anew */
	assert_int_equal(try(&b, FR_1, HANDOVER_DECLINE), STATUS_NOT_ALLOWED);
	assert_int_equal(handover_left_ms(&b.handover, &b.room, b.beat), 1000);
	wait_ms(&b, 980);
	assert_heard(&b.room, FR, FR_1);
	wait_ms(&b, 20);
	assert_switched(&b);
}

static void take_over_of_a_lost_link_is_at_once(void **state)
{
	(void)state;
	struct booth b;
	begin(&b);
	hall_link(&b.room, FR_1, LINK_LOST);
	assert_floor(&b.room, FR);
	press(&b, FR_2, HANDOVER_TAKE);
	assert_switched(&b);
	hall_link(&b.room, FR_1, LINK_UP); /* comes back OFF, not into its partner's words */
	assert_heard(&b.room, FR, FR_2);
	begin(&b);
	press(&b, FR_2, HANDOVER_TAKE);
	hall_link(&b.room, FR_1, LINK_LATE);
	step(&b);
	assert_int_equal(b.switches, 0);
	hall_link(&b.room, FR_1, LINK_LOST); /* during the warning */
	step(&b);
	assert_switched(&b);
}

static void take_over_of_who_went_off_is_at_once(void **state)
{
	(void)state;
	struct booth b;
	begin(&b);
	press(&b, FR_2, HANDOVER_TAKE);
	hall_mic(&b.room, FR_1, MIC_OFF);
	step(&b);
	assert_switched(&b);
	begin(&b);
	press(&b, FR_2, HANDOVER_TAKE);
	press(&b, FR_1, HANDOVER_ACCEPT);
	assert_switched(&b);
}

static void requester_leaves_during_a_handover(void **state)
{
	(void)state;
	struct booth b;
	begin(&b);
	press(&b, FR_2, HANDOVER_REQUEST);
	hall_do(&b.room, ROOM_LEAVE, FR_2, 0);
	assert_int_equal(handover_press(&b.handover, &b.room, FR_1, HANDOVER_ACCEPT, b.beat), STATUS_NOT_ALLOWED);
	step(&b);
	assert_idle(&b, HANDOVER_LEFT);
	assert_heard(&b.room, FR, FR_1);
	assert_int_equal(try(&b, FR_1, HANDOVER_OFFER), STATUS_NOT_ALLOWED); /* there is nobody */
	assert_int_equal(try(&b, FR_2, HANDOVER_TAKE), STATUS_NOT_ALLOWED);
}

static void either_side_leaves(void **state)
{
	(void)state;
	static const enum handover_action first[] = {HANDOVER_OFFER, HANDOVER_REQUEST, HANDOVER_TAKE};
	for (unsigned i = 0; i < 6; i++) {
		struct booth b;
		begin(&b);
		press(&b, first[i / 2] == HANDOVER_OFFER ? FR_1 : FR_2, first[i / 2]);
		hall_do(&b.room, ROOM_LEAVE, i % 2 ? FR_1 : FR_2, 0);
		step(&b);
		assert_idle(&b, HANDOVER_LEFT);
		hall_do(&b.room, ROOM_SEAT, i % 2 ? FR_1 : FR_2, 0);
		wait_ms(&b, HANDOVER_TIMEOUT_MS);
		assert_int_equal(b.switches, 0);
	}
}

static void agreed_and_left_in_the_same_tick(void **state)
{
	(void)state;
	struct booth b;
	begin(&b);
	press(&b, FR_2, HANDOVER_REQUEST);
	assert_int_equal(handover_press(&b.handover, &b.room, FR_1, HANDOVER_ACCEPT, b.beat), STATUS_OK);
	hall_link(&b.room, FR_2, LINK_LOST); /* before the step */
	step(&b);
	assert_idle(&b, HANDOVER_LEFT);
	assert_heard(&b.room, FR, FR_1);
}

static void done_by_the_keys(void **state)
{
	(void)state;
	struct booth b;
	begin(&b);
	press(&b, FR_2, HANDOVER_REQUEST);
	hall_mic(&b.room, FR_2, MIC_ON);
	step(&b);
	assert_idle(&b, HANDOVER_BY_KEYS);
	begin(&b);
	press(&b, FR_1, HANDOVER_OFFER);
	hall_mic(&b.room, FR_2, MIC_ON);
	step(&b);
	assert_int_equal(b.handover.state, HANDOVER_OFFERED); /* both ON: the overlap */
	hall_mic(&b.room, FR_1, MIC_OFF);
	step(&b);
	assert_idle(&b, HANDOVER_BY_KEYS);
	assert_heard(&b.room, FR, FR_2);
}

static void emergency_during_a_handover(void **state)
{
	(void)state;
	struct booth b;
	begin(&b);
	press(&b, FR_2, HANDOVER_REQUEST);
	hall_do(&b.room, ROOM_EMERGENCY, PLAN_NO_SOURCE, 1);
	press(&b, FR_1, HANDOVER_ACCEPT);
	assert_int_equal(hall_line(&b.room, FR)->bed, PLAN_BED_EMERGENCY);
	hall_do(&b.room, ROOM_EMERGENCY, PLAN_NO_SOURCE, 0);
	assert_switched(&b);
}

static void output_and_input_survive(void **state)
{
	(void)state;
	struct booth b;
	begin(&b);
	hall_do(&b.room, ROOM_OUTPUT, FR_1, B);
	hall_do(&b.room, ROOM_INPUT, FR_1, ZH);
	hall_do(&b.room, ROOM_OUTPUT, FR_2, A); /* its own selection, as long as it is passive */
	hall_do(&b.room, ROOM_INPUT, FR_2, ES);
	hall_do(&b.room, ROOM_OUTPUT, ES_1, B);
	hall_mic(&b.room, ES_1, MIC_ON); /* waits for the channel; the booth does not lose it by a handover */
	press(&b, FR_1, HANDOVER_OFFER);
	press(&b, FR_2, HANDOVER_ACCEPT);
	assert_heard(&b.room, EN, FR_2);
	assert_int_equal(b.room.desk[FR_2].input, ZH);
	assert_true(b.room.desk[ES_1].engaged);
}

static void keys_of_the_wrong_side(void **state)
{
	(void)state;
	struct booth b;
	begin(&b);
	assert_int_equal(try(&b, FR_2, HANDOVER_OFFER), STATUS_NOT_ALLOWED);
	assert_int_equal(try(&b, FR_1, HANDOVER_REQUEST), STATUS_NOT_ALLOWED);
	assert_int_equal(try(&b, FR_1, HANDOVER_TAKE), STATUS_NOT_ALLOWED);
	assert_int_equal(try(&b, FR_2, HANDOVER_ACCEPT), STATUS_NOT_ALLOWED);
	assert_int_equal(try(&b, FR_2, HANDOVER_CANCEL), STATUS_NOT_ALLOWED);
	assert_int_equal(try(&b, ES_1, HANDOVER_REQUEST), STATUS_NO_DESK);
	assert_int_equal(try(&b, 255, HANDOVER_REQUEST), STATUS_NO_DESK);
	assert_int_equal(try(&b, FR_2, HANDOVER_ACTIONS), STATUS_BAD_FIELD);
	press(&b, FR_1, HANDOVER_OFFER);
	press(&b, FR_1, HANDOVER_OFFER); /* says what is so already */
	assert_int_equal(try(&b, FR_1, HANDOVER_ACCEPT), STATUS_NOT_ALLOWED);
	assert_int_equal(try(&b, FR_1, HANDOVER_DECLINE), STATUS_NOT_ALLOWED);
	hall_link(&b.room, FR_2, LINK_LATE);
	assert_int_equal(try(&b, FR_2, HANDOVER_ACCEPT), STATUS_NOT_ALLOWED);
	assert_int_equal(b.handover.state, HANDOVER_OFFERED);
	hall_mic(&b.room, FR_1, MIC_OFF);
	press(&b, FR_1, HANDOVER_CANCEL);
	assert_int_equal(try(&b, FR_2, HANDOVER_TAKE), STATUS_NOT_ALLOWED); /* nobody speaks: the ON key is enough */
}

static void a_second_partner_waits(void **state)
{
	(void)state;
	struct booth b;
	memset(&b, 0, sizeof b);
	hall_open(&b.room);
	assert_int_equal(room_add_desk(&b.room, 1), STATUS_OK);
	handover_init(&b.handover, 1);
	hall_mic(&b.room, FR_1, MIC_ON);
	hall_do(&b.room, ROOM_SEAT, HALL_DESKS, 0);
	hall_link(&b.room, HALL_DESKS, LINK_UP);
	press(&b, FR_2, HANDOVER_TAKE);
	assert_int_equal(try(&b, HALL_DESKS, HANDOVER_TAKE), STATUS_TAKEN);
	assert_int_equal(try(&b, HALL_DESKS, HANDOVER_REQUEST), STATUS_TAKEN);
	assert_int_equal(try(&b, HALL_DESKS, HANDOVER_CANCEL), STATUS_NOT_ALLOWED);
	wait_ms(&b, HANDOVER_WARNING_MS);
	assert_switched(&b);
}

static void the_turn_timer(void **state)
{
	(void)state;
	struct booth b;
	memset(&b, 0, sizeof b);
	hall_open(&b.room);
	handover_init(&b.handover, 1);
	step(&b);
	assert_int_equal(handover_turn(&b.handover, &b.room, 0), TURN_NONE);
	b.beat = 100;
	hall_mic(&b.room, FR_1, MIC_ON);
	step(&b);
	const uint64_t amber = 100 + TURN_AMBER_MS / 20, red = 100 + TURN_RED_MS / 20;
	hall_mic(&b.room, FR_1, MIC_COUGH);
	hall_mic(&b.room, FR_1, MIC_OFF);
	b.beat = 5000;
	hall_mic(&b.room, FR_1, MIC_ON); /* the same desk again: the same turn */
	step(&b);
	assert_int_equal(handover_turn(&b.handover, &b.room, amber - 1), TURN_GREEN);
	assert_int_equal(handover_turn(&b.handover, &b.room, amber), TURN_AMBER);
	assert_int_equal(handover_turn(&b.handover, &b.room, red - 1), TURN_AMBER);
	assert_int_equal(handover_turn(&b.handover, &b.room, red), TURN_RED);
	b.beat = red;
	press(&b, FR_1, HANDOVER_OFFER);
	press(&b, FR_2, HANDOVER_ACCEPT);
	assert_int_equal(handover_turn(&b.handover, &b.room, red), TURN_GREEN);
}

/* Whatever is pressed in whatever order: a switch is always accepted (step() asserts it), and left alone it is IDLE within 60 s. */
static void a_storm_of_keys(void **state)
{
	(void)state;
	struct booth b;
	uint64_t seed = 20250321;
	begin(&b);
	for (unsigned i = 0; i < 200000; i++) {
		seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		unsigned number = (unsigned)(seed >> 33), desk = FR_1 + number / 64 % 2, what = number % 16;
		b.beat += number / 128 % 50;
		if (what < 10)
			try(&b, desk, (enum handover_action)(what % HANDOVER_ACTIONS));
		else if (what < 13)
			hall_event(&b.room, ROOM_MIC, desk, 0, number / 8192 % 3);
		else if (what < 15)
			hall_event(&b.room, ROOM_DESK_LINK, desk, 0, number / 8192 % 32 < 28 ? LINK_UP : number / 8192 % 4);
		else
			hall_event(&b.room, number / 8192 % 4 ? ROOM_SEAT : ROOM_LEAVE, desk, 0, 0);
		step(&b);
		assert_false(b.handover.agreed);
		if (i % 5000 == 0) {
			wait_ms(&b, HANDOVER_TIMEOUT_MS);
			assert_int_equal(b.handover.state, HANDOVER_IDLE);
		}
	}
	assert_true(b.switches > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offer_and_accept),
		cmocka_unit_test(request_and_accept),
		cmocka_unit_test(an_offer_that_meets_a_request_is_an_agreement),
		cmocka_unit_test(decline_and_cancel),
		cmocka_unit_test(nobody_answers_for_60_s),
		cmocka_unit_test(take_over_after_3_s_of_warning),
		cmocka_unit_test(take_over_of_a_lost_link_is_at_once),
		cmocka_unit_test(take_over_of_who_went_off_is_at_once),
		cmocka_unit_test(requester_leaves_during_a_handover),
		cmocka_unit_test(either_side_leaves),
		cmocka_unit_test(agreed_and_left_in_the_same_tick),
		cmocka_unit_test(done_by_the_keys),
		cmocka_unit_test(emergency_during_a_handover),
		cmocka_unit_test(output_and_input_survive),
		cmocka_unit_test(keys_of_the_wrong_side),
		cmocka_unit_test(a_second_partner_waits),
		cmocka_unit_test(the_turn_timer),
		cmocka_unit_test(a_storm_of_keys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
