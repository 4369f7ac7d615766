-- Further kinds of file: who advises whom; and, beside a roster, demographics.
--
-- The key from a row of an import to its import goes: the rows are made by the function that has just made the import, and the
-- check took a tenth of the time of a large file.
alter table ops.import drop constraint import_kind_check;
alter table ops.import add constraint import_kind_check check (kind in ('roster', 'plans', 'official_scores', 'advisers'));
alter table ops.import_row drop constraint import_row_school_id_import_id_fkey;

-- What a OneRoster file says of demographics, in its own words, for the fairness audit alone. No birth date and no place of birth:
-- no figure needs them. No function of schema api reads it; what is not said has no row.
create table sealed.demographics (
  school_id int4 not null,
  student_id int8 not null,
  sex text check (sex in ('male', 'female', 'other', 'unspecified')),
  races text[] not null default '{}'
    check (races <@ array['american_indian_or_alaska_native', 'asian', 'black_or_african_american',
                          'native_hawaiian_or_other_pacific_islander', 'white', 'two_or_more_races']),
  hispanic bool,
  told_at timestamptz not null, -- by the file
  primary key (school_id, student_id)
);
call core.protect_student('sealed.demographics');
