"""Answers that make no sense: none takes a row off the queue, none is shown, and the next sync goes on."""
import os
import socket
import threading

import pytest

import peer
from fake_client import sync
from fake_server import FakeServer, standing
from peer import pb


def raw(message, request_id=2):
    message.request_id = request_id
    return peer.frame(message)


HOSTILE = {
    "an endless length": b"\xff" * 8,
    "a length of nothing": b"\x00",
    "a long way of writing a length": b"\x85\x00hello",
    "more than a megabyte": peer.varint(1 << 20 | 1) + b"x" * 100,
    "not a message": peer.varint(5) + b"\xff\xff\xff\xff\xff",
    "an empty message of the right number": raw(pb.ServerMessage()),
    "text that is no text": peer.frame(raw(pb.ServerMessage(fault=pb.Fault(text="xxxx")))[1:].replace(b"xxxx", b"\xff\xfe\x00x")),
    "another's number": raw(pb.ServerMessage(upload_receipt=pb.UploadReceipt(status=[1, 1])), 77),
    "too few words": raw(pb.ServerMessage(upload_receipt=pb.UploadReceipt(status=[1]))),
    "too many words": raw(pb.ServerMessage(upload_receipt=pb.UploadReceipt(status=[1] * 500))),
    "words that are none": raw(pb.ServerMessage(upload_receipt=pb.UploadReceipt(status=[1, 9]))),
    "a word for nothing": raw(pb.ServerMessage(upload_receipt=pb.UploadReceipt(status=[1, 0]))),
    "another kind": raw(pb.ServerMessage(standing=standing())),
    "much memory in little space": peer.varint(900000) + b"\x08\x02" + b"\x1a" + peer.varint(899994) + b"\x12\x00" * 449997,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_answer_to_an_upload(enrolled, server, what):
    enrolled.import_rows(2)
    server.answers = lambda session, message: HOSTILE[what] if message.WhichOneof("body") == "upload" else None
    answer = sync(enrolled, expect=3)
    assert answer["error"]["code"] == "protocol", answer
    assert answer["left"] == 2 and enrolled.states() == {"pending": 2}, "no row is taken off the queue by nonsense"
    server.answers = lambda session, message: None
    assert sync(enrolled)["stored"] == 2


@pytest.mark.parametrize("fields", [dict(p_pass=3.0), dict(p_low=float("nan")), dict(readiness_mean=float("inf")), dict(state=9),
                                    dict(weak_areas=[pb.WeakArea(area=5, p_below=0.9)]),
                                    dict(weak_areas=[pb.WeakArea(area=5, items=4, correct=5, p_below=0.9)]),
                                    dict(weak_areas=[pb.WeakArea(area=5, items=4, p_below=float("nan"))])])
def test_a_senseless_standing_is_left_out(enrolled, server, fields):
    enrolled.import_rows(2)
    before = enrolled.json("status")["standing"]
    answers = {"standing": pb.ServerMessage(standing=standing(**fields)),
               "upload": pb.ServerMessage(upload_receipt=pb.UploadReceipt(status=[1, 1], standing=standing(**fields)))}
    server.answers = lambda session, message: answers.get(message.WhichOneof("body"))
    assert sync(enrolled)["stored"] == 2
    assert enrolled.json("status")["standing"] == before


def test_garbage_before_welcome(enrolled, server):
    server.answers = lambda session, message: os.urandom(3000)
    assert sync(enrolled, expect=3)["error"]["code"] in ("protocol", "unreachable")


def test_not_tls_at_all(client, server, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def talk():
            with listener.accept()[0] as sock:
                sock.recv(1)
                sock.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        threading.Thread(target=talk, daemon=True).start()
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        answer = client.json("enrol", "--server", address, "--max-wait", "0", stdin=server.code, expect=3)
        assert "not a Stepguard server" in answer["error"]["text"] or "broke" in answer["error"]["text"]


def test_nobody_there(enrolled, server):
    enrolled.import_rows(1)
    server.stop()
    answer = sync(enrolled, expect=3)
    assert answer["error"]["code"] == "unreachable" and answer["left"] == 1 and "127.0.0.1" in answer["error"]["text"]


@pytest.mark.parametrize("limits", [pb.Limits(), pb.Limits(max_frame_bytes=10, max_results=1, window=1)])
def test_senseless_limits(client, tmp_path, limits):
    with FakeServer(tmp_path) as server:
        client.enrol(server)
        server.limits = limits
        assert sync(client, expect=3)["error"]["code"] == "protocol"
