/* One function a kind of chart, drawing into an area `chart_body` high. Private to the chart files. */
#ifndef SG_PAPER_CHART_KIND_H
#define SG_PAPER_CHART_KIND_H

#include "paper/chart_axis.h"

typedef void chart_kind_draw(struct paint *paint, const struct chart *chart, const struct chart_area *area);

chart_kind_draw chart_draw_states, chart_draw_trend, chart_draw_weeks;              /* chart_state.c */
chart_kind_draw chart_draw_readiness, chart_draw_histogram, chart_draw_reliability; /* chart_score.c */

#endif
