"""What the post does with real mail servers: the way there, what it takes for an answer, and that everything arrives once."""
import os
import random
import re
import signal
import subprocess
import time

import pytest

from house import wait_for
from mail import MailServer, tls_context
from post_school import OFFICE_URL, Post, post_school

KILLS = int(os.environ.get("SG_POST_KILLS", "8"))  # SG_POST_KILLS=50: the long form


@pytest.fixture
def post(office):
    post = post_school(office)
    yield post
    post.server.stop()


# ---------------------------------------------------------------- the way

def test_the_way_is_tried_from_the_shell(post):
    post.set("mail_on", 0)
    done = post.office.report("test", "postmaster@school.example")
    assert "test sent: 250 2.0.0 Taken" in done.stdout and "1 sent" in done.stdout
    [mail] = post.server.received
    assert mail.encrypted and mail.user and (mail.sender, mail.recipients) == ("bounces@school.example", ["postmaster@school.example"])
    assert mail.mail["From"] == "School of the tests <stepguard@school.example>" and "came through" in mail.text
    assert post.office.report("test", "no address", check=False).returncode == 3
    assert post.office.report("test", check=False).returncode == 2


def test_while_mail_is_off_nothing_leaves(post):
    post.put("a", "a@school.example")
    post.set("mail_on", 0)
    assert post.send()["sent"] == 0 and post.states() == {"a": "waiting"} and not post.server.received


def test_tls_from_the_first_byte(office):
    post = post_school(office, tls="smtps")
    post.put("a", "a@school.example")
    assert post.send()["sent"] == 1 and post.server.received[0].encrypted and post.server.received[0].user
    post.server.stop()


def test_plaintext_goes_to_this_machine_alone(office):
    post = post_school(office, tls="none", accounts=False)
    post.put("a", "a@school.example")
    here = f"smtp://127.0.0.1:{post.server.port}"
    post.configure(url=here, user="")
    assert post.send(3)["mail_down"] and post.server.sessions == 1 and not post.server.received  # TLS is required unless said otherwise
    post.configure(url="smtp://relay.school.example", tls="none", user="")
    post.send(3)
    assert "on this machine" in post.said
    post.configure(url=here, tls="none")
    post.send(3)
    assert "password is not sent without TLS" in post.said
    post.configure(url=here, tls="none", user="")
    post.time_passes()
    assert post.send()["sent"] == 1
    post.server.stop()


@pytest.mark.parametrize("fault, said", [
    ("starttls", "SSL"), ("stranger", "SSL"), ("name", "SSL"), ("password", "5[0-9][0-9]|[Ll]ogin"), ("nobody", "connect")])
def test_a_server_that_is_not_to_be_trusted_gets_nothing(office, fault, said):
    post = post_school(office, tls="none" if fault == "starttls" else "starttls", accounts=fault != "starttls")
    post.put("a", "a@school.example")
    post.put("b", "b@school.example")
    if fault == "stranger":  # a certificate that nobody vouches for
        tls_context(office.dir, "stranger")
        post.configure(ca_file="stranger.crt")
    if fault == "name":
        post.configure(url=post.server.url.replace("localhost", "127.0.0.1"))
    if fault == "password":
        office.file("mail.password", "wrong")
        post.configure()
    if fault == "nobody":
        post.server.stop()
    told = post.send(3)
    assert told["mail_down"] and [m["state"] for m in told["messages"]] == ["waiting"]  # the second is not even tried
    assert re.search(said, told["messages"][0]["reply"]), told
    assert post.states() == {"a": "waiting", "b": "waiting"} and not post.server.received
    post.server.stop()


def test_the_password_is_in_no_argument_log_or_answer(post):
    post.put("a", "a@school.example")
    done = post.office.report("send", "--json")
    everything = done.stdout + done.stderr + post.office.dump() + post.office.database_log()
    assert "correct-horse" not in everything and "Y29ycmVjdC1ob3JzZ" not in everything  # nor in base64
    os.chmod(f"{post.office.dir}/mail.password", 0o644)
    assert post.office.report("send", check=False).returncode == 3  # others could read it


# ---------------------------------------------------------------- answers

def test_grey_listing_is_waited_out_with_the_same_bytes(post):
    seen = []
    post.server.on_data = lambda mail: seen.append(mail) or ("451 4.7.1 Greylisted,\t come back" if len(seen) == 1 else None)
    post.put("a", "a@school.example")
    assert post.send()["later"] == 1 and post.reply("a") == "451 4.7.1 Greylisted, come back"
    assert post.send() == {"failed": 0, "later": 0, "mail_down": False, "messages": [], "sent": 0}  # its pause is not over
    post.time_passes()
    assert post.send()["sent"] == 1
    assert seen[0].bytes == seen[1].bytes and seen[0].id == seen[1].id


def test_a_refused_recipient_is_one_recipient(post):
    post.server.on_rcpt = lambda address: "550 5.1.1 <b@school.example> unknown\r\n" if address.startswith("b@") else None
    for name in "abc":
        post.put(name, f"{name}@school.example")
    told = post.send(1)
    assert (told["sent"], told["failed"]) == (2, 1) and post.states() == {"a": "sent", "b": "failed", "c": "sent"}
    assert post.reply("b") == "550 5.1.1 <b@school.example> unknown"
    assert [m.recipients for m in post.server.received] == [["a@school.example"], ["c@school.example"]]


