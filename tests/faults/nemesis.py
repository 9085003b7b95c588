"""What goes wrong: nodes die at named points and at random, stand still, and everything round them fails in turn.

One thread torments each node; one more makes the weather: Dovecot, PostgreSQL and the sink die, the network cuts,
stalls and swallows answers, the mailbox is numbered anew, a stranger expunges mails, the disk fills up. All by one
seed. F01 is every kill, F34 every node that stands still, F39 the kill in the migration (campaign.py).
"""

from __future__ import annotations

import contextlib
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from store.failpoints import POINTS
from tests.faults.disk import empty, fill
from tests.faults.plant import MAILBOX, Node, Plant
from tests.faults.proxy import CALM, Mood, Proxy
from tests.faults.world import DECOY, World

_PATIENCE = 3.0
"""Seconds in which an armed point must be reached; else the node dies where it stands."""
_START = 20.0
_TIMERS_PATIENCE = 12.0
"""A timer acts only after the mailbox was read and Postfix has tried again, and then at the next tick."""
_SWEEP = 20.0
"""Until a case has been answered, warned and closed."""


@dataclass(slots=True)
class Toll:
    """What was done, for the report."""

    kills: int = 0
    at_points: int = 0
    stops: int = 0
    weather: Counter[str] = field(default_factory=Counter)
    trouble: list[str] = field(default_factory=list)
    """A node that ended by itself, say."""


