-- The sentences of an estimate as the text that the programs sent, beside the column of type json that they were in.
--
-- A value of type json is looked through when it is stored: 200,000 instructions a student, every night, of the 550,000 that
-- recording takes (tests/70load/RESULTS.md), for what the same programs wrote and whoever reads it looks through anyway. "reasons"
-- stays for what was recorded before, and is empty from then on; readers take the text where there is one.
alter table core.assessment add column reasons_text text;
