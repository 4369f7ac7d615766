/*
 * Pages without a file: nothing to style, nothing to run, so that they hold under the content policy that every answer has.
 *
 * page_put_onward() is how a browser gets from the provider's page to ours. Its request to the callback was begun by another
 * site, and so would be one that a redirect made of it: browsers leave SameSite=Strict cookies out of both, and "/" would
 * find nobody signed in. A page of our own that goes on by itself begins anew, from our own site, and the cookie that came
 * with it goes along. The alternative, a session cookie that is Lax, would go along with every link on anybody's page.
 */
#include "office/page.h"

#include <string.h>

const char page_media[] = "text/html; charset=utf-8";

static const char head[] = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Stepguard</title>\n";
static const char foot[] = "</main>\n</body>\n</html>\n";

/* Whether somebody reads the answer: only browsers that go somewhere name text/html. */
bool page_wanted(const char *accept) {
  return accept && strstr(accept, "text/html") != NULL;
}

static void put_escaped(struct buf *out, const char *text) {
  for (; *text; text++) {
    if (strchr("&<>\"'", *text))
      buf_printf(out, "&#%d;", *text);
    else
      buf_put_u8(out, (uint8_t)*text);
  }
}

static void put_paragraph(struct buf *out, const char *text) {
  if (!text || !*text)
    return;
  buf_printf(out, "<p>");
  put_escaped(out, text);
  buf_printf(out, "</p>\n");
}

void page_put_problem(struct buf *out, const struct problem *problem, const char *request_id) {
  buf_printf(out, "%s</head>\n<body>\n<main>\n<h1>Stepguard</h1>\n", head);
  put_paragraph(out, problem->detail);
  put_paragraph(out, problem->remedy);
  buf_printf(out, "<p><a href=\"/\">Back to Stepguard</a></p>\n<p>Number of this request: ");
  put_escaped(out, request_id);
  buf_printf(out, "</p>\n%s", foot);
}

void page_put_onward(struct buf *out) {
  buf_printf(out,
             "%s<meta http-equiv=\"refresh\" content=\"0;url=/\">\n</head>\n<body>\n<main>\n<p><a href=\"/\">Go on to "
             "Stepguard</a></p>\n%s",
             head, foot);
}
