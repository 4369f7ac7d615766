-- Clearance policies to start from, modelled on published policies of schools; none is endorsed by the school it follows, and the
-- numbers are a starting point for one's own: 62 to 68 is the low-pass range of the published reports. Tags of sources as in the
-- evidence on practice. Each is a valid document of the language (a test says so).
create or replace function core.policy_examples() returns table (name text, tags text[], words text, rule jsonb)
  language sql immutable parallel safe as $$
  values
    ('early-check', '{UCD}'::text[],
     'An official comprehensive examination six weeks before the exam; who scores 50 or less meets the learning office within a '
     'week and sits once a plan is agreed.',
     '{"language": 1,
       "title": "Comprehensive examination six weeks before",
       "source": "Modelled on a published policy: 50 or less leads to a meeting within a week, then to the progress committee",
       "require": {"all": [
         {"checks": {"at_least": 1, "pick": "latest", "official": true,
                     "of": [{"instrument": "cbse", "scale": "epc", "min_score": 51}]}},
         {"exam": {"planned": true}}]},
       "by": {"days_before_exam": 42},
       "missing": "cannot_say",
       "decides": ["dean"],
       "waiver": {"by": ["dean"]},
       "conditional": {"means": "Meeting with the learning office within a week, and a plan before the date is confirmed."},
       "valid_days": 120}'::jsonb),
    ('shared-form', '{LOU}',
     'Every student shares one new self-assessment form at least two weeks before the date. No score shared counts as not met; '
     'below the target: a meeting and a new date.',
     '{"language": 1,
       "title": "One shared form two weeks before",
       "source": "Modelled on a published policy: a listed form two weeks before, no score is not cleared, exceptions by the dean",
       "require": {"checks": {"at_least": 1, "pick": "latest", "new_form": true, "timed": true, "within_days_of_exam": 42,
                              "of": [{"instrument": "cbssa", "scale": "epc", "min_score": 68},
                                     {"instrument": "cbse", "scale": "epc", "min_score": 68}]}},
       "by": {"days_before_exam": 14},
       "missing": "does_not_meet",
       "decides": ["dean"],
       "waiver": {"by": ["dean"]},
       "conditional": {"means": "Meeting, a new date, and another form two weeks before it.",
                       "when": {"checks": {"at_least": 1, "new_form": true,
                                           "of": [{"instrument": "cbssa", "scale": "epc", "min_score": 62},
                                                  {"instrument": "cbse", "scale": "epc", "min_score": 62}]}}}}'),
    ('several-ways', '{CUNY1,UW1}',
     'An official comprehensive examination at the level that predicts passing, or two recent forms together with an estimate '
     'whose interval holds; at most three attempts, inside the rules about dates. Who is not there yet takes a course first.',
     '{"language": 1,
       "title": "Comprehensive examination, or forms and estimate together",
       "source": "Modelled on published policies: a score that predicts passing or a course, three attempts, all factors weighed",
       "require": {"all": [
         {"any": [
           {"checks": {"at_least": 1, "pick": "latest", "official": true, "within_days": 70,
                       "of": [{"instrument": "cbse", "scale": "epc", "min_score": 65}]}},
           {"all": [
             {"checks": {"at_least": 2, "pick": "latest", "new_form": true, "timed": true, "within_days": 42,
                         "of": [{"instrument": "cbssa", "scale": "epc", "min_score": 65},
                                {"instrument": "uwsa2", "scale": "three_digit", "min_score": 207}]}},
             {"p_pass": {"at_least": 0.9, "low_at_least": 0.75}}]}]},
         {"last_check": {"within_days_of_exam": 28,
                         "of": [{"instrument": "cbssa", "scale": "epc"}, {"instrument": "cbse", "scale": "epc"},
                                {"instrument": "uwsa2", "scale": "three_digit"}, {"instrument": "free120", "scale": "percent"}]}},
         {"attempt": {"most": 3}},
         {"exam": {"planned": true, "inside_rules": true}}]},
       "by": {"days_before_exam": 14},
       "missing": "cannot_say",
       "decides": ["dean"],
       "waiver": {"by": ["dean"]},
       "conditional": {"means": "Preparatory course, then a further check at the level.",
                       "when": {"state": {"in": ["borderline", "on_track"]}}},
       "valid_days": 90}')
$$;
