"""What a kind of fault is: something that is done to a school under load, and undone again. A round is begin, arm, heal, finish, verdict.

A kind is a class with a sentence, and a row in kinds.py. Most say only arm() and heal(); one with a load of its own says round().
"""
import os
import subprocess
import time

import verdict
from house import BIN, QUICK, House
from load import Swarm

WRITERS = 6
MOMENT_S = 0.1  # within this from a receipt for everybody, at any point of whatever is going on then
CONF = {**QUICK, "database": {"deadline_ms": 4000}}


class Stand:
    """Where the campaign takes place: one directory, and the school that most kinds share."""

    def __init__(self, directory):
        self.dir, self.made, self.shared = str(directory), 0, {}
        self.houses, self.swarms, self.processes, self.mounts = [], [], [], []  # what has to go, whatever happened

    def room(self, name):
        """A directory for one house, that PostgreSQL may enter."""
        self.made += 1
        path = f"{self.dir}/{self.made}-{name}"
        os.makedirs(path, mode=0o755)
        return path

    def new_house(self, name, of=House, directory=None):
        house = of(directory or self.room(name), BIN, conf=CONF)
        self.houses.append(house)
        return house

    def new_swarm(self, house):
        self.swarms.append(Swarm(house, WRITERS, self.room("ledgers")))
        return self.swarms[-1]

    def once(self, name, make):
        """What several kinds share: made by the first of them."""
        if name not in self.shared:
            self.shared[name] = make()
        return self.shared[name]

    def school(self):
        house = self.new_house("school").start()
        return house, self.new_swarm(house)

    def dismiss(self, house):
        for swarm in [swarm for swarm in self.swarms if swarm.house is house]:
            swarm.close()
            self.swarms.remove(swarm)
        self.houses.remove(house)
        house.stop()

    def close(self):
        for swarm in self.swarms:
            swarm.close()
        for process in self.processes:
            process.kill()
        for house in self.houses:
            house.stop()
        for where in self.mounts:
            subprocess.run(["umount", "-l", where], check=True)
        self.houses, self.swarms, self.processes, self.mounts, self.shared = [], [], [], [], {}


class Fault:
    """Under the load of a swarm of uploading devices; of the school that is shared, unless a kind brings its own."""

    @staticmethod
    def impossible():
        """Why it cannot be done here, or None."""

    def __init__(self, stand):
        self.stand = stand
        self.house, self.swarm = stand.once("school", stand.school)

    def arm(self, rng):
        """Does it; everybody is sending meanwhile."""

    def heal(self, rng):
        """Undoes it, where it does not end by itself."""

    def look(self, found):
        """What else must be true after a round; adds to the verdict."""

    def round(self, rng):
        self.swarm.begin(rng)
        time.sleep(rng.uniform(0, MOMENT_S))
        begun = time.monotonic()
        self.arm(rng)
        self.heal(rng)
        found = verdict.Verdict()
        try:
            self.swarm.flowing("afterwards")
            self.back_s = time.monotonic() - begun
        except AssertionError as error:
            found.say("unrecovered", 1, str(error))
        stuck = self.swarm.finish()
        found.say("unrecovered", len(stuck), f"{stuck} could not have acknowledged what they had begun")
        found.add(verdict.of_results(self.house, self.swarm.writers))
        found.add(verdict.of_derived(self.house, self.swarm.students))
        self.look(found)
        return found

    def close(self):
        """The school is left as it was found."""
