"""The wire code against Google's: both sides agree on bytes, wherever a frame is torn, and README.md shows what is sent.

codec_tool (beside this file) reads as the daemon reads; here everything is made and taken apart with protobuf's own library.
"""
import math
import os
import re
import struct
import subprocess
import uuid

import pytest
from google.protobuf import text_format
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import given, settings
from hypothesis import strategies as st

import peer
from peer import pb

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TOOL = os.path.join(os.environ.get("SG_BUILD", os.path.join(ROOT, "build", "dev")), "tests", "codec_tool")
RESULT_ID = uuid.UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f").bytes


def turn(kind, *chunks):
    """What codec_tool makes of reads that gave these chunks: its frames, or its refusal."""
    data = b"".join(struct.pack(">I", len(chunk)) + chunk for chunk in chunks)
    run = subprocess.run([TOOL, kind], input=data, capture_output=True, timeout=60)
    assert run.returncode in (0, 1), run.stderr.decode()
    return run.stdout if run.returncode == 0 else run.stderr.decode().strip()


def full_result(**change):
    row = dict(result_id=RESULT_ID, revision=2, retracted=True, instrument="cbssa", form="31 \u00fc", taken_at_ms=1777645800000,
               scale=pb.SCALE_EPC, score_centi=6450, mode=pb.MODE_TUTOR, repeat=True, items=200, correct=0, omitted=3,
               seconds=17000, seconds_allowed=18000, printed_p_pass_bp=0, sub_area=[5, 21, 200], sub_items=[16, 90, 1000],
               sub_correct=[0, 60, 1000])
    row.update(change)
    return pb.Result(**row)


STANDING = pb.Standing(state=pb.STATE_BORDERLINE, as_of_ms=1780000000000, results_used=7, readiness_mean=64.25, readiness_sd=2.5,
                       exam_day_mean=66.0, exam_day_sd=3.125, p_pass=0.875, p_low=0.75, p_high=0.95, exam_day=20600,
                       parameters="default-1",
                       reasons=[pb.Reason(code="base_rate", points=0.93, text="Most pass."),
                                pb.Reason(code="result:cbssa", points=-0.055, text="CBSSA 31: 64.5.", result_id=RESULT_ID)],
                       flags=[pb.Flag(code="borderline", version=1, text="It could go either way.")])

CLIENT = {
    "hello": dict(hello=pb.Hello(protocol=1, client="stepguard 0.1.0", client_time_ms=1780000000000)),
    "upload": dict(upload=pb.Upload(results=[full_result(), full_result(score_centi=-7, scale=pb.SCALE_OWN), pb.Result()])),
    "empty upload": dict(upload=pb.Upload()),
    "standing": dict(standing=pb.StandingRequest()),
    "plan": dict(plan_change=pb.PlanChange(change_id=RESULT_ID, action=pb.PLAN_SET, attempt=1, exam_day=0, permit_from_day=-1,
                                           permit_to_day=20670, outcome=pb.OUTCOME_FAIL, made_at_ms=1780000000000)),
    "renew": dict(renew=pb.Renew(csr_der=bytes(range(256)))),
    "disclosures": dict(disclosures=pb.DisclosuresRequest()),
    "enrol": dict(enrol=pb.Enrol(code_secret=bytes(16), csr_der=b"0\x03\x02\x01\x00", device_name="Zo\u00eb's laptop", client="x")),
}
SERVER = {
    "welcome": dict(welcome=pb.Welcome(protocol=1, server_time_ms=1780000000000, school_name="Example College",
                                       limits=pb.Limits(max_frame_bytes=1048576, max_results=500, window=8, idle_s=300),
                                       zone="America/New_York", certificate_not_after_ms=1787000000000, renew_now=True, id_salt=bytes(range(16)))),
    "receipt": dict(upload_receipt=pb.UploadReceipt(status=[1, 2, 3, 4], refusals=[pb.Refusal(row=3, field="score", reason="No.")],
                                                    standing=STANDING)),
    "standing": dict(standing=STANDING),
    "disclosures": dict(disclosures=pb.Disclosures(more=True, entries=[
        pb.Disclosure(on_day=20500, recipient="Residency board", interest="admission", what="transcript \u00fc", ground="34 CFR 99.31(a)(2)",
                      ground_text="to a school", onward="their reviewers"),
        pb.Disclosure(on_day=-1, refused=True, recipient="a landlord", threat="none")])),
    "plan receipt": dict(plan_receipt=pb.PlanReceipt(status=pb.ROW_REJECTED, refusal=pb.Refusal(field="exam_day", reason="Past."))),
    "certificate": dict(certificate=pb.Certificate(certificate_der=b"0\x00", ca_der=b"0\x01\xff", not_after_ms=1787000000000,
                        school_name="Example College", student_port=8443)),
    "fault": dict(fault=pb.Fault(code=pb.FAULT_BUSY, retry=pb.RETRY_LATER, retry_after_ms=500, text="Busy.", closing=False)),
}
MESSAGES = [("client", pb.ClientMessage, name, body) for name, body in CLIENT.items()] + \
           [("server", pb.ServerMessage, name, body) for name, body in SERVER.items()]


