"""What the functions of identity, grounds and trail answer is what the OpenAPI description says, to the member."""

import importlib.util
import json
import os
import pathlib

import jsonschema
import pytest
from test_office_races import Office, problem
from test_races import db, digest, template  # noqa: F401  (fixtures)

ROOT = pathlib.Path(__file__).resolve().parents[2]
AREAS = ("identity", "grounds", "trail")


@pytest.fixture(scope="module")
def described():
    """The whole description, and for each operation of these areas its answers' schemas by status."""
    spec = importlib.util.spec_from_file_location("openapi", ROOT / "deploy" / "cmake" / "openapi.py")
    merger = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(merger)
    folder = ROOT / "server" / "office" / "openapi"
    document = merger.merge({name: json.loads((folder / name).read_text()) for name in ("base.json", *(f"{a}.json" for a in AREAS))}, "1")
    merger.check(document)
    return document


def operations(document):
    return {operation["operationId"]: operation for item in document["paths"].values() for operation in item.values()}


class Walk:
    def __init__(self, db, document):  # noqa: F811
        self.office, self.document, self.seen = Office(db), document, set()
        self.hand = self.office.hand()

    def validate(self, name, status, body):
        content = operations(self.document)[name]["responses"][str(status)]["content"]["application/json"]["schema"]
        schema = {**content, "components": self.document["components"]}
        jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(body)
        self.seen.add(name)

    def do(self, name, tag, args=None, body=None, add=None):
        """Calls api.<name>; `add` is what the daemon adds to the answer before it leaves."""
        if body is not None and "requestBody" in operations(self.document)[name]:
            schema = operations(self.document)[name]["requestBody"]["content"]["application/json"]["schema"]
            known = {k: v for k, v in body.items() if k not in ("code_hash", "token_hash")}
            jsonschema.Draft202012Validator({**schema, "components": self.document["components"]}).validate(known)
        status, text = self.hand(name, tag, args, body)
        self.validate(name, status, {**json.loads(text), **(add or {})})
        return json.loads(text)


