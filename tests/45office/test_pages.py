"""The pages of the office as the port hands them out: to whom, in which form, for how long; and that nothing else is a page."""
import email.utils
import json
import os
import re
import shutil
import subprocess

import pytest

import peer

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
YEAR = "public, max-age=31536000, immutable"
with open(f"{peer.ROOT}/server/web/pages.json", encoding="utf-8") as _file:
    PAGES = [page["path"] for page in json.load(_file)]
ADDRESSES = [re.sub(r":\w+", "1017", path) for path in PAGES]


def unpacked(brotli):
    """With another implementation than the office's, which has none: it sends what the build has packed."""
    script = "process.stdout.write(require('zlib').brotliDecompressSync(require('fs').readFileSync(0)))"
    return subprocess.run(["node", "-e", script], input=brotli, capture_output=True, check=True).stdout


@pytest.fixture
def shell(stranger):
    """The document at '/'."""
    answer = stranger.raw("GET", "/", None, HTML)
    assert answer.status == 200, answer
    return answer


def assets_of(shell):
    return sorted(set(re.findall(r'(?:src|href)="(/assets/[^"]+)"', shell.body.decode())))


# ---- the document


def test_the_document_is_for_everybody_and_holds_nothing(stranger, dean, shell):
    assert shell.header("Content-Type") == "text/html; charset=utf-8" and shell.header("Cache-Control") == "no-cache"
    assert shell.header("Vary") == "Accept-Encoding" and shell.header("Set-Cookie") is None
    assert dean.raw("GET", "/", None, HTML).body == shell.body
    assert shell.body.lower().startswith(b"<!doctype html>") and b"<script>" not in shell.body and b"<style" not in shell.body
    assert b' style="' not in shell.body and not re.search(rb'\son\w+="', shell.body)
    assert not re.findall(rb'(?:src|href)="(?!/)', shell.body), "a picture, script or font from elsewhere"


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_link_into_the_middle_works(stranger, shell, path):
    """Also without naming text/html, and with whatever stands in the query."""
    for headers in (HTML, {}):
        for query in ("", "?state=at_risk&sort=-p"):
            answer = stranger.raw("GET", path + query, None, headers)
            assert (answer.status, answer.body, answer.header("ETag")) == (200, shell.body, shell.header("ETag"))


@pytest.mark.parametrize("path", ["/nothing", "/students/1017/x/y/z", "/index.html", "/assets", "/assets/", "/assets/index-00000000.js", "/Students",
                                  "/apix", "/favicon.ico", "/web.pack", "/node_modules/vite", "/src/main.tsx", "/pages.json"])
def test_at_other_addresses_a_person_sees_the_page_and_a_program_a_problem(stranger, shell, path):
    answer = stranger.raw("GET", path, None, HTML)
    assert (answer.status, answer.body) == (404, shell.body)
    assert answer.header("Cache-Control") == "no-store" and answer.header("ETag") is None
    assert stranger.raw("GET", path, None, HTML | {"If-None-Match": shell.header("ETag")}).status == 404
    for accept in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        stranger.raw("GET", path, None, accept).refused(404, "not_found")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api/v1/nothing", "/api/v2/queue", "/api/v1/assets/x"])
def test_below_api_there_are_no_pages(stranger, path):
    stranger.raw("GET", path, None, HTML).refused(404, "not_found")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_page_is_only_read(stranger, method):
    for path in ("/", "/students", "/robots.txt"):
        stranger.raw(method, path, None, HTML).refused(404, "not_found")


@pytest.mark.parametrize("path", ["/assets/../robots.txt", "/assets/..%2frobots.txt", "/assets/%2e%2e/robots.txt", "/assets//index.js", "/./", "//",
                                  "/assets/%252e%252e/robots.txt", "/assets/..\\robots.txt", "/%00", "/assets/%00.js", "/robots.txt%00.html",
                                  "/..;/robots.txt", "/assets/....//robots.txt", "/../../../../etc/passwd", "/students/..%2f..%2fetc%2fpasswd"])
def test_nobody_climbs(stranger, shell, path):
    answer = stranger.raw("GET", path, None, HTML)
    assert answer.status in (400, 404), answer
    assert answer.body == shell.body or answer.problem


# ---- what belongs to it


def test_what_the_document_names_is_there_and_is_kept(stranger, shell):
    assets = assets_of(shell)
    assert any(path.endswith(".js") for path in assets) and any(path.endswith(".css") for path in assets)
    kinds = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "woff2": "font/woff2", "svg": "image/svg+xml"}
    for path in assets:
        answer = stranger.raw("GET", path)
        assert answer.status == 200 and answer.header("Content-Type") == kinds[path.rsplit(".", 1)[1]]
        assert answer.header("Cache-Control") == YEAR and answer.header("Content-Encoding") is None


