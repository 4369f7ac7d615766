"""Values for requests, good and bad, made from the schemas of the description: no test has to list the parameters of an operation.

Debian has no hypothesis-jsonschema. What is understood here is what the description uses; anything else fails loudly.
"""
import datetime
import json
import random
import re._parser as parse
import string
import urllib.parse

METHODS = ("get", "post", "put", "patch", "delete")
TEXTS = ("note", "Ash", "two words", "ünïcödé 🌲", "O'Brien; 100 %", "a_b", '"quoted"')


BESIDES = {"cohort_effort": "records"}  # a second right: points of a chart are records


class Operation:
    """One row of the description, with what it takes to ask for it."""

    def __init__(self, document, path, method):
        self.document, self.path, self.method = document, path, method.upper()
        self.said = document["paths"][path][method]
        self.name = self.said["operationId"]
        self.parameters = {p["name"]: {**p, "schema": p["schema"]} for p in map(self.resolve, self.said.get("parameters", []))}
        content = self.said.get("requestBody", {}).get("content", {}).get("application/json")
        self.body = content and self.resolve(content["schema"])
        self.right = self.said.get("x-right")
        self.rights = {self.right, BESIDES.get(self.name, self.right)}

    def __repr__(self):
        return f"{self.method} {self.path}"

    def resolve(self, node):
        while "$ref" in node:
            at = self.document
            for step in node["$ref"].removeprefix("#/").split("/"):
                at = at[step]
            node = at
        return node

    def url(self, values):
        """Path and query; what is no parameter of the path goes into the query."""
        path, query = self.path, {}
        for name, value in values.items():
            if f"{{{name}}}" in path:
                path = path.replace(f"{{{name}}}", urllib.parse.quote(str(value), safe=""))
            else:
                query[name] = str(value)
        assert "{" not in path, path
        return path + ("?" + urllib.parse.urlencode(query) if query else "")

    def is_list(self):
        return "cursor" in self.parameters

    def has_csv(self):
        return "format" in self.parameters


def operations(document):
    return [Operation(document, path, method) for path, item in sorted(document["paths"].items()) for method in METHODS if method in item]


# ---------------------------------------------------------------- good values


class Values:
    """Draws values that a schema allows; `known` gives those that are somebody's number, by the parameter's name."""

    def __init__(self, seed, known):
        self.rng, self.known = random.Random(seed), known

    def text(self, schema):
        low, high = schema.get("minLength", 0), schema.get("maxLength", 200)
        text = self.rng.choice(TEXTS)
        if self.rng.random() < 0.1:
            text = "x" * high if high <= 9000 else text
        return text[:high] if len(text[:high]) >= low else "x" * low

    def pattern(self, pattern):
        def one(kind, value):
            kind = str(kind)
            if kind == "LITERAL":
                return chr(value)
            if kind == "IN":
                return chr(self.rng.choice([n for k, v in value for n in (range(v[0], v[1] + 1) if str(k) == "RANGE" else [v])]))
            if kind == "MAX_REPEAT":
                low, high, inner = value
                return "".join(many(inner) for _ in range(self.rng.randint(low, min(int(high), low + 8))))
            if kind == "BRANCH":
                return many(self.rng.choice(value[1]))
            if kind == "SUBPATTERN":
                return many(value[-1])
            assert kind == "AT", (pattern, kind)
            return ""

        many = lambda nodes: "".join(one(kind, value) for kind, value in nodes)
        return many(parse.parse(pattern))

    def value(self, operation, schema, name=None):
        schema = operation.resolve(schema)
        if "allOf" in schema:
            return self.value(operation, schema["allOf"][0], name)
        if name in self.known and self.known[name] and self.rng.random() < 0.9:
            value = self.rng.choice(self.known[name])
            return value if schema.get("type") == "string" or not str(value).isdigit() else int(value)
        if name == "rule":
            return self.rng.choice(self.known["rules"])
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.rng.choice(schema["enum"])
        if "oneOf" in schema or "anyOf" in schema:
            return self.value(operation, self.rng.choice(schema.get("oneOf") or schema["anyOf"]), name)
        kind = schema.get("type", "object")
        kind = self.rng.choice(kind) if isinstance(kind, list) else kind
        return getattr(self, f"make_{kind}")(operation, schema)

    def make_null(self, operation, schema):
        return None

    def make_boolean(self, operation, schema):
        return self.rng.random() < 0.5

    def make_integer(self, operation, schema):
        low = schema.get("minimum", 0)
        high = schema.get("maximum", low + 1000)
        return self.rng.choice((low, high, self.rng.randint(low, min(high, low + 50))))

    def make_number(self, operation, schema):
        return round(self.rng.uniform(schema.get("minimum", 0), schema.get("maximum", 1)), 3)

    def make_string(self, operation, schema):
        if schema.get("format") == "date":
            return (datetime.date.today() + datetime.timedelta(days=self.rng.randint(-40, 60))).isoformat()
        return self.pattern(schema["pattern"]) if "pattern" in schema else self.text(schema)

    def make_array(self, operation, schema):
        low = schema.get("minItems", 0)
        made = [self.value(operation, schema["items"]) for _ in range(self.rng.randint(low, min(schema.get("maxItems", 3), low + 2)))]
        return sorted(set(made)) if schema.get("uniqueItems") else made

    def make_object(self, operation, schema):
        required = schema.get("required", [])
        return {name: self.value(operation, member, name) for name, member in schema.get("properties", {}).items()
                if name in required or self.rng.random() < 0.5}

    def request(self, operation, minimal=False):
        """(url, body) that the description allows. minimal: nothing but what is required."""
        chosen = {}
        for name, parameter in operation.parameters.items():
            if name in ("cursor", "format"):
                continue
            if parameter.get("required") or (not minimal and self.rng.random() < 0.4):
                chosen[name] = self.value(operation, parameter["schema"], name)
        body = None
        if operation.body is not None:
            schema = operation.body if not minimal else {**operation.body, "properties": {
                k: v for k, v in operation.body.get("properties", {}).items() if k in operation.body.get("required", [])}}
            body = self.value(operation, schema)
        return operation.url(chosen), body


