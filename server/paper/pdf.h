/*
 * The page of paper: what paper_pdf() takes from it, for those who print on another than the default.
 */
#ifndef SG_PAPER_PDF_H
#define SG_PAPER_PDF_H

#include "paper/paper.h"

/* US Letter stands first: the default, as the exam's schools are mostly there and nobody is asked for a country. */
enum pdf_size { PDF_LETTER, PDF_A4, PDF_SIZES };

/* A sheet on pages. paper_pdf() is this on Letter. Gives 0, E_NOMEM or E_LIMIT. */
int paper_pdf_sized(const struct sheet *sheet, enum pdf_size size, struct paper_bytes *ret) MUSTCHECK;

#endif