def test_every_answer_is_as_described(db, described):  # noqa: F811
    walk = Walk(db, described)
    office, do = walk.office, walk.do
    ids = {tag: office.person(tag, role) for tag, role in
           {"dean": "dean", "ida": "adviser", "bert": "adviser", "eve": "auditor", "anna": "administrator"}.items()}
    db.session("sg_operator").execute("select api.roster_import('north', 'x', %s)", [json.dumps(
        [{"student_id": "1", "given_name": "Viridian", "family_name": "Hackberry", "adviser_email": "bert@north.example"}, {"student_id": "2", "class_year": 2028}])])

    # identity
    status, text = walk.hand("sign_in_finish", "new", None, {"email": "dean@north.example", "revision": 1, "password_ok": True, "totp_step": 9})
    walk.validate("sign_in", status, json.loads(text))
    status, text = walk.hand("sign_in_finish", "new2", None, {"email": "dean@north.example", "revision": 1, "password_ok": True, "code_needed": True})
    walk.validate("sign_in", status, json.loads(text))
    do("session_show", "dean")
    do("session_extend", "dean")
    status, text = walk.hand("step_up_finish", "dean", None, {"revision": 1, "password_ok": True, "totp_step": 10})
    walk.validate("step_up", status, json.loads(text))
    status, text = walk.hand("password_set", "dean", None, {"password_hash": "x"})
    walk.validate("password_change", status, json.loads(text))
    walk.hand("sign_in_finish", "new3", None, {"email": "dean@north.example", "revision": 2, "password_ok": True, "totp_step": 11})
    sessions = do("sessions", "dean")["items"]
    do("session_end_other", "dean", {"session": str(next(s["session_id"] for s in sessions if not s["current"]))})
    do("colleagues", "dean", {"role": "adviser"})
    account = do("staff_add", "anna", None, {"email": "new@north.example", "name": "New", "roles": ["adviser"], "code_hash": digest("c").hex()}, {"code": "x"})
    do("staff_list", "anna")
    do("staff_change", "anna", {"staff": account["staff_id"]}, {"revision": 1, "name": "Newer"})
    do("staff_invite", "anna", {"staff": account["staff_id"]}, {"code_hash": digest("d").hex(), "reset_second_factor": True}, {"code": "x"})
    status, text = walk.hand("invitation_use", "x", None, {"code_hash": digest("d").hex(), "password_hash": "x"})
    walk.validate("invitation", status, json.loads(text))
    token = do("token_add", "dean", None, {"name": "report", "scopes": ["records"], "days": 3, "token_hash": digest("t").hex()}, {"token": "x"})
    do("token_revoke", "dean", {"token": token["token_id"]})
    do("tokens", "anna")

    # grounds
    ground = do("ground_add", "dean", {"student": "1"}, {"staff": ids["ida"], "kind": "committee", "until": "2099-12-31", "reason": "pace"})
    do("ground_add", "dean", {"student": "2"}, {"staff": ids["ida"], "kind": "adviser"})
    assert {g["source"] for g in do("grounds", "dean", {"student": "1"})["items"]} == {"person", "roster"}
    do("ground_end", "dean", {"ground": ground["ground_id"]})
    do("grounds", "dean", {"student": "1"})
    cover = do("cover_add", "dean", None, {"absent": ids["ida"], "staff": ids["bert"], "until": "2099-12-31"})
    do("covers", "ida")
    do("cover_end", "dean", {"cover": cover["cover_id"]})
    do("covers", "ida", {"state": "any"})
    do("ground_add", "dean", {"student": "2"}, {"staff": ids["bert"], "kind": "assessor"})
    db.session("sg_operator").execute("select api.roster_import('north', 'x', '[{\"student_id\": \"2\", \"adviser_email\": \"bert@north.example\"}]')")
    office.root.execute("update core.ground set ended_at = now() where kind = 'adviser'")
    assert len(do("conflicts", "dean")["items"]) == 1
    with pytest.raises(Exception) as refused:
        walk.hand("ground_add", "dean", {"student": "2"}, {"staff": ids["bert"], "kind": "counsellor"})
    _, code, more = problem(refused.value)
    assert code == "counsellor_wall"
    for conflict in more["conflicts"]:
        jsonschema.Draft202012Validator({"$ref": "#/components/schemas/WallConflict", "components": described["components"]}).validate(conflict)

    # trail
    entry = do("disclosure_add", "dean", None, {"students": ["1", "2"], "recipient": "an accreditor", "interest": "to accredit", "what": "lists", "basis": "accreditor",
                                                "file_sha256": digest("f").hex()})
    do("disclosure_add", "eve", None, {"students": ["1"], "recipient": "an accreditor", "interest": "to accredit", "what": "list", "basis": "accreditor", "corrects": entry["disclosure_id"]})
    do("disclosures", "eve")
    do("student_disclosures", "dean", {"student": "1"})
    for kind, state in (("inspection", "answered"), ("amendment", "denied")):
        request = do("access_request_add", "eve", None, {"student": "1", "kind": kind, "words": "please"})
        do("access_requests", "dean")
        do("access_request_change", "dean", {"request": request["request_id"]}, {"revision": 1, "state": state, "answer": "told", "words": "by letter"})
    do("access_requests", "dean", {"state": "any"})
    do("settings", "dean", {"limit": "200"})
    do("setting_set", "dean", {"key": "capacity_per_week"}, {"revision": 0, "value": 20})
    do("settings", "dean", {"limit": "200"})
    for _ in range(2):
        do("trail", "eve")
        do("student_access", "dean", {"student": "1"})

    do("session_end", "bert")
    do("sessions_end_all", "dean")
    # what the daemon answers by itself
    assert operations(described).keys() - walk.seen == {"totp_set_up", "totp_confirm", "recovery_codes", "events", "oidc_show", "oidc_start", "oidc_callback"}


def test_the_rights_in_it_are_those_that_the_functions_ask_for(described):
    api = pathlib.Path(os.environ["SG_SQL_DIR"]) / "api"
    names = {"step_up": "step_up_finish", "password_change": "password_set", "totp_set_up": "totp_begin", "recovery_codes": "recovery_codes_set", "events": "events_open"}
    for name, operation in operations(described).items():
        if "x-right" not in operation or name == "setting_set":  # which right that one takes depends on the key
            continue
        source = (api / f"{names.get(name, name)}.sql").read_text()
        assert f"core.staff_enter(p_caller, '{operation['x-right']}'" in source, name
        assert operation.get("x-step-up", False) == ("p_step_up => true" in source or "step_up_check(v_me" in source), name