# ---------------------------------------------------------------- bad ones

# What people put into fields, and what programs do. None of it is a word or number that any parameter takes.
HOSTILE_TEXTS = (
    "'", "''", "' or '1'='1", "1; drop table core.student; --", "%", "_", "\\", "$1", "%s%n%x", "${jndi:ldap://x}", "{{7*7}}", "../../etc/passwd",
    "-1", "+1", "1.5", "1e3", "0x10", "１２", "NaN", "Infinity", "-0", "9" * 19, "9" * 40, "null", "undefined", "true false", "[]", "{}",
    "2027-02-30", "2027-13-01", "0000-00-00", "10000-01-01", "2027-1-1", "27-01-01", "infinity", "-infinity", "epoch", "now", "today", "tomorrow",
    "2027-01-01T00:00:00Z", "01/02/2027", "2027-001", "J2451187", "4714-11-24 BC", "allballs", "a\u202eb", "\u200b", "\ufeff", "\uffff", "\U0010ffff",
    "é" * 3000, "🌲" * 500, "x" * 6000)
HOSTILE_VALUES = (None, True, False, -1, 1.5, 10**30, -10**30, 1e308, [], [[]], [None], [1, [2, [3]]], {}, {"a": {"b": 1}}, {"sentence": "x"})
REFUSED_WHOLE = {  # by the reader of bodies, whatever the field: two readers could read it differently
    "nul": '"a\\u0000b"', "lone surrogate": '"\\ud800"', "wrong pair": '"\\udc00\\ud800"', "huge": "1e999999", "long number": "9" * 400, "nan": "NaN"}
UNKNOWN = "zzz"

# Names and notes as somebody would choose who tries what the page does with them.
XSS = tuple(f"<{tag}>" for tag in (
    "script>alert(1)</script", "img src=x onerror=alert(1)", "svg onload=alert(1)", "svg/onload=alert`1`", "iframe src=javascript:alert(1)",
    "body onload=alert(1)", "a href=javascript:alert(1)>x</a", "math><mtext></mtext></math", "style>@import'x'</style", "link rel=stylesheet href=x",
    "base href=//x/", "meta http-equiv=refresh content=0", "object data=x", "embed src=x", "form action=x><input name=y", "details open ontoggle=alert(1)",
    "video><source onerror=alert(1)", "audio src onerror=alert(1)", "input autofocus onfocus=alert(1)", "marquee onstart=alert(1)", "template><script",
    "noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"", "textarea></textarea><script>alert(1)</script", "title></title><script>x</script",
    "xmp></xmp><script>x</script", "plaintext", "!--><script>x</script", "![CDATA[<script>]]", "?xml version=1.0?", "script src=//x.example/x.js")) + (
    '"><script>alert(1)</script>', "'-alert(1)-'", "javascript:alert(1)//", "&lt;script&gt;", "&#60;script&#62;", "\\u003cscript\\u003e", "%3Cscript%3E",
    "{{constructor.constructor('alert(1)')()}}", "${alert(1)}", "`${alert(1)}`")
FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", " =1+1", "\u00a0=1", "＝1+1", "＠x", "\u200b=1", "=HYPERLINK(\"http://x\")", "'=1",
            "a,b", 'say "x"', "plain")


def literal(body, path, text):
    """The body as JSON with this text, as it stands, in the place of one member."""
    mark = "\u2603mark"
    return json.dumps({**body, path: mark}).replace(json.dumps(mark), text)


def printable(text):
    return all(c in string.printable for c in text)