def test_both_forms_are_the_same_bytes(stranger, shell):
    for path in ["/", "/robots.txt", "/favicon.svg", *assets_of(shell)]:
        plain, small = stranger.raw("GET", path), stranger.raw("GET", path, None, {"Accept-Encoding": "gzip, deflate, br"})
        assert plain.status == small.status == 200 and plain.header("Vary") == small.header("Vary") == "Accept-Encoding"
        if small.header("Content-Encoding") is None:
            assert small.body == plain.body and len(plain.body) < 4096
            continue
        assert small.header("Content-Encoding") == "br" and len(small.body) < len(plain.body)
        assert unpacked(small.body) == plain.body and small.header("ETag") != plain.header("ETag")
        assert stranger.raw("GET", path, None, {"Accept-Encoding": "br;q=0, gzip"}).body == plain.body


@pytest.mark.parametrize("encoding", [None, "br"])
def test_what_somebody_has_is_not_sent_again(stranger, shell, encoding):
    for path in ["/", *ADDRESSES, *assets_of(shell)]:
        headers = {"Accept-Encoding": encoding or "identity"}
        first = stranger.raw("GET", path, None, headers)
        tag = first.header("ETag")
        assert re.fullmatch('"[0-9a-f]{32}"', tag)
        again = stranger.raw("GET", path, None, headers | {"If-None-Match": tag})
        assert (again.status, again.body, again.header("ETag")) == (304, b"", tag)
        for name in ("Cache-Control", "Vary"):
            assert again.header(name) == first.header(name)
        assert again.header("Content-Encoding") is None
        assert stranger.raw("GET", path, None, headers | {"If-None-Match": '"0"'}).status == 200


def test_head_is_get_without_the_body(stranger, shell):
    for path in ["/", "/robots.txt", "/nothing", *ADDRESSES, *assets_of(shell)]:
        headers = HTML | {"Accept-Encoding": "br"}
        get, head = stranger.raw("GET", path, None, headers), stranger.raw("HEAD", path, None, headers)
        assert (head.status, head.body) == (get.status, b"")
        for name in ("Content-Length", "Content-Type", "Content-Encoding", "ETag", "Cache-Control", "Vary"):
            assert head.header(name) == get.header(name), (path, name)


def test_search_engines_are_told_to_go(stranger):
    answer = stranger.raw("GET", "/robots.txt")
    assert answer.body == b"User-agent: *\nDisallow: /\n" and answer.header("Content-Type") == "text/plain; charset=utf-8"


# ---- what every page says


def directives(policy):
    return {name: sources for name, _, sources in (part.strip().partition(" ") for part in policy.split(";"))}


def test_the_policy_of_the_pages(stranger, shell):
    wanted = {"default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' data: blob:", "font-src": "'self'",
              "connect-src": "'self'", "manifest-src": "'self'", "form-action": "'self'", "base-uri": "'none'", "frame-ancestors": "'none'",
              "object-src": "'none'", "require-trusted-types-for": "'script'", "trusted-types": "'none'"}
    for path in ["/", "/nothing", *ADDRESSES, *assets_of(shell)]:
        answer = stranger.raw("GET", path, None, HTML)
        assert directives(answer.header("Content-Security-Policy")) == wanted
        assert (answer.header("X-Content-Type-Options"), answer.header("Referrer-Policy")) == ("nosniff", "no-referrer")
        assert answer.header("Cross-Origin-Opener-Policy") == answer.header("Cross-Origin-Resource-Policy") == "same-origin"
        assert answer.header("Strict-Transport-Security") == "max-age=63072000; includeSubDomains"
        features = [feature.strip() for feature in answer.header("Permissions-Policy").split(",")]
        assert all(re.fullmatch(r"[a-z-]+=\(\)", feature) for feature in features)
        assert {"camera=()", "geolocation=()", "microphone=()", "usb=()", "fullscreen=()"} <= set(features)
        assert answer.header("Server") is None and answer.header("Last-Modified") is None
        assert email.utils.parsedate_to_datetime(answer.header("Date"))


def test_a_first_visit_is_small(stranger, shell):
    """Issue 5: under 250 KB compressed; a first visit loads what the document names and the fonts of its styles."""
    paths = assets_of(shell)
    total = len(stranger.raw("GET", "/", None, {"Accept-Encoding": "br"}).body)
    for path in paths:
        total += len(stranger.raw("GET", path, None, {"Accept-Encoding": "br"}).body)
    assert total < 250_000, {path: len(stranger.raw("GET", path, None, {"Accept-Encoding": "br"}).body) for path in paths}


# ---- packing


