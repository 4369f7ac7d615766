/*
 * libstepguard in forty lines: record a result, send what waits, say how the student stands.
 *
 *   cc example.c $(pkg-config --cflags --libs stepguard) -o example && ./example 68.5
 */
#include <client/stepguard.h>

#include <signal.h>
#include <stdio.h>
#include <time.h>

static int failed(const struct sg_error *error) {
  fprintf(stderr, "%s\n", error->text); /* what happened, to what, and what to do */
  return sg_status_exit(error->status);
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  struct sg_error error;
  struct sg_client *client;
  struct result result = {.instrument = "cbssa",
                          .form = "31",
                          .scale = SCALE_EPC,
                          .taken_at_ms = (int64_t)time(NULL) * 1000,
                          .items = RESULT_UNKNOWN,
                          .correct = RESULT_UNKNOWN,
                          .omitted = RESULT_UNKNOWN,
                          .seconds = RESULT_UNKNOWN,
                          .seconds_allowed = RESULT_UNKNOWN,
                          .printed_p_pass_bp = RESULT_UNKNOWN};
  if (argc != 2 || result_parse_centi(argv[1], &result.score_centi) != 0)
    return fprintf(stderr, "Usage: example SCORE\n"), 2;
  uuid7_make(result.id, result.taken_at_ms, (const uint8_t *)"ten bytes!"); /* of randomness, in earnest */
  if (sg_open(&client, NULL, &error) != SG_OK)
    return failed(&error);
  enum sg_added added;
  struct sg_sync_report report;
  static struct sg_standing standing;
  bool known = false;
  int code = 0;
  if (sg_add(client, &result, &added, &error) != SG_OK ||
      sg_sync(client, &(struct sg_sync_options){.max_wait_s = 30}, &report, &error) != SG_OK ||
      sg_standing(client, &standing, &known, &error) != SG_OK)
    code = failed(&error);
  else if (known)
    printf("%u stored; %.0f %% to pass\n", report.stored, standing.p_pass * 100);
  sg_close(client);
  return code;
}
