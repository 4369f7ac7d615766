"""A browser and a program of the dean's office, as far as the office port can tell: TLS, one connection kept open, cookies, the page's
token, and problem documents read strictly. Everything that a real browser would add by itself (Origin, Sec-Fetch-Site) can be said or left out.
"""
import base64
import hashlib
import hmac
import http.client
import json
import re
import ssl
import struct
import time

import jsonschema

API = "/api/v1"
PASSWORD = "violet anvils hum quietly"  # long, and on nobody's list


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def __repr__(self):
        return f"<{self.status} {self.body[:400]!r}>"

    def header(self, name):
        return self.headers.get(name)

    @property
    def json(self):
        assert self.headers.get_content_type() == "application/json", self
        return json.loads(self.body)

    @property
    def problem(self):
        """The document of a refusal, held to what every one of them has."""
        assert self.headers.get_content_type() == "application/problem+json", self
        document = json.loads(self.body)
        assert document["status"] == self.status and document["type"] == "about:blank", self
        assert document["title"] and document["detail"].rstrip() == document["detail"] and document["code"], self
        assert document["request_id"] == self.header("X-Request-Id"), self
        return document

    def refused(self, status, code):
        assert (self.status, self.problem["code"]) == (status, code), self
        return self.problem


def totp(secret, step):
    """RFC 6238 with what every app does; written out here so that the daemon's library is not judged by itself."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1000000:06d}"


class Description:
    """The daemon's own description of its interface, against which every answer that a client gets is held."""

    def __init__(self, document):
        self.document = document
        self.resolver = jsonschema.RefResolver.from_schema(document)
        self.paths = [(re.compile(re.sub(r"\{[^}]*\}", "[^/]+", path) + "$"), path) for path in sorted(document["paths"])]  # '{' sorts last

    def operation(self, method, path):
        """The described operation, or None."""
        path = path.split("?")[0]
        for pattern, name in self.paths:
            if pattern.match(path):
                return self.document["paths"][name].get("get" if method == "HEAD" else method.lower())
        return None

    def check(self, method, path, answer):
        operation = self.operation(method, path)
        if operation is None or answer.status in (304, 405, 415, 429) or answer.status >= 500 or method == "HEAD":
            return
        if answer.headers.get_content_type() == "application/problem+json":
            schema = {"$ref": "#/components/schemas/Problem"}
        else:
            response = operation["responses"].get(str(answer.status))
            assert response is not None, f"{method} {path}: {answer.status} is not described"
            if "$ref" in response:
                response = self.resolver.resolve(response["$ref"])[1]
            content = response.get("content", {}).get(answer.headers.get_content_type())
            assert content is not None or not answer.body, f"{method} {path}: {answer.headers.get_content_type()} is not described"
            schema = content["schema"] if content else True
        if answer.headers.get_content_type().endswith("json"):
            jsonschema.Draft202012Validator(schema, resolver=self.resolver).validate(json.loads(answer.body))


