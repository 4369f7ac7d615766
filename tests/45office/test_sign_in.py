"""Getting in: password, second factor, recovery codes, invitations; one wording for everything that can be wrong, and a wait that grows."""
import hashlib
import time

import pytest

from office import PASSWORD, OfficeClient, Person, totp


@pytest.fixture(scope="module")
def ida(office):
    """Somebody whose sessions, password and factor the tests may wear out."""
    with Person(office, "ida@school.example", "Ida Linden", "adviser").settle() as person:
        yield person


@pytest.fixture
def door(office):
    with OfficeClient(office.office_port, office.ca_file) as client:
        yield client


def sessions(office, person):
    return office.sql("select count(*) from core.session where staff_id = %s and ended_at is null", (person.staff_id,))[0][0]


def now_step():
    return int(time.time()) // 30


def forget_step(office, person):
    office.sql("update core.staff set totp_last_step = 0 where staff_id = %s", (person.staff_id,))


# ---- the way in


def test_everything_right(door, ida):
    answer = door.sign_in(ida.email, ida.password, ida.code())
    assert answer.status == 201
    assert answer.json["email"] == ida.email and answer.json["second_factor"] and not answer.json["session"]["restricted"]
    assert answer.header("Cache-Control") == "no-store"
    assert door.get("/session").json == answer.json


