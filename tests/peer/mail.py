"""What a school's messages are sent to, for tests: a mail server (aiosmtpd) with TLS and accounts, and a receiver of webhooks, both of
which can be made to fail where it hurts."""
import asyncio
import email
import email.policy
import http.server
import os
import ssl
import subprocess
import threading
import warnings

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

USER, PASSWORD = "stepguard", "correct-horse-battery"


def certificate(directory, name="mail", host="localhost"):
    """A certificate of its own for localhost, which vouches for itself: (certificate, key)."""
    crt, key = f"{directory}/{name}.crt", f"{directory}/{name}.key"
    if not os.path.exists(crt):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                        f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}", "-keyout", key, "-out", crt], check=True, capture_output=True)
    return crt, key


def tls_context(directory, name="mail", host="localhost"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(directory, name, host))
    return context


class Received:
    """One mail as it came in."""

    def __init__(self, smtp, session, envelope):
        self.sender, self.recipients, self.bytes = envelope.mail_from, list(envelope.rcpt_tos), bytes(envelope.original_content)
        self.encrypted, self.user = smtp.transport.get_extra_info("sslcontext") is not None, bool(session.authenticated)
        self.mail = email.message_from_bytes(self.bytes, policy=email.policy.default)

    @property
    def id(self):
        return self.mail["Message-ID"]

    @property
    def text(self):
        return self.mail.get_body(("plain",)).get_content()

    @property
    def html(self):
        return self.mail.get_body(("html",)).get_content()


class Handler:
    def __init__(self, server):
        self.server = server

    async def handle_RCPT(self, smtp, session, envelope, address, options):
        answer = self.server.on_rcpt(address)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, smtp, session, envelope):
        received = Received(smtp, session, envelope)
        answer = self.server.on_data(received)
        if answer is not None and not answer.startswith(("drop", "hang")):
            return answer
        with self.server.lock:
            self.server.received.append(received)
        if answer == "drop":  # taken, and the answer never arrives
            smtp.transport.abort()
        elif answer == "hang":
            await asyncio.sleep(3600)
        return "250 2.0.0 Taken"


class MailServer:
    """`tls`: "starttls", "smtps" or "none". on_rcpt(address) and on_data(received) may answer instead: a reply, or for data "drop", "hang"."""

    def __init__(self, directory, tls="starttls", accounts=True, context=None):
        self.received, self.lock, self.sessions = [], threading.Lock(), 0
        self.on_rcpt = self.on_data = lambda what: None
        self.tls = tls
        context = context or tls_context(directory)
        server = self

        class Counted(SMTP):
            def connection_made(self, transport):
                server.sessions += transport.get_extra_info("sslcontext") is None or tls == "smtps"  # STARTTLS comes by here again
                super().connection_made(transport)

        def sign_in(smtp, session, envelope, mechanism, data):
            good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
            return AuthResult(success=good, handled=False)

        def connection():
            warnings.simplefilter("ignore")  # of accounts without STARTTLS: with smtps there is TLS all the same
            return Counted(Handler(server), hostname="relay.school.example", auth_required=accounts, authenticator=sign_in, timeout=3600,
                           auth_require_tls=tls == "starttls", loop=self.loop, data_size_limit=33554432,
                           **({"tls_context": context, "require_starttls": True} if tls == "starttls" else {}))

        async def listen():
            return await self.loop.create_server(connection, "127.0.0.1", 0, ssl=context if tls == "smtps" else None)

        self.loop = asyncio.new_event_loop()
        self.listener = self.loop.run_until_complete(listen())
        self.port = self.listener.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.url = f"{'smtps' if tls == 'smtps' else 'smtp'}://localhost:{self.port}"

    def to(self, address):
        with self.lock:
            return [mail for mail in self.received if mail.recipients == [address]]

    def stop(self):
        if not self.thread.is_alive():
            return
        self.loop.call_soon_threadsafe(self.listener.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


class Hooks:
    """A receiver of webhooks over TLS. on_post(request) answers: a status, or (status, headers); "hang" to say nothing until stop()."""

    def __init__(self, directory, name="mail", host="localhost"):
        self.requests, self.on_post, self.over = [], lambda request: 204, threading.Event()
        hooks = self

        class Request(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.body = self.rfile.read(int(self.headers["Content-Length"]))
                hooks.requests.append(self)
                answer = hooks.on_post(self)
                if answer == "hang":
                    hooks.over.wait(60)
                    return
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for key, value in headers.items():
                    self.send_header(key, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Request)
        self.server.daemon_threads = True
        self.server.socket = tls_context(directory, name, host).wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://localhost:{self.server.server_port}/stepguard"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
