/*
 * Names to codes, as tables. Areas go by the numbers of proto/catalogue/areas.csv.
 *
 * NBME's topics are those of the catalogue; each is part of one system of the USMLE outline, except general principles, which the
 * outline counts under no system. UWorld's tables come in two generations; rows that span two systems ("Renal, Urinary &
 * Reproductive") or none go to no area and count in the whole only: a share given to each would be made up. Names compare
 * without regard to case and to anything that is no letter or digit, since pasting changes dashes, commas and blanks.
 */
#include "client/names.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Of proto/catalogue/areas.csv. */
enum area_number {
  NONE = 0,
  DEVELOPMENT = 1,
  BLOOD_IMMUNE,
  BEHAVIORAL_NERVOUS,
  MUSCULOSKELETAL_SKIN,
  CARDIOVASCULAR,
  RESPIRATORY_RENAL,
  GASTROINTESTINAL,
  REPRODUCTIVE_ENDOCRINE,
  MULTISYSTEM,
  BIOSTATISTICS,
  SOCIAL_SCIENCES,
  PATHOLOGY = 21,
  PHYSIOLOGY,
  PHARMACOLOGY,
  MICROBIOLOGY,
  ANATOMY,
  BEHAVIORAL_SCIENCES,
  BIOCHEMISTRY,
  HISTOLOGY,
  IMMUNOLOGY,
  GENETICS,
  FOUNDATIONAL_SCIENCE = 41,
  DIAGNOSIS,
  COMMUNICATION,
  PRACTICE_BASED_LEARNING,
};

/* ---------------------------------------------------------------- comparing */

static char plain(char c) {
  return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '\0');
}

/* Bytes of `text` that `name` takes, letters and digits compared; 0 where it does not begin with it. "&" and "and" are alike. */
static size_t begins(const char *text, size_t len, const char *name) {
  size_t at = 0;
  for (; *name != '\0'; name++) {
    if (plain(*name) == '\0' && *name != '&')
      continue;
    while (at < len && plain(text[at]) == '\0')
      at++;
    if (*name == '&') {
      at += len - at > 4 && strncmp(text + at, "and ", 4) == 0 ? 4 : 0;
      continue;
    }
    if (at == len || plain(text[at]) != plain(*name))
      return 0;
    at++;
  }
  /* Not inside a word or a number: "immune" is not "immunes", "uwsa1" not "uwsa12". */
  char last = text[at - 1], next = at < len ? plain(text[at]) : '\0';
  bool digits = plain(last) <= '9' && next != '\0' && next <= '9', letters = plain(last) > '9' && next > '9';
  return digits || letters ? 0 : at;
}

/* ---------------------------------------------------------------- exams */

static const struct {
  const char *written, *code, *form;
} exams[] = {
    {"Comprehensive Basic Science Self-Assessment", "cbssa", ""},
    {"Comprehensive Basic Science Examination", "cbse", ""},
    {"Comp Basic Sci SELF", "cbssa", ""},
    {"Comp Basic Sci", "cbse", ""},
    {"NBME CBSSA", "cbssa", ""},
    {"NBME CBSE", "cbse", ""},
    {"NBME self-assessment", "cbssa", ""},
    {"NBME", "cbssa", ""},
    {"CBSSA", "cbssa", ""},
    {"CBSE", "cbse", ""},
    {"UWorld Self-Assessment 1", "uwsa1", ""},
    {"UWorld Self-Assessment 2", "uwsa2", ""},
    {"UWorld Self-Assessment 3", "uwsa3", ""},
    {"UWSA 1", "uwsa1", ""},
    {"UWSA 2", "uwsa2", ""},
    {"UWSA 3", "uwsa3", ""},
    {"Free 120 old", "free120_old", ""},
    {"old Free 120", "free120_old", ""},
    {"new Free 120", "free120", ""},
    {"Free 120 new", "free120", ""},
    {"Free 120", "free120", ""},
    {"AMBOSS Self-Assessment", "amboss_sa", ""},
    {"AMBOSS Step 1 Self-Assessment", "amboss_sa", ""},
    {"AMBOSS SA", "amboss_sa", ""},
    {"AMBOSS question bank", "qbank_amboss", ""},
    {"AMBOSS qbank", "qbank_amboss", ""},
    {"AMBOSS block", "qbank_amboss", ""},
    {"UWorld question bank", "qbank_uworld", ""},
    {"UWorld qbank", "qbank_uworld", ""},
    {"UWorld block", "qbank_uworld", ""},
    {"UWorld", "qbank_uworld", ""},
    {"Kaplan question bank", "qbank_kaplan", ""},
    {"Kaplan qbank", "qbank_kaplan", ""},
    {"Kaplan block", "qbank_kaplan", ""},
    {"Kaplan", "qbank_kaplan", ""},
};

