-- Cases: every step of the table of transitions, what the rules open and close, mutes, the sweep, undo, merge, and who may do what.
begin;
\ir fixture.sql
\ir office.sql
\ir cases.sql
select * from no_plan();

-- ---- what opens a case, and once
select pg_temp.assess('ada', 0.9, 3, pg_temp.flag('ada', 'plateau', 2)) \g /dev/null
select is(pg_temp.cases(), null, 'on track, a flag to watch: no case');
select pg_temp.assess('ada', 0.6, 2, pg_temp.flag('ada', 'decline', 3)) \g /dev/null
select is(pg_temp.cases(), '1001/1 new warning [decline]', 'a warning opens one');
select pg_temp.assess('ada', 0.6, 2, pg_temp.flag('ada', 'decline', 3, 'other words')) \g /dev/null
select is(pg_temp.cases(), '1001/1 new warning [decline]', 'again is not another');
select is((select count(*) from core.case_event where verb like 'reason%'), 1::int8, 'other words for the same evidence are no event');
select pg_temp.assess('ada', 0.6, 2, pg_temp.flag('ada', 'decline', 3, evidence => '["a"]')) \g /dev/null
select is((select string_agg(verb, ' ' order by event_id) from core.case_event), 'open reason_open reason_change', 'new evidence is noted with its reason');
select is((select evidence from core.case_reason), '["a"]', 'and kept there');
select is((select revision from core.case_file), 1, 'which is no conflict for anybody at work on it');
select pg_temp.assess('ada', 0.5, 1, pg_temp.flag('ada', 'decline', 3), pg_temp.flag('ada', 'low_probability', 3)) \g /dev/null
select is(pg_temp.cases(), '1001/1 new warning [decline low_probability]', 'a further one joins it');
select is((select revision from core.case_file), 2, 'which is');
select pg_temp.assess('ben', 0.5, 1) \g /dev/null
select is(pg_temp.cases(), '1001/1 new warning [decline low_probability] · 1002/1 new warning [at_risk]', 'at risk is reason enough');
select pg_temp.assess('ben', 0.9, 3) \g /dev/null
select is(pg_temp.cases('1002'), '1002/1 resolved info []', 'what nobody touched ends when its reasons do');
select is((select resolution from core.case_file where state = 'resolved'), 'recovered', 'and says so');
select pg_temp.assess('ben', 0.5, 1) \g /dev/null
select is(pg_temp.cases('1002'), '1002/1 new warning [at_risk]', 'and comes back as the same case, new, for nobody had resolved it');
select is((select times from core.case_reason where code = 'at_risk'), 2, 'the reason counts');
select pg_temp.assess('ada', 0.5, 1, pg_temp.flag('ada', 'low_probability', 4)) \g /dev/null
select is(pg_temp.cases('1001'), '1001/1 escalating urgent [low_probability]', 'graver than all before while it waits: escalating');
select is((select due_on from core.case_file c where c.student_id = pg_temp.student('ada')), pg_temp.today() + 3, 'due by its first severity');
select is((select count(*) from core.case_file where school_id = :south), 0::int8, 'another school has none');

select * from finish();
rollback;
