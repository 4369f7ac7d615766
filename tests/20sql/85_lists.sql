-- How a list of the office is paged and sorted, and what it is as a file: cells that a spreadsheet would run, the notice, the right.
begin;
\ir fixture.sql
\ir office.sql
select * from no_plan();

-- cells
select is(core.csv_cell(v), want, v::text || ' as a cell')
  from (values ('null'::jsonb, ''), ('1.50', '1.50'), ('-3', '-3'), ('true', 'true'), ('""', '""'), ('"plain"', '"plain"'),
               ('"a,b;c"', '"a,b;c"'), ('"say \"x\""', '"say ""x"""'), ('"=1+1"', '"''=1+1"'), ('"+1"', '"''+1"'), ('"-1"', '"''-1"'),
               ('"@x"', '"''@x"'), ('"\t=1"', E'"''\t=1"'), ('"\tx"', E'"''\tx"'), ('"\rx"', E'"''\rx"'), ('"\nx"', E'"''\nx"'),
               ('"  =1"', '"''  =1"'), ('"\ufeff=1"', E'"''\uFEFF=1"'), ('"\u00a0=1"', E'"''\u00A0=1"'), ('"\uff1d1"', E'"''\uFF1D1"'),
               ('"\uff0b1"', E'"''\uFF0B1"'), ('"\uff0d1"', E'"''\uFF0D1"'), ('"\uff20x"', E'"''\uFF20x"'), ('"a=1"', '"a=1"'),
               ('"two\nlines"', E'"two\nlines"'), ('["a", "=b"]', '"a; =b"'), ('["=a"]', '"''=a"'), ('[]', '""'),
               ('{"a": 1}', '"{""a"": 1}"'), ('"Zoë"', '"Zoë"')) c(v, want);
select throws_ok($$ select '"\u0000"'::jsonb #>> '{}' $$, '22P05', null, 'NUL cannot be in text');

-- a list of our own, of five with two ties
create function tap.numbers(p_caller api.caller, p_args jsonb) returns api.reply language plpgsql security definer as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_page core.page := core.page_of(v_me, p_args, '{name,size}');
  v_items jsonb;
  v_next text;
  v_total int8;
begin
  with found as (
    select t.name, t.id, t.size, case v_page.sort when 'name' then to_jsonb(t.name) else coalesce(to_jsonb(t.size), 'null') end as key
      from (values ('ash', 1::int8, 2), ('beech', 2, 1), ('cedar', 3, 2), ('dogwood', 4, null), ('elm', 5, 1)) t(name, id, size)
  ), page as (
    select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
  select to_jsonb((array_agg(jsonb_build_object('name', p.name, 'size', p.size, 'in', jsonb_build_object('id', p.id))
                   order by p.n))[:v_page.most]),
         (select count(*) from found), core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n))
    into v_items, v_total, v_next from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total,
    case when p_args ->> 'students' = 'none' then null else '{}'::int8[] end, '{name,size,in.id}');
end
$$;
alter function tap.numbers(api.caller, jsonb) owner to sg_owner;
grant usage on schema tap to sg_owner;
-- All pages of it, walked by the cursor: 'ash beech|cedar …'.
create function pg_temp.walk(p_args jsonb) returns text language plpgsql as $$
declare
  v_page jsonb;
  v_all text[] := '{}';
begin
  loop
    v_page := (tap.numbers(pg_temp.as_('dean'), p_args)).body;
    v_all := v_all || (select string_agg(i ->> 'name', ' ') from jsonb_array_elements(v_page -> 'items') i);
    exit when v_page ->> 'next' is null or cardinality(v_all) > 9;
    p_args := p_args || jsonb_build_object('cursor', v_page ->> 'next');
  end loop;
  return array_to_string(v_all, '|') || ' of ' || (v_page ->> 'total');
end
$$;
select is(pg_temp.walk(a), want, a::text)
  from (values ('{}'::jsonb, 'ash beech cedar dogwood elm of 5'), ('{"limit": "2"}', 'ash beech|cedar dogwood|elm of 5'),
               ('{"limit": "5"}', 'ash beech cedar dogwood elm of 5'), ('{"limit": "2", "sort": "-name"}', 'elm dogwood|cedar beech|ash of 5'),
               ('{"limit": "1", "sort": "size"}', 'dogwood|beech|elm|ash|cedar of 5'),
               ('{"limit": "1", "sort": "-size"}', 'cedar|ash|elm|beech|dogwood of 5')) c(a, want);
select is(pg_temp.refusal(format('select tap.numbers(:me, %L)', a), 'dean'), want, a::text)
  from (values ('{"limit": "0"}'::jsonb, '422 invalid'), ('{"limit": "201"}', '422 invalid'), ('{"sort": "colour"}', '422 invalid'),
               ('{"cursor": "x"}', '422 invalid'), ('{"cursor": "!!"}', '422 invalid'), ('{"cursor": "W10"}', '422 invalid'),
               ('{"format": "xml"}', '422 invalid')) c(a, want);
select is(pg_temp.refusal(format('select tap.numbers(:me, %L)', jsonb_build_object('sort', '-name', 'cursor',
            (tap.numbers(pg_temp.as_('dean'), '{"limit": "2"}')).body::jsonb ->> 'next')), 'dean'), '422 invalid',
          'a cursor belongs to the question that it was given for');

update core.student set family_name = repeat('🌲', 120), given_name = repeat('🌳', 120);
select is(pg_temp.refusal(format('select api.students(:me, %L)', jsonb_build_object('limit', '1', 'cursor',
            (api.students(pg_temp.as_('dean'), '{"limit": "1"}')).body::jsonb ->> 'next')), 'dean'), '', 'also behind the longest name');

-- as a file
select is((tap.numbers(pg_temp.as_('dean'), '{"format": "csv", "students": "none"}')).body,
          E'name,size,in.id\r\n"ash",2,1\r\n"beech",1,2\r\n"cedar",2,3\r\n"dogwood",,4\r\n"elm",1,5\r\n', 'the file is all rows');
select is((tap.numbers(pg_temp.as_('dean'), '{"format": "csv"}')).media, 'text/csv; charset=utf-8', 'and says what it is');
select matches((tap.numbers(pg_temp.as_('dean'), '{"format": "csv"}')).body,
               E'^name,size,in.id,notice\r\n"ash",2,1,"Education record[^"]*"\r\n.*"elm",1,5,"Education record[^"]*34 CFR 99.33[^"]*"\r\n$',
               'with students in it each line bears the notice');
select is(pg_temp.refusal('select tap.numbers(:me, ''{"format": "csv"}'')', t), want, t || ' takes a file')
  from (values ('dean', ''), ('ida', ''), ('token', '403 no_right')) c(t, want);
update core.session set stepped_up_at = core.now() - interval '10 min';
select is(pg_temp.refusal('select tap.numbers(:me, ''{"format": "csv"}'')', 'dean'), '403 step_up_required', 'a file wants a fresh proof');
select is(pg_temp.refusal('select tap.numbers(:me, ''{}'')', 'dean'), '', 'a page does not');
select * from finish();
rollback;
