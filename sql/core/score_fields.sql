-- A result as a file of official scores says it; null for none and for one that was taken back.
create or replace function core.score_fields(p_result core.result) returns jsonb
  language sql immutable parallel safe
  return case when p_result.result_id is not null and not p_result.retracted then
    jsonb_build_object('score', trim_scale(p_result.score_centi / 100.0), 'scale',
                       ('{epc,percent,three_digit,nbme800,cbse_old}'::text[])[p_result.scale]) end;