@pytest.mark.parametrize("kind, type_, name, body", MESSAGES, ids=[f"{kind} {name}" for kind, _, name, _ in MESSAGES])
def test_bytes_agree_wherever_a_frame_is_torn(kind, type_, name, body):
    frame = peer.frame(type_(request_id=300, **body))
    splits = range(len(frame) + 1)
    chunks = [part for at in splits for part in (frame[:at], frame[at:])]
    assert turn(kind, *chunks) == frame * len(splits)


@pytest.mark.parametrize("kind, type_, name, body", MESSAGES, ids=[f"{kind} {name}" for kind, _, name, _ in MESSAGES])
def test_bytes_one_by_one(kind, type_, name, body):
    stream = peer.frame(type_(request_id=1, **body)) + peer.frame(type_(request_id=2, **body))
    assert turn(kind, *(stream[i:i + 1] for i in range(len(stream)))) == stream


def test_many_frames_in_one_read():
    stream = b"".join(peer.frame(pb.ClientMessage(request_id=i, **body)) for i, body in enumerate(CLIENT.values(), 1))
    assert turn("client", stream) == stream


@pytest.mark.parametrize("name", CLIENT)
def test_a_stream_that_ends_inside_a_frame_is_truncated(name):
    frame = peer.frame(pb.ClientMessage(request_id=1, **CLIENT[name]))
    for at in {1, 2, len(frame) // 2, len(frame) - 1}:
        assert turn("client", frame[:at]) == "truncated"


@pytest.mark.parametrize("size", [1, 127, 128, 129, 16383, 16384, 1000000])
def test_frames_of_every_prefix_length(size):
    empty = len(pb.ClientMessage(renew=pb.Renew(csr_der=b"x")).SerializeToString())
    message = pb.ClientMessage(renew=pb.Renew(csr_der=b"x" * max(1, size - empty - 4)))
    frame = peer.frame(message)
    assert turn("client", frame) == frame


@pytest.mark.parametrize("bytes_, verdict", [
    pytest.param(b"\x00", "malformed: frame", id="length 0"),
    pytest.param(b"\x80\x00", "malformed: frame", id="padded length"),
    pytest.param(b"\x81\x80\x80\x80\x01", "malformed: frame", id="length of five bytes"),
    pytest.param(peer.varint(1024 * 1024 + 1), "too large", id="over the cap"),
    pytest.param(peer.frame(b"\xff"), "malformed: scan", id="not a message"),
    pytest.param(peer.frame(b"\x0b\x0c"), "malformed: scan", id="a group"),
    pytest.param(peer.frame(pb.ClientMessage(hello=pb.Hello(client="a\0b"))), "malformed: scan", id="NUL"),
    pytest.param(peer.frame(b"\x12\x03\x12\x01\xff"), "malformed: scan", id="not UTF-8"),
    pytest.param(peer.frame(b"\x12\x00\x1a\x00"), "malformed: scan", id="two bodies"),
])
def test_what_is_refused(bytes_, verdict):
    assert turn("client", bytes_) == verdict


def test_fields_of_a_newer_client_are_passed_over():
    newer = pb.ClientMessage(request_id=1, **CLIENT["hello"]).SerializeToString() + b"\xfa\x3e\x03abc"
    assert turn("client", peer.frame(newer)) == peer.frame(newer)  # kept, as protobuf's own readers keep them


# ---------------------------------------------------------------- rows

number = st.one_of(st.none(), st.integers(0, 2**31 - 1))
shown = st.characters(blacklist_categories=("Cc", "Cs", "Cf", "Zl", "Zp"))
plain = st.text(shown, max_size=32).filter(lambda s: len(s.encode()) <= 32)


@st.composite
def rows(draw):
    subs = draw(st.integers(0, 64))
    fields = dict(
        result_id=peer.uuid7(draw(st.integers(0, 2**48 - 1))), revision=draw(st.integers(0, 2**32 - 1)),
        retracted=draw(st.booleans()), instrument=draw(plain), form=draw(plain), taken_at_ms=draw(st.integers(-2**63, 2**63 - 1)),
        scale=draw(st.integers(0, 6)), score_centi=draw(st.integers(-2**31, 2**31 - 1)), mode=draw(st.integers(0, 3)),
        repeat=draw(st.booleans()), items=draw(number), correct=draw(number), omitted=draw(number), seconds=draw(number),
        seconds_allowed=draw(number), printed_p_pass_bp=draw(number),
        sub_area=draw(st.lists(st.integers(0, 255), min_size=subs, max_size=subs)),
        sub_items=draw(st.lists(st.integers(0, 65535), min_size=subs, max_size=subs)),
        sub_correct=draw(st.lists(st.integers(0, 65535), min_size=subs, max_size=subs)))
    return pb.Result(**{name: value for name, value in fields.items() if value is not None})


@settings(max_examples=40, deadline=None)
@given(st.lists(rows(), max_size=20))
def test_rows_lose_nothing_in_our_struct(results):
    frame = peer.frame(pb.ClientMessage(request_id=1, upload=pb.Upload(results=results)))
    assert turn("rows", frame) == frame


@pytest.mark.parametrize("change, field", [
    (dict(result_id=b"short"), "result_id"), (dict(result_id=bytes(16)), "result_id"), (dict(instrument="x" * 33), "instrument"),
    (dict(form="x" * 33), "form"), (dict(form="\u202e"), "form"), (dict(scale=7), "scale"), (dict(mode=-1), "mode"),
    (dict(items=2**31), "items"), (dict(sub_items=[1]), "sub_items"), (dict(sub_correct=[]), "sub_correct"),
    (dict(sub_area=[256, 1, 2]), "sub_area"),
], ids=str)
def test_rows_out_of_shape_are_named(change, field):
    frame = peer.frame(pb.ClientMessage(request_id=1, upload=pb.Upload(results=[full_result(), full_result(**change)])))
    assert turn("rows", frame).startswith(f"row 1, {field}: ")


# ---------------------------------------------------------------- what never changes


def all_messages(descriptor, seen):
    if descriptor.full_name not in seen:
        seen[descriptor.full_name] = descriptor
        for field in descriptor.fields:
            if field.message_type:
                all_messages(field.message_type, seen)
    return seen


TYPE_NAMES = {value: name[5:].lower() for name, value in vars(FieldDescriptor).items() if name.startswith("TYPE_")}


def schema_lines():
    """One line for each field and enum value: what other people's clients were compiled with."""
    file = pb.DESCRIPTOR
    for message in file.message_types_by_name.values():
        for field in message.fields:
            repeated = "repeated " if field.label == FieldDescriptor.LABEL_REPEATED else ""
            named = field.message_type or field.enum_type
            type_ = named.name if named else TYPE_NAMES[field.type]
            yield f"{message.name} {field.number} {field.name} {repeated}{type_}"
    for enum in file.enum_types_by_name.values():
        for value in enum.values:
            yield f"{enum.name} {value.number} {value.name}"


def test_a_number_once_used_keeps_its_meaning():
    with open(os.path.join(HERE, "fields.txt"), encoding="ascii") as file:
        agreed = [line.rstrip("\n") for line in file if not line.startswith("#")]
    now = set(schema_lines())
    gone = [line for line in agreed if line not in now]
    assert not gone, "these were promised to other clients and must stay: " + "; ".join(gone)
    new = sorted(now - set(agreed))
    assert not new, "new since the list was made; if they are meant, add to fields.txt: " + "; ".join(new)


# ---------------------------------------------------------------- README.md


def readme_session():
    """The frames of the session in README.md: who sends, the bytes, and what the text beside them says."""
    with open(os.path.join(ROOT, "proto", "README.md"), encoding="utf-8") as file:
        block = re.search(r"```session\n(.*?)```", file.read(), re.S).group(1)
    entries = re.split(r"\n(?=[CS] )", block.strip())
    for entry in entries:
        hex_lines, text = [], []
        for line in entry[2:].split("\n"):
            (hex_lines if re.fullmatch(r"\s*([0-9a-f]{2} ?)+\s*", line) else text).append(line)
        yield entry[0], bytes.fromhex(" ".join(hex_lines)), "\n".join(text)


def test_the_session_in_the_readme_is_what_its_text_says():
    session = list(readme_session())
    assert [who for who, _, _ in session[:2]] == ["C", "S"] and len(session) >= 6
    for who, bytes_, text in session:
        message = text_format.Parse(text, pb.ClientMessage() if who == "C" else pb.ServerMessage())
        assert peer.frame(message) == bytes_, text
        assert turn("client" if who == "C" else "server", bytes_) == bytes_


def test_the_code_in_the_readme_is_the_one_described():
    with open(os.path.join(ROOT, "proto", "README.md"), encoding="utf-8") as file:
        code = re.search(r"```code\n(.*?)```", file.read(), re.S).group(1)
    assert peer.code_read(code) == (bytes(range(16)), bytes(range(0xA0, 0xAC)))


def test_the_readme_names_every_field_and_every_fault():
    with open(os.path.join(ROOT, "proto", "README.md"), encoding="utf-8") as file:
        readme = file.read()
    for message in pb.DESCRIPTOR.message_types_by_name.values():
        assert f"`{message.name}`" in readme, message.name
        for field in message.fields:
            assert f"`{field.name}`" in readme, f"{message.name}.{field.name}"
    for enum in pb.DESCRIPTOR.enum_types_by_name.values():
        for value in enum.values:
            if not value.name.endswith("_UNSPECIFIED"):
                assert f"`{value.name}`" in readme, value.name


def test_the_readme_tells_the_truth_about_limits_and_faults():
    with open(os.path.join(ROOT, "proto", "README.md"), encoding="utf-8") as file:
        readme = file.read()
    with open(os.path.join(ROOT, "proto", "fault.h"), encoding="utf-8") as file:
        table = re.findall(r"X\(\s*(\d+), (\w+),\s*\"\w+\",\s*(\w+),\s*(\w+),", file.read())
    assert len(table) == len(pb.FaultCode.values()) - 1
    for code, name, retry, closes in table:
        row = rf"\| {code} \| `FAULT_{name}` \| {retry.lower()} \| {'yes' if closes == 'true' else 'no'} \|"
        assert re.search(row, readme), row
    with open(os.path.join(ROOT, "proto", "limits.h"), encoding="utf-8") as file:
        limits = dict(re.findall(r"(LIMIT_\w+) = ([^,]+),", file.read()))
    for name, value in limits.items():
        if name not in ("LIMIT_UNPACKED_BYTES",):
            number_ = math.prod(int(factor) for factor in value.split("*"))
            assert re.search(rf"\| `{name}` \| {number_:,} \|", readme), f"{name} = {number_:,}"
