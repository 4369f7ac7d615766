-- Demographics that came with a roster, until the import is applied, and what was there before, until it can no longer be undone.
create table sealed.brought (
  school_id int4 not null,
  import_id int8 not null,
  external_id text not null,
  sex text,
  races text[] not null,
  hispanic bool,
  student_id int8, -- null until applied
  before jsonb,    -- what was there; null: nothing
  primary key (school_id, import_id, external_id)
);
call core.protect_student('sealed.brought');
