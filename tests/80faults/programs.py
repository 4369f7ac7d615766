"""Programs that people run, killed in the middle: the student's client while it syncs, the nightly report while it computes and sends."""
import csv
import datetime
import os
import re
import subprocess
import time

import verdict
from conftest import Office
from fake_client import sound
from fault import Fault
from post_school import post_school
from test_client_crash import killed
from test_lost_nothing import enrolled

CLIENTS, ROWS = 3, 60
MESSAGES, STUDENTS, SCORED = 8, 40, 10




class ClientProgram(Fault):
    """the student's client is killed while it records results and while it syncs"""

    turn = 0

    def __init__(self, stand):
        super().__init__(stand)
        ClientProgram.turn += 1
        self.students = [f"p{self.turn}-{i}" for i in range(CLIENTS)]
        self.house.roster(*[{"student_id": student} for student in self.students])
        self.clients = {student: enrolled(self.house, student) for student in self.students}
        self.files, self.one_s = 0, 1.0

    def a_file(self, rng):
        """Rows of no other file."""
        self.files += 1
        path = f"{self.house.dir}/practice-{self.turn}-{self.files}.csv"
        yesterday = datetime.date.today() - datetime.timedelta(days=1)
        with open(path, "w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow(["instrument", "taken_at", "items", "correct", "form"])
            for i in range(ROWS):
                day = yesterday - datetime.timedelta(days=rng.randrange(300))
                writer.writerow(["qbank_uworld", day.isoformat(), 40, rng.randrange(8, 38), f"{self.files}-{i}"])
        return path

    def round(self, rng):
        found, path = verdict.Verdict(), self.a_file(rng)
        imports = [client.start("import", path) for client in self.clients.values()]
        for process in imports:
            killed(process, rng.uniform(0, self.one_s))
        for client in self.clients.values():
            sound(client)
            recorded = client.json("import", path)["new"]
            found.say("lost", int(recorded not in (0, ROWS)), f"a file was recorded by halves: {recorded} of {ROWS} rows were new the second time")
        begun = time.monotonic()
        for process in [client.start("sync", "--max-wait", "0") for client in self.clients.values()]:
            killed(process, rng.uniform(0, self.one_s))
        self.finish(found)
        self.back_s = time.monotonic() - begun
        found.add(verdict.of_derived(self.house, self.students))
        return found

    def finish(self, found):
        """Everybody syncs to the end; and what they were told before it is held against what is there."""
        told = {}
        for student, client in self.clients.items():
            sound(client)
            told[student] = sum(row["state"] == "stored" for row in client.json("list")["results"])
        for client in self.clients.values():
            client.run("sync", "--max-wait", "60")
        self.judge(found, told)

    def judge(self, found, told):
        stored = verdict.rows_of(self.house, self.students)
        for student, client in self.clients.items():
            listed = client.json("list")["results"]
            forms = [form for _, form, _ in stored[student]]
            found.acknowledged += ROWS
            found.say("lost", max(0, told[student] - len(set(forms))), f"{student}: told of {told[student]} stored rows, {len(set(forms))} are there")
            found.say("lost", self.files * ROWS - len(set(forms)), f"{student}: {len(set(forms))} of {self.files * ROWS} rows are there")
            found.say("doubled", len(forms) - len(set(forms)), f"{student}: {len(forms)} rows of {len(set(forms))}")
            found.say("unrecovered", sum(row["state"] != "stored" for row in listed), f"{student}: not everything is stored in the end")


class Night(Fault):
    """the nightly report is killed while it computes, and while it sends mails"""

    def __init__(self, stand):
        self.stand = stand
        self.house = stand.new_house("office", of=Office).start()
        self.students = [f"n{i}" for i in range(STUDENTS)]
        self.house.students(*self.students)
        taken = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=30)
        for i, student in enumerate(self.students[:SCORED]):
            self.house.result(student, taken, 50 + 2 * i)
        self.post = post_school(self.house)
        self.post.person("dean", "dean")
        self.put, self.one_s = 0, 1.0

    def round(self, rng):
        found, house = verdict.Verdict(), self.house
        for _ in range(MESSAGES):
            self.put += 1
            self.post.put(f"round/{self.put}", f"reader{self.put}@school.example")
        out = f"{house.dir}/nights"
        os.makedirs(out, exist_ok=True)
        begun = time.monotonic()
        night = self.start("--out", out, "--force")
        killed(night, rng.uniform(0, self.one_s))
        for _ in range(2):
            killed(self.start("send"), rng.uniform(0, self.one_s))
        self.post.time_passes()  # the leases of the dead
        house.report("--out", out)
        self.post.send()
        self.back_s = time.monotonic() - begun
        self.judge(found)
        found.add(verdict.of_derived(house, self.students[:SCORED]))
        return found

    def start(self, *argv):
        with open(f"{self.house.dir}/report.log", "ab") as log:
            return subprocess.Popen([f"{self.house.bin}/stepguard-report", *argv], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                    env={**os.environ, "STEPGUARD_CONFIG": self.house.conf_path})

    def judge(self, found):
        mails = {}
        for mail in self.post.server.received:
            mails.setdefault((mail.recipients[0], re.sub(r"\d+", "", str(mail.mail["Subject"]))), []).append(mail)
        for (to, subject), copies in mails.items():
            found.say("doubled", len({mail.id for mail in copies}) - 1, f"{to} has \"{subject}\" twice, and cannot know that it is one")
            found.say("doubled", len({mail.bytes for mail in copies}) - 1, f"{to} has two forms of \"{subject}\"")
        states = self.post.states()
        waiting = [key for key, state in states.items() if state != "sent"]
        found.say("unrecovered", len(waiting), f"never sent: {waiting}")
        missing = [n for n in range(1, self.put + 1) if not self.post.server.to(f"reader{n}@school.example")]
        found.say("lost", len(missing), f"said to be sent, and nobody has it: {missing}")
        runs = self.house.sql("select count(*), count(finished_at), count(distinct night) from ops.run")[0]
        found.say("unrecovered", runs[2] - runs[1], f"nights that never finished: {runs}")
        found.acknowledged += MESSAGES

    def close(self):
        self.post.server.stop()
        self.stand.dismiss(self.house)
