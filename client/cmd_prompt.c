/*
 * A question with a list of likely answers, completed by TAB as in a shell: what is common to all that fit is filled in, and a
 * second TAB shows them. Anything else may be typed as well.
 *
 * This is the least line editor that does it (backspace, Ctrl-U, Ctrl-C, Ctrl-D). readline was left out: it is under the GPL, and a
 * program that asks four questions needs no history. Where standard input is no terminal, or a dumb one, it is a plain question.
 */
#include "client/cmd.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { KEY_INTERRUPT = 3, KEY_END = 4, KEY_BACKSPACE = 8, KEY_TAB = 9, KEY_KILL = 21, KEY_ESCAPE = 27, KEY_DELETE = 127 };

struct prompt {
  const char *question, *preset;
  const char *const *choices;
  size_t choices_n;
  char *text;
  size_t len, cap;
  bool tabbed; /* the key before was a TAB */
};

static void prompt_show(const struct prompt *prompt) {
  fprintf(stderr, prompt->preset[0] != '\0' ? "%s [%s]: %.*s" : "%s%s: %.*s", prompt->question, prompt->preset, (int)prompt->len,
          prompt->text);
}

static bool fits(const struct prompt *prompt, size_t i) {
  return strncmp(prompt->choices[i], prompt->text, prompt->len) == 0;
}

static void choices_show(const struct prompt *prompt) {
  fprintf(stderr, "\n");
  for (size_t i = 0; i < prompt->choices_n; i++)
    if (fits(prompt, i))
      fprintf(stderr, "%s  ", prompt->choices[i]);
  fprintf(stderr, "\n");
  prompt_show(prompt);
}

static void prompt_complete(struct prompt *prompt) {
  const char *first = NULL;
  size_t common = 0;
  for (size_t i = 0; i < prompt->choices_n; i++) {
    if (!fits(prompt, i))
      continue;
    if (first == NULL) {
      first = prompt->choices[i];
      common = strlen(first);
    }
    size_t same = 0;
    while (same < common && prompt->choices[i][same] == first[same])
      same++;
    common = same;
  }
  if (first == NULL || common >= prompt->cap) {
    fputc('\a', stderr);
  } else if (common > prompt->len) {
    fprintf(stderr, "%.*s", (int)(common - prompt->len), first + prompt->len);
    memcpy(prompt->text, first, common);
    prompt->len = common;
  } else if (prompt->tabbed) {
    choices_show(prompt);
  }
}

/* The last character, all its bytes. */
static void prompt_back(struct prompt *prompt) {
  if (prompt->len == 0)
    return;
  do
    prompt->len--;
  while (prompt->len > 0 && ((unsigned char)prompt->text[prompt->len] & 0xc0) == 0x80);
  fprintf(stderr, "\b \b");
}

/* Keys of several bytes (arrows) are read to their end and do nothing. */
static void escape_skip(void) {
  char c;
  if (read(STDIN_FILENO, &c, 1) != 1 || (c != '[' && c != 'O'))
    return;
  while (read(STDIN_FILENO, &c, 1) == 1 && (c < '@' || c > '~'))
    ;
}

enum { MORE, DONE, ENDED, INTERRUPTED };

static int key_take(struct prompt *prompt, unsigned char key) {
  switch (key) {
  case '\r':
  case '\n': return DONE;
  case KEY_INTERRUPT: return INTERRUPTED;
  case KEY_END: return prompt->len == 0 ? ENDED : MORE;
  case KEY_TAB: prompt_complete(prompt); break;
  case KEY_ESCAPE: escape_skip(); break;
  case KEY_BACKSPACE:
  case KEY_DELETE: prompt_back(prompt); break;
  case KEY_KILL:
    while (prompt->len > 0)
      prompt_back(prompt);
    break;
  default:
    if (key >= ' ' && prompt->len + 1 < prompt->cap) {
      prompt->text[prompt->len++] = (char)key;
      fputc(key, stderr);
    }
  }
  prompt->tabbed = key == KEY_TAB;
  return MORE;
}

static int prompt_run(struct prompt *prompt) {
  int state = MORE;
  prompt_show(prompt);
  while (state == MORE) {
    unsigned char key;
    ssize_t n = read(STDIN_FILENO, &key, 1);
    if (n < 0 && errno == EINTR)
      continue;
    state = n == 1 ? key_take(prompt, key) : ENDED;
    fflush(stderr);
  }
  fprintf(stderr, "\n");
  return state;
}

bool ask_choice(const char *question, const char *preset, const char *const *choices, size_t n, char *ret, size_t cap) {
  struct termios before, raw;
  const char *term = getenv("TERM");
  if (term == NULL || strcmp(term, "dumb") == 0 || tcgetattr(STDIN_FILENO, &before) != 0)
    return ask_line(question, preset, ret, cap);
  raw = before;
  raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  struct prompt prompt = {.question = question, .preset = preset, .choices = choices, .choices_n = n, .text = ret, .cap = cap};
  (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  int state = prompt_run(&prompt);
  (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
  if (state == INTERRUPTED) /* as if the terminal had sent it, now that it is as it was */
    (void)raise(SIGINT);
  while (prompt.len > 0 && ret[prompt.len - 1] == ' ')
    prompt.len--;
  ret[prompt.len] = '\0';
  if (ret[0] == '\0')
    snprintf(ret, cap, "%s", preset);
  return state == DONE;
}
