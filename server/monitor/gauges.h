/* Numbers of the rooms for /metrics: gauges that are read from the stages when somebody asks. */
#ifndef MONITOR_GAUGES_H
#define MONITOR_GAUGES_H

#include "base/metrics.h"
#include "stage/stage.h"

struct gauges;

/* `stages` are borrowed and must outlive the last metrics_write(). The caller frees with gauges_free(). */
struct gauges *gauges_new(struct metrics *metrics, struct stage *const *stages, unsigned count);
void gauges_free(struct gauges *gauges);

#endif