class Nemesis:
    def __init__(self, plant: Plant, world: World, seed: int, *, skip: frozenset[str]) -> None:
        """`skip`: points that this plant cannot reach."""
        self.toll = Toll()
        self._plant = plant
        self._world = world
        self._seed = seed
        self._targets = sorted(POINTS - skip - {"migrate.step"})
        self._aimed: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._over = threading.Event()

    def rage(self, kills: int, weather: bool, within: float = 3000.0) -> None:
        """Until so many kills are done; then all is calm again, and every node is up."""
        burst = max(1, self._world.left // max(kills, 1) * 2 // 3)
        nodes = self._plant.nodes
        shares = [kills // len(nodes) + (number < kills % len(nodes)) for number in range(len(nodes))]
        threads = [
            threading.Thread(
                target=self._torment, args=(node, share, burst, random.Random(f"{self._seed} {node.name}"))
            )
            for node, share in zip(nodes, shares, strict=True)
        ]
        sky = threading.Thread(target=self._make_weather, args=(random.Random(f"{self._seed} weather"),))
        for thread in threads:
            thread.start()
        if weather:
            sky.start()
        for thread in threads:
            thread.join(within)
        self._over.set()
        if weather:
            sky.join(60)
        self._sweep()
        for node in nodes:
            if not node.is_alive():
                node.start()

    # -- one node

    def _torment(self, node: Node, kills: int, burst: int, dice: random.Random) -> None:
        for _ in range(kills):
            if dice.random() < 0.7:
                self._kill_at_a_point(node, dice, burst)
            else:
                self._world.feed(burst)
                self._kill_anywhere(node, dice)
            with self._lock:
                self.toll.kills += 1

    def _kill_at_a_point(self, node: Node, dice: random.Random, burst: int) -> None:
        point, other = self._aim(dice), dice.choice(self._targets)
        node.start(MAILD_FP=f"{point}:kill@{dice.choice((1, 1, 1, 2, 4))},{other}:kill@{dice.randint(1, 20)}")
        node.is_up_within(_START)
        self._world.feed(burst)
        if node.dies_within(_TIMERS_PATIENCE if point.startswith("timer") else _PATIENCE):
            self._look_at(node, point)
        node.kill()

    def _aim(self, dice: random.Random) -> str:
        """One of those that were hit least, and least tried."""
        with self._lock:
            hits = Counter(point for point, _ in self._plant.points())
            rank = sorted(self._targets, key=lambda name: (hits[name], self._aimed[name], dice.random()))
            point = dice.choice(rank[:4])
            self._aimed[point] += 1
            return point

    def _sweep(self) -> None:
        """Points that nobody has reached yet: one node alone, until it dies there."""
        node = self._plant.nodes[0]
        for _ in range(3):
            hits = {point for point, _ in self._plant.points()}
            for point in (one for one in self._targets if one not in hits):
                node.start(MAILD_FP=f"{point}:kill")
                node.is_up_within(_START)
                self._world.more(4)
                if node.dies_within(_SWEEP):
                    self._look_at(node, point)
                node.kill()
                self.toll.kills += 1

    def _look_at(self, node: Node, point: str) -> None:
        """Who armed a point and died of something else has found a bug."""
        code = node.process.returncode
        if code == 2:
            raise RuntimeError(f"{node.name} does not start at all; see {node.logfile}")
        with self._lock:
            if code == -signal.SIGKILL:
                self.toll.at_points += 1
            elif code != 75:  # the store was away when it started: the service manager tries again
                self.toll.trouble.append(f"{node.name} ended with {code} while it was to die at {point}")

    def _kill_anywhere(self, node: Node, dice: random.Random) -> None:
        node.start()
        time.sleep(dice.uniform(0.05, 3.0))
        if dice.random() < 0.2:
            node.pause()
            time.sleep(dice.uniform(0.5, 7.0))
            node.go_on()
            time.sleep(dice.uniform(0.0, 1.0))
            with self._lock:
                self.toll.stops += 1
        node.kill()

    # -- the weather

    def _make_weather(self, dice: random.Random) -> None:
        plant = self._plant
        storms: dict[str, Callable[[], None]] = {
            "F06 dovecot killed": lambda: self._away(plant.dovecot.kill, plant.dovecot.start, dice),
            "F06 dovecot restarted": plant.dovecot.restart,
            "F20 sink gone": lambda: self._away(plant.sink.stop, plant.sink.start, dice),
            "F10 imap network": lambda: self._network(plant.imap, dice),
            "F22 smtp network": lambda: self._network(plant.smtp, dice),
            "F02 lmtp network": lambda: self._network(plant.lmtp, dice),
            "F11 numbered anew": self._renumber,
            "F12 foreign expunge": lambda: self._expunge(dice),
        }
        if (postgres := plant.postgres) is not None:
            storms["F28 postgres killed"] = lambda: self._away(postgres.kill, postgres.start, dice)
        elif plant.small.is_mount():
            storms["F26 disk full"] = lambda: self._fill_up(dice)
        while not self._over.wait(dice.uniform(3.0, 9.0)):
            name = dice.choice(sorted(storms))
            storms[name]()
            self.toll.weather[name] += 1

    def _away(self, gone: Callable[[], None], back: Callable[[], None], dice: random.Random) -> None:
        gone()
        time.sleep(dice.uniform(0.1, 2.0))
        back()

    def _network(self, proxy: Proxy, dice: random.Random) -> None:
        kind = dice.choice(("refuse", "cut", "stall", "trickle", "split", "deaf", "half", "reset"))
        if kind == "reset":
            proxy.reset_all()
            return
        proxy.mood = Mood(kind, dice.choice((10, 200, 3_000, 40_000)))
        time.sleep(dice.uniform(0.5, 3.0))
        proxy.mood = CALM

    def _renumber(self) -> None:
        """UIDVALIDITY changes, as after the server's own restore."""
        self._plant.dovecot.kill()
        with contextlib.suppress(FileNotFoundError):  # nobody has opened the folder yet
            self._plant.dovecot.renumber(MAILBOX)
        self._plant.dovecot.start()

    def _expunge(self, dice: random.Random) -> None:
        """Mails that are nobody's come and are expunged by another client, in the middle of things."""
        decoys = [f"From: {DECOY}\r\nSubject: decoy {n}\r\n\r\ndecoy\r\n".encode() for n in range(3)]
        with contextlib.suppress(OSError, AssertionError, Exception):
            self._plant.dovecot.append(MAILBOX, *decoys)
            time.sleep(dice.uniform(0.0, 0.3))
            with self._plant.dovecot.client(MAILBOX) as client:
                client.select()
                _, found = client.search(None, "FROM", DECOY)
                for number in found[0].split():
                    client.store(number.decode(), "+FLAGS.SILENT", "\\Deleted")
                client.expunge()

    def _fill_up(self, dice: random.Random) -> None:
        """The disk of the store is full for a while."""
        fill(self._plant.small)
        time.sleep(dice.uniform(0.5, 3.0))
        empty(self._plant.small)