bool names_exam(const char *written, char ret_code[LIMIT_INSTRUMENT_CHARS + 1], char ret_form[LIMIT_FORM_CHARS + 1]) {
  size_t len = strlen(written), best = 0, at = 0;
  for (size_t i = 0; i < COUNT(exams); i++) {
    size_t n = begins(written, len, exams[i].written);
    if (n > at)
      best = i, at = n;
  }
  if (at == 0)
    return false;
  /* What is left is the form. "UWSA" without its number, or "UWorld Self-Assessment", is none of them. */
  size_t word = begins(written + at, len - at, "form");
  at += word;
  at += strspn(written + at, " #:-|,");
  while (len > at && strchr(" )|", written[len - 1]) != NULL)
    len--;
  bool nothing_known = strncmp(exams[best].code, "qbank", 5) == 0 && begins(written + at, len - at, "self") > 0;
  if (nothing_known || len - at > LIMIT_FORM_CHARS)
    return false;
  snprintf(ret_code, LIMIT_INSTRUMENT_CHARS + 1, "%s", exams[best].code);
  snprintf(ret_form, LIMIT_FORM_CHARS + 1, "%.*s", (int)(len - at), written + at);
  return true;
}

/* ---------------------------------------------------------------- NBME */

static const struct {
  const char *topic; /* code in the catalogue */
  uint8_t system;
} nbme_systems[] = {
    {"general_principles", NONE},
    {"multi", MULTISYSTEM},
    {"cardio", CARDIOVASCULAR},
    {"cns", BEHAVIORAL_NERVOUS},
    {"gastro", GASTROINTESTINAL},
    {"resp", RESPIRATORY_RENAL},
    {"blood", BLOOD_IMMUNE},
    {"msk", MUSCULOSKELETAL_SKIN},
    {"renal", RESPIRATORY_RENAL},
    {"biostat", BIOSTATISTICS},
    {"endo", REPRODUCTIVE_ENDOCRINE},
    {"immune", BLOOD_IMMUNE},
    {"behavioral", BEHAVIORAL_NERVOUS},
    {"skin", MUSCULOSKELETAL_SKIN},
    {"female_reproductive", REPRODUCTIVE_ENDOCRINE},
    {"obstetrics", REPRODUCTIVE_ENDOCRINE},
    {"social", SOCIAL_SCIENCES},
    {"male_reproductive", REPRODUCTIVE_ENDOCRINE},
};

bool names_nbme_topic(const char *written, size_t len, uint8_t *ret_topic, uint8_t *ret_system) {
  for (size_t i = 0; i < COUNT(nbme_systems); i++) {
    const struct area *area = catalogue_area("topic", nbme_systems[i].topic);
    size_t n = area != NULL ? begins(written, len, area->name) : 0;
    if (n == 0 || n + strspn(written + n, " ") < len)
      continue;
    *ret_topic = area->number;
    *ret_system = nbme_systems[i].system;
    return true;
  }
  return false;
}

static const struct {
  const char *written;
  uint8_t area;
} nbme_tasks[] = {
    {"Foundational science", FOUNDATIONAL_SCIENCE},
    {"Diagnosis", DIAGNOSIS},
    {"History/physical exam", DIAGNOSIS},
    {"Gathering information", COMMUNICATION},
    {"Supporting emotions", COMMUNICATION},
    {"Making decisions", COMMUNICATION},
    {"Biostatistics/epidemiology", PRACTICE_BASED_LEARNING},
    {"Principles of EBM", PRACTICE_BASED_LEARNING},
};

uint8_t names_nbme_task(const char *written) {
  for (size_t i = 0; i < COUNT(nbme_tasks); i++)
    if (begins(written, strlen(written), nbme_tasks[i].written) == strlen(written))
      return nbme_tasks[i].area;
  return NONE;
}