def test_one_connection_for_several_mails(post):
    for n in range(20):
        post.put(f"m{n}", f"m{n}@school.example")
    assert post.send()["sent"] == 20 and post.server.sessions == 1


def test_a_deferred_recipient_holds_nobody_up(post):
    post.server.on_rcpt = lambda address: "450 4.2.1 full" if address.startswith("b@") else None
    for name in "abc":
        post.put(name, f"{name}@school.example")
    assert post.send()["sent"] == 2 and post.states() == {"a": "sent", "b": "waiting", "c": "sent"}


def test_no_answer_after_the_mail_may_mean_a_second_copy_and_it_is_the_same(post):
    """The one way to two: the server had it, and we could not know. Both have one Message-ID and the same bytes."""
    answers = iter(["drop"])
    post.server.on_data = lambda mail: next(answers, None)
    post.put("a", "a@school.example")
    assert post.send()["later"] == 1
    post.time_passes()
    assert post.send()["sent"] == 1
    first, second = post.server.received
    assert first.bytes == second.bytes and first.id == second.id


def test_a_server_that_hangs_is_given_up_on(post):
    """And what it says late to one mail is not taken for its answer to the next."""
    post.configure(deadline_s=3)
    post.server.on_data = lambda mail: "hang" if mail.recipients == ["a@school.example"] else None
    post.put("a", "a@school.example")
    post.put("b", "b@school.example")
    told = post.send()
    assert (told["later"], told["sent"]) == (1, 1) and "imeout" in post.reply("a")


def test_without_a_server_mail_waits_and_is_given_up_in_bounded_time(post):
    post.server.stop()
    post.put("a", "a@school.example")
    tries = 0
    while post.states()["a"] == "waiting":
        post.send(3)
        tries += 1
        post.office.sql("""update ops.message set made_at = made_at - (next_try_at - now()), give_up_at = give_up_at - (next_try_at - now()),
                                                  next_try_at = now() where state = 'waiting'""")
        assert tries < 60
    assert 15 < tries and post.states() == {"a": "failed"}
    assert post.office.sql("select kind from ops.alert where until is null") == [("mail",)]


# ---------------------------------------------------------------- once

def start(post):
    return subprocess.Popen([f"{post.office.bin}/stepguard-report", "send"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                            env={**os.environ, "STEPGUARD_CONFIG": post.office.conf_path})


def test_two_senders_at_once_send_each_mail_once(post):
    for n in range(60):
        post.put(f"m{n}", f"m{n}@school.example")
    both = [start(post) for _ in range(2)]
    for process in both:
        assert process.wait(120) == 0, process.stderr.read()
        process.stderr.close()
    assert len(post.server.received) == 60 and len({m.id for m in post.server.received}) == 60
    assert set(post.states().values()) == {"sent"}
    assert post.office.sql("select max(attempts) from ops.message") == [(1,)]


def test_killed_at_random_points_and_finished_by_another(post):
    """Each mail arrives. Twice only where the server's last word was out and our commit was not: at most one a kill, and the same bytes."""
    dice = random.Random(6)
    for n in range(KILLS * 8):
        post.put(f"m{n}", f"m{n}@school.example")
    kills = 0
    while kills < KILLS:
        before, process = len(post.server.received), start(post)
        wait_for(lambda: len(post.server.received) > before or process.poll() is not None, "a mail")
        time.sleep(dice.random() * 0.02)  # where it is killed, not what is waited for
        process.send_signal(signal.SIGKILL)
        process.wait(60)
        process.stderr.close()
        kills += 1
        post.time_passes()
    assert kills == KILLS
    post.send()
    assert set(post.states().values()) == {"sent"}
    copies = {}
    for mail in post.server.received:
        copies.setdefault(mail.id, []).append(mail)
    assert len(copies) == KILLS * 8
    twice = [same for same in copies.values() if len(same) > 1]
    assert len(post.server.received) - len(copies) <= kills and all(len({m.bytes for m in same}) == 1 for same in twice)


def test_who_sleeps_longer_than_the_lease_has_nothing_to_say(post):
    """A sender that was stopped in the middle of a mail, and wakes after another has sent it: the outcome is the other's."""
    post.configure(deadline_s=20)
    held = []
    post.server.on_data = lambda mail: held.append(mail) or ("hang" if len(held) == 1 else None)
    post.put("a", "a@school.example")
    sleeper = start(post)
    wait_for(lambda: held, "the mail to be under way")
    sleeper.send_signal(signal.SIGSTOP)
    post.time_passes()
    assert post.send()["sent"] == 1
    sleeper.send_signal(signal.SIGCONT)
    sleeper.wait(60)
    sleeper.stderr.close()
    assert post.states() == {"a": "sent"} and post.office.sql("select attempts from ops.message") == [(2,)]
    assert held[0].bytes == held[1].bytes


# ---------------------------------------------------------------- what is in it

def parts(mail):
    return [part.get_content_type() for part in mail.mail.walk()]


def test_headers_that_a_spam_check_looks_at(post):
    post.put("reminder/1", "a@school.example")
    post.put("urgent/1", "a@school.example", kind="urgent")
    post.send()
    urgent, reminder = post.server.received  # the gravest goes first
    for mail in (urgent, reminder):
        raw, head = mail.bytes, mail.mail
        lines = raw.split(b"\r\n")
        assert b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b"") and b"\0" not in raw
        assert max(map(len, lines)) <= 998 and raw.isascii() and max(map(len, raw.split(b"\r\n\r\n")[0].split(b"\r\n"))) <= 78
        for once in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Auto-Submitted"):
            assert len(head.get_all(once)) == 1, once
        assert not head.defects and not any(p.defects for p in head.walk()) and "Bcc" not in head and "Received" not in head
        assert re.fullmatch(r"<[0-9a-f]{32}@school\.example>", head["Message-ID"]) and head["Auto-Submitted"] == "auto-generated"
        made = post.office.sql("select made_at from ops.message where header_id = %s", (head["Message-ID"][1:33],))[0][0]
        assert head["Date"].datetime == made.replace(microsecond=0)
        assert parts(mail)[:2] == ["multipart/alternative", "text/plain"] and "text/html" in parts(mail)
        assert head["To"].addresses[0].addr_spec == mail.recipients[0] and not re.search(r"\d", head["Subject"])
        assert OFFICE_URL + "/cases/7" in mail.text and OFFICE_URL + "/cases/7" in mail.html and len(mail.text) > 60
        assert "<script" not in mail.html and "http://" not in mail.html.replace("http://www.w3.org", "")
    assert reminder.mail["Precedence"] == "bulk" and reminder.mail["List-Id"] == "<reminders.stepguard.school.example>"
    assert reminder.mail["List-Unsubscribe"] == f"<{OFFICE_URL}/account>"
    assert urgent.mail["Importance"] == "high" and "Precedence" not in urgent.mail and "List-Id" not in urgent.mail


