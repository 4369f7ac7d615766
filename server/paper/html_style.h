/* The stylesheet of paper_html(), made from the table of colours. Private to html.c. */
#ifndef SG_PAPER_HTML_STYLE_H
#define SG_PAPER_HTML_STYLE_H

#include "base/buf.h"
#include "paper/sheet.h"

void html_style_put(struct buf *out);
const char *html_style_tone(enum sheet_state state); /* the class of a state: "risk"; "plain" for none */

#endif