/* ---------------------------------------------------------------- UWorld */

static const struct names_uworld uworld_rows[] = {
    /* By system, as reports have it. */
    {"Cardiovascular System", false, CARDIOVASCULAR},
    {"Respiratory System", false, RESPIRATORY_RENAL},
    {"Gastrointestinal & Nutrition", false, GASTROINTESTINAL},
    {"Immunologic & Blood Disorders", false, BLOOD_IMMUNE},
    {"Renal, Urinary & Reproductive", false, NONE},
    {"Nervous System & Special Sensory", false, BEHAVIORAL_NERVOUS},
    {"Behavioral & Mental Disorders", false, BEHAVIORAL_NERVOUS},
    {"Musculoskeletal, Skin & Connective", false, MUSCULOSKELETAL_SKIN},
    {"Musculoskeletal, Skin & Connective Tissue", false, MUSCULOSKELETAL_SKIN},
    {"Endocrine & Metabolic Disorders", false, REPRODUCTIVE_ENDOCRINE},
    {"Gynecologic, Pregnancy & Childbirth", false, REPRODUCTIVE_ENDOCRINE},
    {"General Principles", false, NONE},
    /* By system, as the question bank itself has it. */
    {"Allergy & Immunology", false, BLOOD_IMMUNE},
    {"Biostatistics & Epidemiology", false, BIOSTATISTICS},
    {"Dermatology", false, MUSCULOSKELETAL_SKIN},
    {"Ear, Nose & Throat (ENT)", false, BEHAVIORAL_NERVOUS},
    {"Endocrine, Diabetes & Metabolism", false, REPRODUCTIVE_ENDOCRINE},
    {"Female Reproductive System & Breast", false, REPRODUCTIVE_ENDOCRINE},
    {"Hematology & Oncology", false, BLOOD_IMMUNE},
    {"Infectious Diseases", false, NONE},
    {"Male Reproductive System", false, REPRODUCTIVE_ENDOCRINE},
    {"Miscellaneous (Multisystem)", false, MULTISYSTEM},
    {"Nervous System", false, BEHAVIORAL_NERVOUS},
    {"Ophthalmology", false, BEHAVIORAL_NERVOUS},
    {"Poisoning & Environmental Exposure", false, NONE},
    {"Pregnancy, Childbirth & Puerperium", false, REPRODUCTIVE_ENDOCRINE},
    {"Psychiatric/Behavioral & Substance Use Disorder", false, BEHAVIORAL_NERVOUS},
    {"Psychiatric/Behavioral & Substance Abuse", false, BEHAVIORAL_NERVOUS},
    {"Pulmonary & Critical Care", false, RESPIRATORY_RENAL},
    {"Renal, Urinary Systems & Electrolytes", false, RESPIRATORY_RENAL},
    {"Rheumatology/Orthopedics & Sports", false, MUSCULOSKELETAL_SKIN},
    {"Social Sciences (Ethics/Legal/Professional)", false, SOCIAL_SCIENCES},
    {"Social Sciences", false, SOCIAL_SCIENCES},
    /* By subject. */
    {"Anatomy", true, ANATOMY},
    {"Behavioral Science", true, BEHAVIORAL_SCIENCES},
    {"Biochemistry", true, BIOCHEMISTRY},
    {"Biostatistics", true, NONE},
    {"Embryology", true, ANATOMY},
    {"Genetics", true, GENETICS},
    {"Histology", true, HISTOLOGY},
    {"Immunology", true, IMMUNOLOGY},
    {"Microbiology", true, MICROBIOLOGY},
    {"Pathology", true, PATHOLOGY},
    {"Pathophysiology", true, PATHOLOGY},
    {"Pharmacology", true, PHARMACOLOGY},
    {"Physiology", true, PHYSIOLOGY},
};

const struct names_uworld *names_uworld_row(const char *line, size_t len, size_t *ret_name) {
  const struct names_uworld *best = NULL;
  size_t most = 0;
  for (size_t i = 0; i < COUNT(uworld_rows); i++) {
    size_t n = begins(line, len, uworld_rows[i].written);
    if (n > most)
      best = &uworld_rows[i], most = n;
  }
  if (best != NULL)
    *ret_name = most;
  return best;
}