def test_the_cookie_is_kept_from_everybody_but_us(door, ida):
    door.sign_in(ida.email, ida.password, ida.code())
    value, *attributes = door.set_cookie.split("; ")
    assert set(attributes) == {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"}
    name, token = value.split("=", 1)
    assert name == "__Host-sid" and len(token) == 43
    assert door.csrf and door.csrf != token


def test_the_address_in_any_case(door, ida):
    assert door.sign_in(ida.email.upper(), ida.password, ida.code()).status == 201


def test_a_password_alone_is_asked_for_a_code_and_opens_nothing(office, door, ida):
    before = sessions(office, ida)
    answer = door.sign_in(ida.email, ida.password)
    assert (answer.status, answer.json) == (200, {"status": "code_needed"})
    assert door.cookie is None and door.csrf is None and sessions(office, ida) == before


def test_each_sign_in_has_a_token_of_its_own(office, door, ida):
    door.sign_in(ida.email, ida.password, ida.code())
    first = door.cookie
    door.sign_in(ida.email, ida.password, ida.code())
    assert door.cookie != first


def test_a_token_that_was_planted_is_not_kept(door, ida):
    door.cookie = "A" * 43
    door.sign_in(ida.email, ida.password, ida.code())
    assert door.cookie != "A" * 43


# ---- what is wrong is not told


@pytest.fixture(scope="module")
def disabled(office):
    person = Person(office, "yew@school.example", "Yew Alder", "adviser").settle()
    office.sql("update core.staff set status = 'disabled' where staff_id = %s", (person.staff_id,))
    return person


@pytest.fixture(scope="module")
def invited(office):
    return Person(office, "new@school.example", "Nut Willow", "adviser")


def wrong_ways(office, ida, disabled, invited):
    forget_step(office, ida)
    good = totp(ida.secret, now_step())
    yield "unknown", ("nobody@school.example", PASSWORD, None)
    yield "unknown_code", ("nobody@school.example", PASSWORD, "123456")
    yield "password", (ida.email, "not that one at all", None)
    yield "password_code", (ida.email, "not that one at all", good)
    yield "code", (ida.email, ida.password, "000000" if good != "000000" else "000001")
    yield "code_form", (ida.email, ida.password, "12345")
    yield "recovery_form", (ida.email, ida.password, "aaaa-aaaa-aaaa-aaaa-aaaa-aaaa")
    yield "disabled", (disabled.email, disabled.password, totp(disabled.secret, now_step()))
    yield "not_yet_active", (invited.email, PASSWORD, None)


def test_whatever_is_wrong_the_answer_is_the_same(office, door, ida, disabled, invited):
    said = {}
    for name, (email, password, code) in wrong_ways(office, ida, disabled, invited):
        office.sql("delete from core.throttle")
        problem = door.sign_in(email, password, code).refused(401, "wrong_credentials")
        del problem["request_id"]
        said[name] = problem
        assert door.cookie is None
    assert len(said) == 9 and all(problem == said["unknown"] for problem in said.values())


def test_a_code_counts_once(office, door, ida):
    forget_step(office, ida)
    code = totp(ida.secret, now_step())
    assert door.sign_in(ida.email, ida.password, code).status == 201
    door.sign_in(ida.email, ida.password, code).refused(401, "wrong_credentials")


def test_a_code_from_before_one_that_was_used_does_not_count(office, door, ida):
    forget_step(office, ida)
    assert door.sign_in(ida.email, ida.password, totp(ida.secret, now_step() + 1)).status == 201
    door.sign_in(ida.email, ida.password, totp(ida.secret, now_step())).refused(401, "wrong_credentials")


def test_a_clock_may_be_off_by_one_step_and_no_more(office, door, ida):
    # In the middle of a step, so that it is the same one when the daemon looks.
    while not 2 < time.time() % 30 < 20:
        time.sleep(0.5)
    for drift, right in ((-2, False), (-1, True), (1, True), (2, False)):
        forget_step(office, ida)
        office.sql("delete from core.throttle")
        assert door.sign_in(ida.email, ida.password, totp(ida.secret, now_step() + drift)).status == (201 if right else 401), drift


def test_a_recovery_code_opens_once(door, ida):
    code = ida.recovery.pop()
    assert door.sign_in(ida.email, ida.password, code.upper().replace("-", " ")).status == 201  # as people type
    assert door.get("/session").json["recovery_codes"] == len(ida.recovery)
    door.sign_in(ida.email, ida.password, code).refused(401, "wrong_credentials")


def test_recovery_codes_made_anew_make_the_old_ones_void(office, door, ida):
    old = ida.recovery[0]
    ida.enter().step_up()
    answer = ida.post("/me/recovery-codes")
    assert answer.status == 200 and len(set(answer.json["recovery_codes"])) == 10
    ida.recovery = answer.json["recovery_codes"]
    door.sign_in(ida.email, ida.password, old).refused(401, "wrong_credentials")
    assert door.sign_in(ida.email, ida.password, ida.recovery.pop()).status == 201


# ---- waiting


def test_guessing_has_to_wait_and_longer_each_time(office, door, ida):
    waits = []
    for _ in range(12):
        answer = door.sign_in(ida.email, "a wrong guess of many")
        if answer.status == 401:
            continue
        problem = answer.refused(429, "slow_down")
        assert int(answer.header("Retry-After")) == problem["retry_after_s"] > 0
        waits.append(problem["retry_after_s"])
        # Time passes.
        office.sql("update core.throttle set blocked_until = now() - interval '1 s'")
    assert len(waits) >= 4 and waits == sorted(waits) and waits[-1] > waits[0]
    office.sql("update core.throttle set blocked_until = now() + interval '1 min'")
    door.sign_in(ida.email, ida.password, ida.code()).refused(429, "slow_down")  # the right one waits too


def test_an_unknown_address_waits_as_a_known_one_does(office, door, ida):
    def answers(email):
        office.sql("delete from core.throttle")
        return [door.sign_in(email, "a wrong guess of many").status for _ in range(6)]

    assert answers("nobody@school.example") == answers(ida.email)


def test_being_right_forgives(office, door, ida):
    for _ in range(2):
        door.sign_in(ida.email, "a wrong guess of many")
    assert door.sign_in(ida.email, ida.password, ida.code()).status == 201
    assert office.sql("select who from core.throttle where who not like 'network:%' and failures > 0") == []


def test_two_daemons_count_alike(office, another_daemon, door, ida):
    _, port = another_daemon("second")
    with OfficeClient(port, office.ca_file) as other:
        statuses = [client.sign_in(ida.email, "a wrong guess of many").status for client in (door, other) * 4]
    assert 429 in statuses and statuses.count(401) <= 4  # as many as one daemon alone would let through


# ---- choosing a password


def test_an_invitation_works_once(office, door):
    person = Person(office, "once@school.example", "Once Alder", "adviser")
    answer = door.post("/invitation", {"code": person.invitation, "password": PASSWORD})
    assert (answer.status, answer.json) == (200, {"email": person.email})
    door.post("/invitation", {"code": person.invitation, "password": PASSWORD}).refused(404, "invitation_unknown")
    assert door.cookie is None  # it lets nobody in by itself


def test_an_invitation_ends(office, door):
    person = Person(office, "late@school.example", "Late Alder", "adviser")
    office.sql("update core.staff_invitation set expires_at = now() - interval '1 s' where staff_id = %s", (person.staff_id,))
    door.post("/invitation", {"code": person.invitation, "password": PASSWORD}).refused(404, "invitation_unknown")


def test_what_is_no_code(door):
    door.post("/invitation", {"code": "12345", "password": PASSWORD}).refused(422, "invalid")
    door.post("/invitation", {"code": "0000-0000-0000-0000-0000-0000", "password": PASSWORD}).refused(404, "invitation_unknown")


WEAK = ["short", "fourteen chars", "passwordpassword", "password12345678", "qwertyuiopasdfgh", "abcdefghijklmnopq", "123456789012345678",
        "aaaaaaaaaaaaaaaaaa", "ababababababababab", "I am called Linden", "school.example pass", "x" * 129]


@pytest.mark.parametrize("password", WEAK, ids=range(len(WEAK)))
def test_a_password_that_would_be_tried_first(office, door, password):
    person = Person(office, "weak@school.example", "Weak Linden", "adviser")
    assert door.post("/invitation", {"code": person.invitation, "password": password}).refused(422, "weak_password")["field"] == "password"


def test_a_password_that_was_stolen_elsewhere(office, another_daemon, tmp_path):
    """A school that keeps the list has it asked, in the file; where it cannot be asked nobody chooses a password."""
    stolen, path = "seven otters mend a clock", tmp_path / "pwned-passwords-sha1.txt"
    hashes = sorted(hashlib.sha1(text.encode()).hexdigest().upper() for text in [stolen, *(f"filler {n}" for n in range(5000))])
    path.write_text("".join(f"{one}:{n}\r\n" for n, one in enumerate(hashes)))
    _, port = another_daemon("careful", {"office": {"breached_passwords": str(path)}})
    person = Person(office, "sedge@school.example", "Sedge Linden", "adviser")
    with OfficeClient(port, office.ca_file) as door:
        refused = door.post("/invitation", {"code": person.invitation, "password": stolen}).refused(422, "weak_password")
        assert refused["field"] == "password" and "stolen" in refused["detail"]
        path.rename(tmp_path / "away")
        assert door.post("/invitation", {"code": person.invitation, "password": stolen + "s"}).status == 503
        (tmp_path / "away").rename(path)
        assert door.post("/invitation", {"code": person.invitation, "password": stolen + "s"}).status == 200


@pytest.mark.parametrize("password", ["correct horse battery staple", "пароль из четырёх слов",
                                      " ".join(f"{n} fell" for n in range(14)), "    spaces at the ends   "])
def test_any_character_and_many_of_them(office, door, password):
    person = Person(office, "good@school.example", "Good Willow", "adviser", password=password)
    assert person.choose_password().sign_in(person.email, password).status == 201
    assert person.sign_in(person.email, password + " ").status == 401  # nothing is cut or trimmed


def test_a_new_password_ends_the_other_sessions(office, ida):
    other = ida.another()
    ida.enter()
    stale(office, ida)
    ida.post("/me/password", {"password": "ochre lanterns sway at noon"}).refused(403, "step_up_required")
    ida.step_up()
    before = ida.cookie
    answer = ida.post("/me/password", {"password": "ochre lanterns sway at noon"})
    assert answer.status == 200 and ida.cookie != before
    ida.password = "ochre lanterns sway at noon"
    assert ida.get("/session").status == 200
    other.get("/session").refused(401, "session_ended")
    ida.sign_in(ida.email, PASSWORD, ida.code()).refused(401, "wrong_credentials")
    ida.enter()


def stale(office, person):
    """The last proof is long ago."""
    return office.sql("update core.session set stepped_up_at = now() - interval '1 h' where staff_id = %s returning 1", (person.staff_id,))


# ---- the second factor


def test_without_a_second_factor_a_session_can_only_set_one_up(office, door):
    person = Person(office, "bare@school.example", "Bare Willow", "dean").choose_password().enter()
    session = person.get("/session").json
    assert session["session"]["restricted"] and set(session["rights"]) == {"self"}
    for path in ("/students", "/staff", "/trail", "/queue"):
        person.get(path).refused(403, "second_factor_needed")
    person.set_up_second_factor()
    assert person.get("/students").status == 200


def test_a_secret_counts_after_its_first_code(office):
    person = Person(office, "first@school.example", "First Willow", "dean").choose_password().enter()
    secret = person.post("/me/totp").json
    assert secret["otpauth"].startswith("otpauth://totp/School%20of%20the%20tests:first%40school.example?secret=" + secret["secret"])
    person.post("/me/totp/confirm", {"code": "000000"}).refused(422, "wrong_code")
    person.post("/me/totp/confirm", {"code": "12345"}).refused(422, "invalid")
    assert person.sign_in(person.email, person.password).status == 201  # it is not asked for yet
    assert person.get("/session").json["session"]["restricted"]


def test_what_is_sealed_for_one_does_not_open_for_another(office, door):
    one = Person(office, "one@school.example", "One Willow", "dean").settle()
    two = Person(office, "two@school.example", "Two Willow", "dean").settle()
    office.sql("update core.staff set totp_secret = (select totp_secret from core.staff where staff_id = %s) where staff_id = %s",
               (one.staff_id, two.staff_id))
    forget_step(office, two)
    door.sign_in(two.email, two.password, totp(one.secret, now_step())).refused(401, "wrong_credentials")
    office.daemon.wait_said(r"event=seal_broken .*staff=%d" % two.staff_id)


# ---- proving anew


def test_a_fresh_proof_gives_a_fresh_token(office, ida):
    ida.enter()
    before = ida.cookie
    stale(office, ida)
    ida.post("/me/recovery-codes").refused(403, "step_up_required")
    assert ida.post("/session/step-up", {"code": ida.code()}).status == 200  # enough for an export
    ida.post("/me/recovery-codes").refused(403, "step_up_required")  # but the factors themselves want both
    ida.step_up()
    assert ida.cookie != before
    answer = ida.post("/me/recovery-codes")
    assert answer.status == 200
    ida.recovery = answer.json["recovery_codes"]
    with OfficeClient(office.office_port, office.ca_file) as thief:
        thief.cookie = before
        thief.get("/session").refused(401, "not_signed_in")


def test_a_wrong_proof(office, ida):
    ida.enter()
    stale(office, ida)
    before = ida.cookie
    ida.post("/session/step-up", {}).refused(422, "missing")
    ida.post("/session/step-up", {"password": ida.password, "code": "000000"}).refused(403, "wrong_proof")  # both given, so both are to be right
    code = ida.code()
    ida.post("/session/step-up", {"password": "not that one at all", "code": code}).refused(403, "wrong_proof")
    assert ida.cookie == before
    ida.post("/me/recovery-codes").refused(403, "step_up_required")
    assert ida.post("/session/step-up", {"code": code}).status == 200  # a code beside a wrong password was not used up


# ---- nothing is written down


def test_no_secret_is_in_a_log_or_in_the_database(office, ida):
    ida.enter()
    dump = office.dump()
    log = office.daemon.text() + office.database_log()
    secrets = [ida.password, PASSWORD, ida.secret, ida.cookie, ida.csrf, *ida.recovery, ida.invitation]
    for secret in secrets:
        assert secret not in log and secret not in dump
    assert ida.email not in log  # nor who it was
