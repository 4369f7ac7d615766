"""What the health page stands on: each thing that is looked at, in a sentence, with a remedy where one is needed."""
import pytest

from conftest import settled


@pytest.fixture(scope="module")
def operator(office):
    with settled(office, "rowan", "operator") as person:
        yield person


def items(person):
    summary = person.get("/health/summary").json
    assert summary["state"] == summary["items"][0]["state"]
    assert all(bool(item["remedy"]) == (item["state"] != "ok") for item in summary["items"]), summary
    return {item["check"]: item for item in summary["items"]}


def test_all_is_said(office, operator):
    looked = items(operator)
    assert looked.keys() >= {"database", "daemon", "certificate_ca", "certificate_student", "certificate_office", "devices", "files_roster", "files_plans",
                             "files_official_scores", "night", "estimates", "jobs", "model"}
    assert looked["database"]["figures"]["bytes"] > 1000000 and looked["database"]["figures"]["schema"] >= 17
    assert looked["daemon"]["state"] == "ok" and looked["certificate_ca"]["state"] == "ok" and looked["certificate_ca"]["at"]
    assert looked["model"]["state"] in ("ok", "fail")


def test_what_is_behind_is_said(office, operator):
    office.roster({"student_id": "h1"}, {"student_id": "h2"})
    assert items(operator)["files_roster"]["at"]
    office.sql("""insert into ops.run (school_id, night, as_of, host, started_at)
                  select school_id, current_date - 5, now() - interval '5 days', 'x', now() - interval '5 days' from core.school""")
    night = items(operator)["night"]
    assert night["state"] == "fail" and "not finished" in night["sentence"]
    office.sql("""update ops.run set as_of = now() - interval '1 h', finished_at = now(),
                         manifest = '{"did_not_run": [{"student_id": "h1"}], "evaluated": {"students": 2, "not_assessed": 1}}'""")
    night = items(operator)["night"]
    assert (night["state"], night["figures"]["did_not_run"], night["figures"]["students"]) == ("warn", 1, 2) and "h1" not in str(night)
    office.sql("update core.progress set last_sync_at = now() - interval '10 days'")
    assert items(operator)["devices"]["state"] == "warn"
    office.sql("update ops.run set manifest = '{}'")
    office.sql("""insert into ops.alert (school_id, kind, since, text) select school_id, 'feed_stale', now(), 'Nothing comes.' from core.school
                  on conflict do nothing""")
    assert items(operator)["alert"]["state"] == "warn"


def test_whose_business_it_is(dean, admin, stranger, office):
    assert dean.get("/health/summary").status == admin.get("/health/summary").status == 200
    stranger.get("/health/summary").refused(401, "not_signed_in")
    assert stranger.raw("GET", "/api/v1/health").json == {"status": "ok"}
    with settled(office, "ilex", "adviser") as adviser:
        adviser.get("/health/summary").refused(403, "no_right")
