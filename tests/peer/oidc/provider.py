"""The identity provider of the tests, started and told what to do; and a browser that goes back and forth between it and the office.

What npm installs comes from package-lock.json, into the build directory, once; nothing of it is part of the product.
"""
import datetime
import http.client
import ipaddress
import json
import os
import ssl
import subprocess
from urllib.parse import urljoin, urlsplit

import npm
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = os.path.dirname(os.path.abspath(__file__))
REDIRECTS = (301, 302, 303, 307, 308)


def installed(build):
    """The directory with the provider's script and what it needs beside it."""
    return npm.installed(HERE, os.path.join(build, "identity-provider"), "provider.mjs")


def certificate(directory):
    """A self-signed certificate for 127.0.0.1 and its key, as two files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), True).sign(key, hashes.SHA256()))
    paths = os.path.join(directory, "provider.crt"), os.path.join(directory, "provider.key")
    with open(paths[0], "wb") as out:
        out.write(made.public_bytes(serialization.Encoding.PEM))
    with open(paths[1], "wb") as out:
        out.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return paths


class Provider:
    def __init__(self, build, directory):
        self.certificate, key = certificate(directory)
        self.log = open(os.path.join(directory, "provider.log"), "ab")
        self.process = subprocess.Popen(["node", "provider.mjs", json.dumps({"certificate": self.certificate, "key": key})], cwd=installed(build),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        self.port = json.loads(self.process.stdout.readline())["port"]
        self.issuer = f"https://127.0.0.1:{self.port}"
        self.context = ssl.create_default_context(cafile=self.certificate)

    def stop(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(30)
        self.log.close()

    def control(self, method, body=None):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=60)
        connection.request(method, "/control", body)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.status == 200, text
        return json.loads(text)

    def tell(self, **members):
        self.control("POST", json.dumps(members))

    def asked(self, what):
        """How often: "POST /token"."""
        return self.control("GET")["requests"].get(what, 0)


class Page:
    def __init__(self, url, status, headers, body):
        self.url, self.status, self.headers, self.text = url, status, headers, body.decode()

    def __repr__(self):
        return f"<{self.status} {self.url.split('?')[0]} {self.text[:300]!r}>"


class Browser:
    """Cookies by site, with SameSite as browsers have it: what was begun by another site's page, redirects included, brings no Strict
    cookie along, and a Lax one only when it is a GET that shows a page. A host is a site here, its port is not part of it."""

    def __init__(self, contexts):
        self.contexts = contexts  # by port
        self.cookies = {}         # (host, name) -> (value, attributes in small letters)
        self.trail = []           # (status, url) of every step

    def cookie(self, host, name):
        return self.cookies.get((host, name), (None, {}))[0]

    def sent(self, host, begun_by):
        cross = begun_by is not None and begun_by != host
        return "; ".join(f"{name}={value}" for (site, name), (value, attributes) in self.cookies.items()
                         if site == host and not (cross and attributes.get("samesite") == "strict"))

    def keep(self, host, headers):
        for header in headers.get_all("Set-Cookie") or []:
            first, *rest = header.split(";")
            name, value = first.strip().split("=", 1)
            attributes = dict((part.strip().lower() + "=").split("=")[:2] for part in rest)
            if name.startswith("__Host-"):
                assert "secure" in attributes and attributes.get("path") == "/" and "domain" not in attributes, header
            if attributes.get("max-age") == "0" or "1970" in attributes.get("expires", ""):
                self.cookies.pop((host, name), None)
            else:
                self.cookies[host, name] = value, attributes

    def step(self, url, begun_by=None, accept="text/html,application/xhtml+xml,*/*;q=0.8"):
        """One request, no redirects followed. `begun_by`: the host whose page sent the browser; None: the person typed it."""
        at = urlsplit(url)
        connection = http.client.HTTPSConnection(at.hostname, at.port, context=self.contexts[at.port], timeout=60)
        site = "none" if begun_by is None else "same-origin" if begun_by == at.hostname else "cross-site"
        headers = {"Accept": accept, "Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        cookies = self.sent(at.hostname, begun_by)
        if cookies:
            headers["Cookie"] = cookies
        connection.request("GET", at.path + ("?" + at.query if at.query else ""), headers=headers)
        answer = connection.getresponse()
        page = Page(url, answer.status, answer.headers, answer.read())
        connection.close()
        self.keep(at.hostname, page.headers)
        self.trail.append((page.status, url))
        return page

    def go(self, url, begun_by=None, until=None):
        """Follows redirects to the first page; or to the first redirect whose address begins with `until`, which is given back unvisited."""
        for _ in range(12):
            page = self.step(url, begun_by)
            if page.status not in REDIRECTS:
                return page
            url = urljoin(url, page.headers["Location"])
            if until and url.startswith(until):
                return url
            if urlsplit(url).hostname != urlsplit(page.url).hostname:
                begun_by = urlsplit(page.url).hostname  # and stays so: a redirect does not make it ours again
        raise AssertionError(f"redirected in circles: {self.trail}")
