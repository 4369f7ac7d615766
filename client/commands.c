/*
 * All subcommands of `stepguard`. The program, its help, its manual page and the completion of both shells are made from this
 * table and from the tables of options in the commands' own files; there is no other list of either.
 *
 * Details are paragraphs, broken where they are shown: lines that follow each other are one, and a line that begins with blanks is
 * an item of a list whose name has the first 16 columns. Their order is the order in which a student meets them.
 */
#include "client/cmd.h"

/* clang-format off */
const struct command commands[] = {
  {"enrol", "", "Enrol this device with the one-time code from your school.",
   "The code comes from the school's letter. It is read from a prompt, from --code-file, or from standard input; never from an\n"
   "argument, where other users and the shell's history could see it. The key is made here and never leaves this device. When\n"
   "the connection breaks, run the same again with the same code.",
   "stepguard enrol --server stepguard.school.example:7444\n"
   "stepguard enrol --server stepguard.school.example:7444 --code-file letter.txt --device-name \"my laptop\"", cmd_enrol},
  {"add", "", "Record one practice result.",
   "What is missing is asked for when you sit at a terminal. Nothing is sent before `stepguard sync`.",
   "stepguard add\n"
   "stepguard add --instrument cbssa --form 31 --score 68 --date 2026-03-01\n"
   "stepguard add --instrument qbank_uworld --items 40 --correct 27 --mode timed", cmd_add},
  {"import", "FILE", "Record practice results from a file (- for standard input).",
   "What it is shows by itself:\n"
   "  results.csv   the header names the columns in any order: instrument, taken_at, score (or items and correct) are needed;\n"
   "                form, scale, items, correct, omitted, seconds, seconds_allowed, mode, repeat, printed_p_pass, result_id,\n"
   "                revision, retracted are known. Sub-scores stand in a file of their own (--subscores).\n"
   "  NBME INSIGHTS the table \"Question Details\", one row a question, several forms in one file. The score is not in it: you\n"
   "                are asked for the EPC of each form, as the score report has it, or give it with --epc.\n"
   "  UWorld        a performance table by system, by subject or both, pasted into a file. What came since the last one\n"
   "                is recorded.\n"
   "  anything else you are asked which column is what, and the answers are remembered for files with the same header.\n"
   "Good rows are taken whatever the others are like; importing the same file again adds nothing; `stepguard undo` takes\n"
   "it back. Spreadsheets' separators, dates and character sets are understood.",
   "stepguard import --dry-run results.csv\n"
   "stepguard import results.csv --subscores subscores.csv\n"
   "stepguard import Questions_List.csv --epc 30=66 --epc 31=70\n"
   "stepguard import uworld.txt --taken-on 2026-03-14\n"
   "stepguard import mine.csv --map taken_at=Day --map instrument==qbank_other --dates mdy", cmd_import},
  {"list", "", "Show what is recorded here, and what the school has of it.",
   "Columns: its number here, the day, the instrument and form, the score, and whether the school has it. --rejected shows what\n"
   "it refused and why, --history also what was corrected since. The number is what edit and retract want.",
   "stepguard list\n"
   "stepguard list --pending\n"
   "stepguard list --rejected --json", cmd_list},
  {"edit", "NUMBER", "Correct a result: its score, day, form or anything else.",
   "NUMBER is what `stepguard list` shows. The school gets the correction with the next sync and keeps both.",
   "stepguard edit 12 --score 68.5\n"
   "stepguard edit 12 --date 2026-03-02 --form 31\n"
   "stepguard edit 12", cmd_edit},
  {"retract", "NUMBER", "Withdraw a result: it counts no more, and its history is kept.",
   "NUMBER is what `stepguard list` shows. To have it back: stepguard edit NUMBER --restore.",
   "stepguard retract 12", cmd_retract},
  {"undo", "", "Take back what was recorded last.",
   "The last add, import, edit or retraction. What was never sent is gone; what the school has is withdrawn, or gets back what\n"
   "it was, with the next sync. Again: the one before that.",
   "stepguard undo", cmd_undo},
  {"exam", "[plan DAY | move DAY | cancel | taken DAY | result pass|fail]", "Plan, move or cancel the exam; say how it went.",
   "Days are written 2026-06-15. Without an argument it shows what you told so far.",
   "stepguard exam plan 2026-06-15 --permit-from 2026-05-01 --permit-to 2026-07-31\n"
   "stepguard exam move 2026-06-29\n"
   "stepguard exam result pass", cmd_exam},
  {"goal", "[set | clear]", "Set goals for each week, and see how far this one is.",
   "Questions, whole self-assessments, and hours going over what you missed. Without an argument it shows them with this week's\n"
   "questions and checks, counted from the results recorded here. What set does not name stays as it is; when you sit at a\n"
   "terminal, what is missing is asked for. Each of your devices has the same goals after a sync: those set last.",
   "stepguard goal set\n"
   "stepguard goal set --questions 280 --checks 1 --review 5\n"
   "stepguard goal set --checks none\n"
   "stepguard goal", cmd_goal},
  {"checkin", "[list]", "Say what a week was like: hours, questions, review, confidence.",
   "From Friday on this week is meant, before that the one that is over. To change what you said of a week, check in again: the\n"
   "last word counts, and what is not named stays as it was. Your dean's office sees it beside your results, and it never makes\n"
   "your chance of passing look better or worse.",
   "stepguard checkin\n"
   "stepguard checkin --hours 25 --questions 240 --reviewed 80 --confidence 60\n"
   "stepguard checkin --week 2026-06-15 --hours 31:30\n"
   "stepguard checkin list", cmd_checkin},
  {"status", "", "Show how you stand: the chance of passing, and why.",
   "Shows what the school said last, with its date: the chance with its interval, what it is made of, what moved it since the\n"
   "day before, a curve, and the next step. --online asks now; nothing is sent.",
   "stepguard status\n"
   "stepguard status --online", cmd_status},
  {"messages", "", "Read what the dean's office wrote to you.",
   "Shows what the last sync brought, newest first, and what is new since you read last. What the office notes for itself is not\n"
   "here; you may ask to see it (34 CFR 99.10).",
   "stepguard messages\n"
   "stepguard messages --online", cmd_messages},
  {"sync", "", "Send what is recorded, and learn how you stand.",
   "May be broken off and run again at any time: nothing is lost and nothing counts twice. A certificate near its end is\n"
   "renewed on the way. --watch goes on until it is stopped; where systemd runs, its timer does the same:\n"
   "systemctl --user enable --now stepguard-sync.timer",
   "stepguard sync\n"
   "stepguard sync --max-wait 300\n"
   "stepguard sync --watch --every 30", cmd_sync},
  {"export", "", "Write out what is recorded here, as results.csv or as JSON.",
   "CSV has every id and revision, so another device that imports it has the same results and not further ones. JSON has the\n"
   "exam plan, goals, check-ins, messages and the last standing too. A file that is there already is not written over.",
   "stepguard export --output mine.csv --subscores mine-areas.csv\n"
   "stepguard export --json --output mine.json", cmd_export},
  {"devices", "[revoke NUMBER|NAME]", "Show your devices; sign off one that you lost.",
   "Asks the school which devices can send and ask in your name: since when, when each was last here, and until when its\n"
   "certificate is good. revoke signs off another one than this, at once and for good; its results stay.",
   "stepguard devices\n"
   "stepguard devices revoke 17\n"
   "stepguard devices revoke \"old laptop\" --yes", cmd_devices},
  {"doctor", "", "Look for what is wrong, and say what to do.",
   "Clock, state directory, results, certificate, network, and whether the school's server knows this device. Nothing is sent\n"
   "but a hello.",
   "stepguard doctor\n"
   "stepguard doctor --offline", cmd_doctor},
  {"passphrase", "", "Put a passphrase on this device's key, or take it off.",
   "With one, whoever copies your files cannot send or ask in your name; and every sync asks for it, so a timer needs it in a\n"
   "file that only you can read, named by STEPGUARD_PASSPHRASE_FILE. It is asked for here and is never an argument. Lost: ask\n"
   "the school for a new code, and enrol with --replace; no result is lost.",
   "stepguard passphrase\n"
   "stepguard passphrase --remove", cmd_passphrase},
  {"disclosures", "", "Show to whom outside the school your record was given.",
   "Asks the school for its ledger of disclosures (34 CFR 99.32) as far as it is about you: who, who in vain, what, what for,\n"
   "and on what ground of law. Not in it: the school's own officials, what you asked for yourself, and anything about other students.\n"
   "Nothing of it is kept on this device.",
   "stepguard disclosures\n"
   "stepguard disclosures --json", cmd_disclosures},
};
/* clang-format on */
const size_t commands_n = sizeof commands / sizeof commands[0];
