"""Webhooks: signed so that a receiver knows who speaks, sent where the school said and nowhere else, told again until taken."""
import base64
import hashlib
import hmac
import json
import time

import pytest

from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # what base/seal.c does, by another hand
from mail import Hooks
from post_school import OFFICE_URL, post_school

SECRET = bytes(range(32))
FOR = "0123456789abcdef" * 2


def sealed(office, secret, bound):
    """As the office seals it: number of the key, nonce, AES-256-GCM with the name as associated data."""
    words = open(f"{office.dir}/pki/office.key").read().split()
    number, key = (1, words[0]) if len(words) == 1 else (int(words[-2]), words[-1])
    nonce = bytes(12)
    return bytes([number]) + nonce + AESGCM(bytes.fromhex(key)).encrypt(nonce, secret, bound.encode())


@pytest.fixture
def post(office):
    post = post_school(office)
    post.hooks = Hooks(office.dir)
    admin = post.person("admin", "administrator")
    office.sql("""insert into core.webhook (school_id, url, events, secret, secret_for, created_by, created_at)
                  values (%s, %s, '{night,urgent}', %s, %s, %s, now())""",
               (post.school, post.hooks.url, sealed(office, SECRET, f"webhook/demo/{FOR}"), FOR, admin))
    yield post
    post.hooks.stop()
    post.server.stop()


def event(post, key="n1", **data):
    data = {"night": "2027-01-15", "school": "demo", "counts": {"at_risk": 3}, "path": "/reports/nights/2027-01-15", **data}
    return post.office.sql("select core.post_webhooks(%s, 'night', %s, %s::jsonb, now())", (post.school, key, json.dumps(data)))[0][0]


def genuine(request):
    head = request.headers
    signed = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + request.body
    return hmac.compare_digest(head["webhook-signature"], "v1," + base64.b64encode(hmac.digest(SECRET, signed, hashlib.sha256)).decode())


def test_an_event_is_signed_and_says_what_happened(post):
    assert event(post) == 1
    assert post.send()["sent"] == 1
    [request] = post.hooks.requests
    assert request.command == "POST" and genuine(request) and request.headers["Content-Type"] == "application/json"
    assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 300
    told = json.loads(request.body)
    assert told["type"] == "night" and told["data"] == {"night": "2027-01-15", "school": "demo", "counts": {"at_risk": 3},
                                                        "link": f"{OFFICE_URL}/reports/nights/2027-01-15"}
    assert told["timestamp"].endswith("Z")


def test_whether_mail_is_on_is_no_matter(post):
    post.set("mail_on", 0)
    event(post)
    assert post.send()["sent"] == 1


def test_a_mail_server_that_is_away_keeps_no_webhook_waiting(post):
    post.server.stop()
    post.put("a", "a@school.example")
    event(post)
    assert post.send(3)["sent"] == 1 and len(post.hooks.requests) == 1


def test_a_failure_is_told_again_with_the_same_id_and_body(post):
    answers = iter([500, 429, 204])
    post.hooks.on_post = lambda request: next(answers)
    event(post)
    for later in (1, 1, 0):
        assert post.send()["later"] == later
        post.time_passes()
    assert len({r.body for r in post.hooks.requests}) == len({r.headers["webhook-id"] for r in post.hooks.requests}) == 1
    assert len(post.hooks.requests) == 3 and all(map(genuine, post.hooks.requests))
    assert post.office.sql("select status, failures, last_reply from core.webhook") == [("on", 0, "HTTP 204")]


def test_ten_failures_in_a_row_switch_it_off_and_raise_an_alert(post):
    post.hooks.on_post = lambda request: 503
    event(post)
    for _ in range(12):
        post.send()
        post.time_passes()
    assert len(post.hooks.requests) == 10
    assert post.office.sql("select status, last_reply from core.webhook") == [("failing", "HTTP 503")]
    assert post.office.sql("select count(*)::int from ops.alert where kind like 'webhook/%%' and until is null") == [(1,)]
    assert post.office.sql("select state from ops.message") == [("dropped",)] and event(post, "n2") == 0


def test_a_redirect_is_not_followed(post):
    elsewhere = Hooks(post.office.dir)
    post.hooks.on_post = lambda request: (307, {"Location": elsewhere.url})
    event(post)
    assert post.send()["later"] == 1 and not elsewhere.requests
    elsewhere.stop()


def test_gone_is_for_good(post):
    post.hooks.on_post = lambda request: 410
    event(post)
    assert post.send(1)["failed"] == 1
    post.time_passes()
    assert post.send()["messages"] == [] and len(post.hooks.requests) == 1


def test_a_receiver_that_hangs_is_left(post):
    post.hooks.on_post = lambda request: "hang"
    event(post)
    assert post.send()["later"] == 1 and "imeout" in post.office.sql("select last_reply from ops.message")[0][0]


def test_a_receiver_nobody_vouches_for_gets_nothing(post):
    stranger = Hooks(post.office.dir, "stranger")
    post.office.sql("update core.webhook set url = %s", (stranger.url,))
    event(post)
    assert post.send()["later"] == 1 and not stranger.requests
    stranger.stop()


def test_a_secret_of_another_webhook_opens_nothing(post):
    post.office.sql("update core.webhook set secret_for = %s", ("f" * 32,))
    event(post)
    told = post.send()
    assert told["later"] == 1 and "secret cannot be opened" in told["messages"][0]["reply"] and not post.hooks.requests


def test_of_what_the_receiver_says_nothing_is_kept(post):
    post.hooks.on_post = lambda request: (500, {"X-Inside": "secret-of-the-intranet"})
    event(post)
    post.send()
    assert "secret-of-the-intranet" not in post.office.dump()
