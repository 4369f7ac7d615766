/*
 * The stylesheet of a mail.
 *
 * Written for the two that understand least. Outlook on Windows is Word: no variables, no flex or grid, no selectors but elements
 * and classes; what it does not know must leave a plain document that reads well. Gmail keeps one <style> of the head and drops it
 * whole when it meets what it cannot parse, so there is nothing clever in it. Colours are therefore written out where they are
 * used, once light, and again inside prefers-color-scheme for who asks for dark.
 *
 * Text is in pixels: Word takes rem for points. Sizes follow the pages (web/src/style/tokens.css).
 */
#include "paper/html_style.h"

#include "paper/colour.h"

#include <inttypes.h>
#include <string.h>

static const char form[] =
    "body{margin:0;padding:0;-webkit-text-size-adjust:100%;font:15px/1.5 system-ui,-apple-system,\"Segoe UI\",\"Noto Sans\",Arial,"
    "sans-serif}\n"
    ".page{max-width:640px;margin:0 auto;padding:24px 20px 40px}\n"
    "h1{font-size:26px;line-height:1.2;margin:0;letter-spacing:-.3px}\n"
    "h2{font-size:18px;line-height:1.3;margin:36px 0 4px}\n"
    "h3{font-size:15px;margin:24px 0 4px}\n"
    "h4{font-size:14px;margin:16px 0 4px}\n"
    "p{margin:8px 0}\n"
    ".subtitle{margin:4px 0 0}\n"
    ".small,.foot,caption,summary{font-size:13px}\n"
    ".small{margin:4px 0 12px}\n"
    ".notice{margin:20px 0;padding:8px 14px;border-left:4px solid}\n"
    ".notice p{margin:0}\n"
    ".button{display:inline-block;padding:10px 18px;border-radius:6px;font-weight:600;text-decoration:none}\n"
    ".figures{margin:12px 0 16px}\n"
    ".figure{display:inline-block;vertical-align:top;min-width:108px;margin:0 6px 8px 0;padding:10px 12px;border-radius:10px}\n"
    ".figure dt,.state{font-weight:600}\n"
    ".figure dt{font-size:13px}\n"
    ".figure dd{margin:0}\n"
    ".figure .value{font-size:30px;line-height:1.2;font-weight:700}\n"
    ".figure .note{font-size:13px}\n"
    ".facts{margin:8px 0}\n"
    ".facts dt{float:left;clear:left;width:160px;font-size:13px;line-height:22px}\n"
    ".facts dd{margin:0 0 6px 172px;line-height:22px}\n"
    "ul{margin:8px 0;padding:0;list-style:none}\n"
    "li{padding:9px 0;border-top:1px solid}\n"
    ".state{white-space:nowrap;font-size:13px}\n"
    ".scroll{overflow-x:auto;margin:12px 0}\n"
    "table{border-collapse:collapse;width:100%;font-size:14px}\n"
    "caption{text-align:left;padding:0 0 4px}\n"
    "th,td{padding:7px 14px 7px 0;text-align:left;vertical-align:top;border-bottom:1px solid}\n"
    "th{font-weight:600}\n"
    "thead th{font-size:13px;vertical-align:bottom}\n"
    ".n{width:1%;text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\n"
    ".chart{margin:16px 0 4px}\n"
    ".chart img{display:block;width:100%;max-width:600px;height:auto;outline:1px solid;border-radius:10px}\n"
    "summary{cursor:pointer;padding:4px 0}\n"
    ".foot{margin-top:40px;padding-top:12px;border-top:1px solid}\n"
    ".more{border-top:1px solid;padding:9px 0;margin:0}\n"
    "@media (max-width:480px){.page{padding:16px 14px 32px}.figure{min-width:106px}.facts dt{float:none;width:auto}.facts "
    "dd{margin-left:0}th,td{padding-right:10px}}\n"
    "@media print{.page{max-width:none;padding:0}h2{page-break-after:avoid}li,tr,.chart{page-break-inside:avoid}}\n";

/* What has which colour; "ground" is the background. */
static const struct {
  const char *selector, *property;
  enum colour colour;
} rules[] = {
    {"body,.page", "background-color", COLOUR_SURFACE},
    {"body,h1,h2,h3,h4,.page", "color", COLOUR_INK},
    {".subtitle,.small,.foot,.more,caption,summary,thead th,.facts dt,.plain dt,.note", "color", COLOUR_INK_2},
    {"li,th,td,.foot,.more", "border-color", COLOUR_LINE},
    {".chart img", "outline-color", COLOUR_LINE}, /* no border: the picture keeps its own size, and is sharp */
    {"a", "color", COLOUR_ACCENT},
    {".button", "background-color", COLOUR_ACCENT},
    {"a.button", "color", COLOUR_ACCENT_INK},
    {".notice", "background-color", COLOUR_ACCENT_WASH},
    {".notice", "border-color", COLOUR_ACCENT},
    {".figure", "background-color", COLOUR_SUNK},
};

static const char *const tones[] = {
    [SHEET_STATE_NONE] = "plain", [SHEET_AT_RISK] = "risk",       [SHEET_BORDERLINE] = "borderline",
    [SHEET_ON_TRACK] = "track",   [SHEET_CANNOT_SAY] = "unknown",
};

const char *html_style_tone(enum sheet_state state) {
  return tones[state];
}

static void put_rule(struct buf *out, const char *selector, const char *property, enum colour colour, enum chart_theme theme) {
  buf_printf(out, "%s{%s:#%06" PRIx32 "}\n", selector, property, colour_rgb(colour, theme));
}

static void put_colours(struct buf *out, enum chart_theme theme) {
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
    put_rule(out, rules[i].selector, rules[i].property, rules[i].colour, theme);
  for (enum sheet_state state = SHEET_AT_RISK; state <= SHEET_CANNOT_SAY; state++) {
    char selector[64];
    snprintf(selector, sizeof selector, ".%s dt,.%s .value,.state.%s", tones[state], tones[state], tones[state]);
    put_rule(out, selector, "color", colour_of_state(state), theme);
    snprintf(selector, sizeof selector, ".figure.%s", tones[state]);
    put_rule(out, selector, "background-color", colour_wash_of_state(state), theme);
  }
}

void html_style_put(struct buf *out) {
  static const char dark[] = "@media (prefers-color-scheme:dark){\n";
  buf_put(out, "<style>\n", 8);
  buf_put(out, form, sizeof form - 1);
  put_colours(out, CHART_LIGHT);
  buf_put(out, dark, sizeof dark - 1);
  put_colours(out, CHART_DARK);
  buf_put(out, "}\n</style>\n", 11);
}