NAMES = ["Viridian Hackberry", "Ωμέγα 木村 Ünal", "🎓 Dean's List 🏥", "a@b.example, Bcc: c@d.example", '"Quoted" <x@y.example>', "W" * 900]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_names_of_any_kind_are_names(post, name):
    document = {"n": 1, "items": [{"case": 7, "who": f"{name} (1001)", "text": "<b>.</b>\r\n.\r\nSubject: x"}], "school": name[:60], "names_on": True}
    post.put("a", "a@school.example", document=document)
    post.send()
    [mail] = post.server.received
    assert mail.mail["From"].addresses[0].addr_spec == "stepguard@school.example" and len(mail.mail["From"].addresses) == 1
    assert mail.mail["From"].addresses[0].display_name == name[:60]
    assert "Bcc" not in mail.mail and mail.recipients == ["a@school.example"]
    flat = "".join(mail.text.split())
    assert "".join(name.split()) in flat and "<b>.</b>" in mail.text.replace("\n", "") and "&lt;b&gt;" in mail.html
    assert max(map(len, mail.bytes.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("school", ["a\r\nBcc: x@y.example", "a\nb", "a\x00b".replace("\x00", "\x01"), "x" * 401, "\x7f", "=?utf-8?q?=0ABcc:_x@y?="])
def test_a_header_that_could_be_two_is_not_written(post, school):
    post.put("a", "a@school.example", document={"n": 1, "school": school})
    assert post.send(1)["failed"] == 1 and not post.server.received and post.reply("a").startswith("Not sent: a header")


@pytest.mark.parametrize("address", ["a@b.example\r\nRCPT TO:<x@y.example>", "a@b.example>", "a b@c.example", "ä@b.example", "@b.example", "a@b.example\n"])
def test_an_address_that_could_be_two_is_none(post, address):
    post.put("a", "a@school.example")
    post.office.sql("update ops.message set address = %s", (address,))  # past the door
    assert post.send(1)["failed"] == 1 and not post.server.received
    post.put("b", address)
    assert post.states()["b"] == "failed"


def test_the_schools_own_words_arrive_as_they_were_written(post):
    body = "Dear student,\n\n.\n..\nFrom here\n. not the end\n" + "long " * 300 + "\n" + "x" * 1200 + "\n🎓 Bis bald, ça va\n"
    post.office.students("s1")
    student = post.office.sql("select student_id from core.student where external_id = 's1'")[0][0]
    post.put("a", "s1@school.example", kind="student_reminder", document={"subject": "How is it going? 🎓", "body": body}, student=student)
    assert post.send()["sent"] == 1
    [mail] = post.server.received
    assert mail.mail["Subject"] == "How is it going? 🎓" and "s1" not in mail.text and "List-Id" not in mail.mail
    assert "".join(body.split()) in "".join(mail.text.split()) and "ça va" in mail.html
    lines = [line.strip() for line in mail.text.splitlines()]
    assert "." in lines and ".." in lines and any(line.startswith("From here") for line in lines)
