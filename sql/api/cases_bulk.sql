-- One verb on many cases, each by itself: what cannot be done to one leaves the others done. POST /api/v1/cases/bulk {"verb",
-- "cases": [{"case", "revision"}, …], and the verb's own members} → {"done", "refused", "items": [{"case", "status", "code",
-- "sentence", "current"}]}, in the order of the request; status, code and sentence as the case alone would have been answered.
--
-- Who: sg_office, right "assign". Ground: the person's own. Locks: the cases in order of their numbers, whatever the order of the
-- request.
create or replace function api.cases_bulk(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  c_most constant int4 := 200; -- a page of the list
  v_me core.me := core.staff_enter(p_caller, 'assign', p_write => true);
  v_body jsonb := coalesce(p_args -> 'body', '{}');
  v_verb text;
  v_row record;
  v_case jsonb;
  v_items jsonb[] := '{}';
  v_done int8[] := '{}';
  v_students int8[];
  v_code text;
  v_more text;
begin
  perform core.args_known(p_args - 'body', '{}');
  v_verb := core.arg_choice(v_body, 'verb', (select array_agg(v.verb) from core.case_verbs() v where v.bulk), null);
  if jsonb_typeof(v_body -> 'cases') is distinct from 'array' or jsonb_array_length(v_body -> 'cases') not between 1 and c_most then
    perform core.refuse(422, 'invalid', format('"cases" must be a list of 1 to %s cases.', c_most), 'cases');
  end if;
  for v_row in
    select e.item, e.n, case when e.item ->> 'case' ~ '^[0-9]{1,12}$' then (e.item ->> 'case')::int8 end as case_id
      from jsonb_array_elements(v_body -> 'cases') with ordinality e(item, n)
     order by 3, 2
  loop
    begin
      if v_row.case_id is null or jsonb_typeof(v_row.item) <> 'object' then
        perform core.refuse(422, 'invalid', 'Each of "cases" must name a case and its revision.', 'cases');
      end if;
      v_case := core.case_act(v_me, v_row.case_id, v_verb,
                              (v_body - 'cases' - 'verb') || jsonb_strip_nulls(jsonb_build_object('revision',
                                v_row.item -> 'revision')));
      v_items[v_row.n] := jsonb_build_object('case', v_row.case_id, 'status', 200, 'code', null, 'sentence', v_case ->> 'say',
                                             'current', v_case - '{undo_until,say}'::text[]);
      v_done := v_done || v_row.case_id;
    exception when others then
      if sqlstate !~ '^SG' then
        raise;
      end if;
      get stacked diagnostics v_code = constraint_name, v_more = pg_exception_detail;
      v_items[v_row.n] := jsonb_build_object('case', v_row.case_id, 'status', right(sqlstate, 3)::int4, 'code', v_code,
                                             'sentence', sqlerrm, 'current', v_more::jsonb -> 'current');
    end;
  end loop;
  -- Each deed is on the trail by itself; this line is for what was only shown.
  select coalesce(array_agg(distinct c.student_id), '{}') into v_students
    from core.case_file c, unnest(v_items) i(item)
   where c.school_id = v_me.school_id and c.case_id = (i.item ->> 'case')::int8 and i.item -> 'current' is distinct from 'null';
  perform core.note_done(v_me, 'cases_bulk', v_students, jsonb_build_object('verb', v_verb, 'done', cardinality(v_done),
                         'refused', cardinality(v_items) - cardinality(v_done)));
  return core.reply(jsonb_build_object('done', cardinality(v_done), 'refused', cardinality(v_items) - cardinality(v_done),
                                       'items', to_jsonb(v_items)), v_students, v_me.ground);
end
$$;
