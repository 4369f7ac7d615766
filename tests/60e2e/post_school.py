"""A school whose messages are sent for real: its office (fixture `office`), people who are written to, and a mail server."""
import json

from mail import PASSWORD, USER, MailServer, certificate

OFFICE_URL = "https://stepguard.school.example"


class Post:
    def __init__(self, office, server):
        self.office, self.server = office, server
        office.sql("""set session_replication_role = replica;
                      truncate ops.message, core.mail_choice, core.webhook, ops.setting, ops.alert, core.staff, core.ground, core.cover cascade""")
        self.school = office.sql("select school_id from core.school where code = 'demo'")[0][0]
        self.set("mail_on", 1)
        office.file("mail.password", PASSWORD + "\n")
        self.configure()

    def configure(self, **keys):
        import os

        os.chmod(f"{self.office.dir}/mail.password", 0o600)
        self.office.write_conf(extra={"mail": {
            "url": self.server.url, "user": USER, "password_file": "mail.password", "ca_file": certificate(self.office.dir)[0],
            "from": "stepguard@school.example", "bounces": "bounces@school.example", "office_url": OFFICE_URL, "deadline_s": 60, **keys},
            "webhook": {"ca_file": certificate(self.office.dir)[0]}})

    def set(self, key, value):
        self.office.sql("""insert into ops.setting (school_id, key, value, set_at) values (%s, %s, to_jsonb(%s), now())
                           on conflict (school_id, key) do update set value = excluded.value""", (self.school, key, value))

    def person(self, name, *roles):
        return self.office.sql("insert into core.staff (school_id, email, name, roles, status) values (%s, %s, %s, %s, 'active') returning staff_id",
                               (self.school, f"{name}@school.example", name.title(), list(roles)))[0][0]

    def put(self, key, to, kind="reminder", document=None, staff=None, student=None):
        document = {"n": 1, "items": [{"case": 7}]} if document is None else document
        return self.office.sql("select core.post_put(%s, %s, %s, %s, %s::jsonb, now(), now(), %s, %s)",
                               (self.school, kind, key, to, json.dumps(document), staff, student))[0][0]

    def send(self, code=0, **env):
        done = self.office.report("send", "--json", check=False, env=env or None)
        assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        self.said = done.stderr
        return json.loads(done.stdout)

    def states(self):
        return dict(self.office.sql("select dedup_key, state from ops.message order by message_id"))

    def reply(self, key):
        return self.office.sql("select last_reply from ops.message where dedup_key = %s", (key,))[0][0]

    def time_passes(self):
        """The pause after a failure is over, and so is the lease of whoever died."""
        self.office.sql("""update ops.message set next_try_at = now() where state in ('waiting', 'sending');
                           update ops.message set lease_until = now() where state = 'sending'""")


def post_school(office, **server):
    return Post(office, MailServer(office.dir, **server))
