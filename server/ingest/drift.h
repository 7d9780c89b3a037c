/* The control of the resampler's ratio: holds the delay at its target although the source's clock and the beat's differ. */
#ifndef INGEST_DRIFT_H
#define INGEST_DRIFT_H

/* A PI controller; zeroed it starts at the nominal ratio. */
struct drift {
	double clock_ppm; /* the source's clock against the beat, as estimated: positive when the source is fast */
	double ratio_ppm; /* what the resampler should be set to: positive plays faster */
};

#define DRIFT_PERIOD_MS 1000 /* between two updates: each recomputes the resampler's tables */

/* Once each DRIFT_PERIOD_MS. `excess_ms`: how much longer than the target sound waits; negative when too short. Returns
 * ratio_ppm. */
double drift_update(struct drift *drift, double excess_ms);

#endif