class OfficeClient:
    descriptions = {}  # by port: daemons of other builds would be others

    def __init__(self, port, ca_file, token=None, agent="peer"):
        self.port, self.agent, self.token = port, agent, token
        self.context = ssl.create_default_context(cafile=ca_file)
        self.connection = None
        self.cookie = self.csrf = None
        self.set_cookie = None  # the last header, whole

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    __enter__ = lambda self: self

    def __exit__(self, *_):
        self.close()

    def connect(self):
        if self.connection is None:
            self.connection = http.client.HTTPSConnection("localhost", self.port, context=self.context, timeout=60)
        return self.connection

    def headers(self, method, extra):
        headers = {"User-Agent": self.agent}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        elif self.cookie:
            headers["Cookie"] = f"__Host-sid={self.cookie}"
        if method not in ("GET", "HEAD"):
            headers.update({"Origin": f"https://localhost:{self.port}", "Sec-Fetch-Site": "same-origin"})
            if self.csrf:
                headers["X-CSRF-Token"] = self.csrf
        headers.update(extra or {})
        return {name: value for name, value in headers.items() if value is not None}

    def raw(self, method, path, body=None, headers=None):
        """One request and its answer; a connection that the server had closed in between is opened anew, once."""
        for attempt in (0, 1):
            connection = self.connect()
            try:
                connection.request(method, path, body, self.headers(method, headers))
                response = connection.getresponse()
                answer = Answer(response.status, response.headers, response.read())
                break
            except (http.client.RemoteDisconnected, ConnectionError, ssl.SSLEOFError):
                self.close()
                if attempt:
                    raise
        if answer.header("Connection") == "close":
            self.close()
        self.keep(answer)
        return answer

    def keep(self, answer):
        for header in answer.headers.get_all("Set-Cookie") or []:
            self.set_cookie = header
            name, value = header.split(";")[0].split("=", 1)
            assert name == "__Host-sid"
            self.cookie = value or None
        if answer.header("X-CSRF-Token"):
            self.csrf = answer.header("X-CSRF-Token")

    def description(self):
        if self.port not in self.descriptions:
            self.descriptions[self.port] = Description(self.raw("GET", API + "/openapi.json").json)
        return self.descriptions[self.port]

    def ask(self, method, path, body=None, headers=None):
        """Under /api/v1; a body is sent as JSON. The answer is one that the description allows."""
        if body is not None:
            headers = {"Content-Type": "application/json", **(headers or {})}
            body = body if isinstance(body, (bytes, str)) else json.dumps(body)
        answer = self.raw(method, API + path, body, headers)
        self.description().check(method, path, answer)
        return answer

    def get(self, path, **headers):
        return self.ask("GET", path, None, {k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path, body=None, headers=None):
        return self.ask("POST", path, body, headers)

    def put(self, path, body=None, headers=None):
        return self.ask("PUT", path, body, headers)

    def patch(self, path, body=None, headers=None):
        return self.ask("PATCH", path, body, headers)

    def delete(self, path, headers=None):
        return self.ask("DELETE", path, None, headers)

    def sign_in(self, email, password=PASSWORD, code=None):
        return self.post("/session", {"email": email, "password": password, **({"code": code} if code is not None else {})})


class Person(OfficeClient):
    """Somebody with an account, and what they know: password, second factor, recovery codes."""

    def __init__(self, house, email, name, *roles, password=PASSWORD):
        super().__init__(house.office_port, house.ca_file)
        self.house, self.email, self.name, self.password = house, email, name, password
        self.secret, self.recovery = None, []
        invited = house.json("staff", "add", "--email", email, "--name", name, *[word for role in roles for word in ("--role", role)])
        self.staff_id, self.invitation = invited["staff_id"], invited["code"]

    def choose_password(self):
        answer = self.post("/invitation", {"code": self.invitation, "password": self.password})
        assert answer.status == 200, answer
        return self

    def code(self):
        """A code that is good now: the account forgets which were used, so that nobody has to wait for the next half minute."""
        self.house.sql("update core.staff set totp_last_step = 0 where staff_id = %s", (self.staff_id,))
        return totp(self.secret, int(time.time()) // 30)

    def set_up_second_factor(self):
        answer = self.post("/me/totp")
        assert answer.status == 200, answer
        self.secret = answer.json["secret"]
        answer = self.post("/me/totp/confirm", {"code": totp(self.secret, int(time.time()) // 30)})
        assert answer.status == 200, answer
        self.recovery = answer.json["recovery_codes"]
        return self

    def enter(self):
        """Signs in with all there is."""
        answer = self.sign_in(self.email, self.password, self.code() if self.secret else None)
        assert answer.status == 201, answer
        return self

    def step_up(self):
        answer = self.post("/session/step-up", {"password": self.password, "code": self.code()})
        assert answer.status == 200, answer
        return self

    def settle(self):
        """From an invitation to a session that may do all that the roles allow."""
        return self.choose_password().enter().set_up_second_factor()

    def another(self):
        """The same person at another browser, signed in."""
        other = object.__new__(type(self))
        other.__dict__.update({**self.__dict__, "connection": None, "cookie": None, "csrf": None})
        return other.enter()
