"""What a night sends, and to whom: a real night of a real class, real mails; and that nobody stands in them who need not."""
import datetime
import email.policy
import json
import os
import re

import pytest

from post_school import OFFICE_URL, post_school
from test_report_night import NIGHT, small_class  # noqa: F401  (a fixture)


@pytest.fixture
def post(small_class):  # noqa: F811
    post = post_school(small_class)
    post.dean, post.adviser, post.other = post.person("dean", "dean"), post.person("ida", "adviser"), post.person("otto", "adviser")
    post.office.sql("update core.student set adviser_email = 'IDA@school.example' where external_id = 'a1'")
    post.office.sql("update core.student set given_name = 'Viridian', family_name = 'Hackberry' where external_id = 'a1'")
    yield post
    post.server.stop()


def kinds(post):
    return sorted((to, re.sub(r"[^a-z]+", " ", mail.mail["Subject"].lower()).split()[0]) for mail in post.server.received for to in mail.recipients)


def test_counts_and_a_link_and_nobody(post, tmp_path):
    post.office.report("--out", str(tmp_path))
    post.send()
    assert kinds(post) == [("dean@school.example", "brief"), ("ida@school.example", "your")]  # otto has nobody
    for mail in post.server.received:
        everything = mail.text + mail.html + str(mail.mail["Subject"])
        for name in ("Viridian", "Hackberry", "Teal", "Hornbeam"):
            assert name not in everything
        assert not re.search(r"\ba[123]\b", everything)  # nor an id
        assert all(part.get_content_disposition() != "attachment" for part in mail.mail.walk())
    [brief] = post.server.to("dean@school.example")
    assert f"{OFFICE_URL}/reports/nights/{NIGHT}" in brief.text and f"{OFFICE_URL}/reports/nights/{NIGHT}" in brief.html
    assert re.search(r"at risk\W+1\b|1\W+at risk", brief.text), brief.text
    assert [part["Content-ID"] for part in brief.mail.walk() if part.get_content_maintype() == "image"], "charts come along"
    for part in brief.mail.walk():
        if part.get_content_maintype() == "image":
            assert f"cid:{part['Content-ID'][1:-1]}" in brief.html and part.get_payload(decode=True).startswith(b"\x89PNG")
    assert re.search(r"<img[^>]* alt=\"[^\"]{10,}", brief.html)
    [digest] = post.server.to("ida@school.example")
    assert "34 CFR" not in brief.text + digest.text
    assert "1 student" in digest.text.replace("\u00a0", " ") and f"{OFFICE_URL}/account" in digest.text
    assert digest.mail["List-Id"] == "<digest.stepguard.school.example>"
    assert brief.mail["List-Id"] == "<brief.stepguard.school.example>" and len(brief.html.encode()) < 100_000


def test_with_names_the_brief_comes_whole(post, tmp_path):
    post.set("mail_names", 1)
    [(before,)] = post.office.sql("select coalesce(max(event_id), 0) from audit.event")
    post.office.report("--out", str(tmp_path))
    post.send()
    [brief], [digest] = post.server.to("dean@school.example"), post.server.to("ida@school.example")
    assert "Viridian Hackberry (a1)" in brief.text and "Viridian Hackberry" in brief.html and "Teal Hornbeam (a2)" in brief.text
    assert "Viridian Hackberry (a1)" in digest.text and "Teal" not in digest.text + digest.html and "a2" not in digest.text  # her own alone
    files = {part.get_filename(): part for part in brief.mail.iter_attachments()}
    assert set(files) == {f"brief-{NIGHT}.pdf", f"brief-{NIGHT}.csv"}
    assert files[f"brief-{NIGHT}.pdf"].get_content().startswith(b"%PDF-") and "Viridian" in str(files[f"brief-{NIGHT}.csv"].get_content())
    assert not list(digest.mail.iter_attachments())
    assert all("34 CFR 99.33" in mail.text and "34 CFR 99.33" in mail.html for mail in (brief, digest))
    assert "34 CFR 99.33" in str(files[f"brief-{NIGHT}.csv"].get_content())
    assert "Viridian" not in str(brief.mail["Subject"]) + str(digest.mail["Subject"])
    named = post.office.sql("select cardinality(students) from audit.event where action = 'message_sent' and event_id > %s", (before,))
    assert sorted(n for n, in named) == [1, 2]  # on the trail: whose names left the house


def test_a_night_is_told_once_whoever_makes_it(post, tmp_path):
    for _ in range(3):
        post.office.report("--out", str(tmp_path), "--force")
        post.send()
    assert len(post.server.received) == 2
    told = post.office.sql("select told from ops.run where finished_at is not null")
    assert told == [({"brief": 1, "digest": 1, "webhook": 0},)]


def test_nobody_is_written_to_who_left_meanwhile(post):
    post.put("brief/x", "dean@school.example", staff=post.dean)
    post.put("brief/y", "ida@school.example", staff=post.adviser)
    post.office.sql("update core.staff set status = 'disabled' where staff_id = %s", (post.adviser,))
    post.send()
    assert post.states()["brief/y"] == "dropped" and not post.server.to("ida@school.example") and post.server.to("dean@school.example")


@pytest.mark.parametrize("role", ["dean", "adviser", "operator", "auditor", "administrator"])
def test_each_role_gets_its_own_and_no_more(small_class, tmp_path, role):  # noqa: F811
    post = post_school(small_class)
    post.person("one", role)
    post.office.report("--out", str(tmp_path))
    post.send()
    assert [kind for _, kind in kinds(post)] == (["brief"] if role == "dean" else [])
    post.server.stop()


def test_bytes_do_not_depend_on_when_or_where(post, tmp_path):
    seen = []
    post.server.on_data = lambda mail: seen.append(mail) or ("451 later" if len(seen) <= 2 else None)
    post.set("mail_names", 1)
    post.office.report("--out", str(tmp_path))
    post.send()
    post.office.sql("update core.student set family_name = 'Somebody Else'")  # frozen when it was put there
    post.time_passes()
    post.send(TZ="Asia/Tokyo", LC_ALL="C.UTF-8", HOSTNAME="elsewhere")
    by_id = {}
    for mail in seen:
        by_id.setdefault(mail.id, set()).add(mail.bytes)
    assert len(seen) == 4 and len(by_id) == 2 and all(len(same) == 1 for same in by_id.values())


def test_an_urgent_exam_is_told_at_once_and_in_quiet_hours_later(post):
    office = post.office
    office.ctl("assess-all")
    day = datetime.date.today() + datetime.timedelta(days=3)
    office.ctl("plans", "import", office.csv("soon.csv", ["student_id", "attempt", "planned_on"],
                                             [{"student_id": "a1", "attempt": 1, "planned_on": day.isoformat()}]))
    office.ctl("assess-all")
    for key in ("quiet_from_h", "quiet_to_h"):
        post.set(key, 0)
    sweep = "select api.cases_sweep('demo', null) -> 'post'"
    assert office.sql(sweep) == [({"urgent": 1},)] and office.sql(sweep) == [({},)]
    post.send()
    [mail] = post.server.received
    assert mail.recipients == ["ida@school.example"] and mail.mail["Importance"] == "high" and mail.mail["Subject"] == "Urgent: an exam is near"
    assert re.search(rf"{OFFICE_URL}/cases/\d+", mail.text) and "a1" not in mail.text.replace("https", "")