def pack(folder, site, pages='[{"path": "/"}]'):
    """server/web/pack.mjs over a site of these files."""
    for name, content in site.items():
        os.makedirs(os.path.dirname(folder / "site" / name), exist_ok=True)
        (folder / "site" / name).write_bytes(content)
    (folder / "pages.json").write_text(pages)
    os.makedirs(folder / "out", exist_ok=True)
    return subprocess.run(["node", f"{peer.ROOT}/server/web/pack.mjs", folder / "site", folder / "pages.json", folder / "out"],
                          capture_output=True, text=True)


def test_packing_is_the_same_each_time_and_keeps_what_saves(tmp_path):
    site = {"index.html": b"<!doctype html>" + b"x" * 500, "assets/a-B_c-1234.js": b"1", "assets/a-0bcd1234.css": b"a{}" * 99}
    made = []
    for _ in range(2):
        run = pack(tmp_path, site, '[{"path": "/b/:c/d"}, {"path": "/"}, {"path": "/b/:c/d"}]')
        assert run.returncode == 0 and run.stdout == run.stderr == ""
        made.append([(tmp_path / "out" / name).read_bytes() for name in ("web.pack", "web_table.c")])
    assert made[0] == made[1]
    table = made[0][1].decode()
    rows = re.findall(r'^    {"([^"]+)", "[^"]+", {(\d+), (\d+), .*?}, {\d+, (\d+), .*?}, (true|false)},$', table, re.M)
    assert [row[0] for row in rows] == ["/", "/assets/a-0bcd1234.css", "/assets/a-B_c-1234.js"]
    for path, at, size, small, immutable in rows:
        assert (immutable == "true") == path.startswith("/assets/")
        assert made[0][0][int(at):int(at) + int(size)] == site[path.strip("/") or "index.html"]
        assert (small == "0") == (path == "/assets/a-B_c-1234.js")
    assert '"/",\n    "/b/{c}/d",\n};' in table


@pytest.mark.parametrize("site,pages,says", [
    ({"assets/a-12345678.js": b""}, "[]", "no index.html"),
    ({"index.html": b""}, "[]", "a list of pages"),
    ({"index.html": b""}, '{"path": "/"}', "a list of pages"),
    ({"index.html": b""}, '[{"path": "x"}]', "no path of a page"),
    ({"index.html": b""}, '[{"path": "/api/v1"}]', "no path of a page"),
    ({"index.html": b""}, '[{"path": "/a/"}]', "no path of a page"),
    ({"index.html": b"", "assets/plain.js": b""}, '[{"path": "/"}]', "has no hash"),
    ({"index.html": b"", "assets/a-12345678.js.map": b""}, '[{"path": "/"}]', "not served"),
    ({"index.html": b"", "a b.txt": b""}, '[{"path": "/"}]', "letters, digits"),
], ids=lambda value: value if isinstance(value, str) and " " in value else "")
def test_what_is_not_known_stops_the_build(tmp_path, site, pages, says):
    run = pack(tmp_path, site, pages)
    assert run.returncode == 1 and says in run.stderr
    assert not os.path.exists(tmp_path / "out" / "web.pack")


def test_without_node_the_build_says_what_to_do(tmp_path):
    """With a PATH on which everything is but node and npm."""
    for tool in ("bash", "dirname", "realpath", "mkdir", "env"):
        os.symlink(shutil.which(tool), tmp_path / tool)
    (tmp_path / "openapi.json").write_text("{}")
    run = subprocess.run([f"{peer.ROOT}/server/web/build", tmp_path / "openapi.json", tmp_path / "out"], env={"PATH": str(tmp_path)},
                         capture_output=True, text=True)
    assert run.returncode == 1 and run.stderr == "server/web/build: node is missing; deploy/install-deps core installs it\n"


# ---- what stands twice, in the pages and in the database


def of_pages(name):
    with open(os.path.join(peer.ROOT, "server/web/src", name), encoding="utf-8") as file:
        return file.read()


def test_the_notice_on_paper_is_that_of_files(office):
    words = office.sql("select words from core.redisclosure_notice()")[0][0]
    assert "".join(re.findall('"(.*)"', of_pages("ui/redisclosure.ts"))) == words


def test_the_form_of_a_disclosure_asks_what_its_basis_needs(office):
    form = of_pages("record/disclose.tsx")
    bases = re.search(r"const bases.*?= {(.*?)};", form, re.S)[1]
    assert re.findall(r"^  (\w+):", bases, re.M) == [row[0] for row in office.sql("select basis from core.disclosure_bases()")]
    needs = re.search(r"NEEDS_PAPER.*?= \[(.*?)\]", form, re.S)[1]
    assert re.findall(r"\w+", needs) == [row[0] for row in office.sql("select basis from core.disclosure_bases() where needs = 'agreement'")]
    threat, = office.sql("select basis from core.disclosure_bases() where needs = 'threat'")
    assert f'basis === "{threat[0]}"' in form
