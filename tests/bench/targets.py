# SPDX-License-Identifier: MIT
"""What was aimed at, each a ratio of two measurements of one run."""
import dataclasses
import typing


class Measured:
    """The rows of a run, to be asked for."""

    def __init__(self, rows):
        self.rows = {(row["workload"], row["size"], row["clients"]): row for row in rows}
        self.sizes = sorted({row["size"] for row in rows})

    def of(self, field, workload, size=None, clients=8):
        """KeyError: it was not measured."""
        return self.rows[workload, size or self.sizes[-1], clients][field]

    def quotient(self, field, above, below):
        return self.of(field, *above) / self.of(field, *below)


@dataclasses.dataclass
class Target:
    what: str
    measure: typing.Callable  # Measured -> number
    bound: float
    at_least: bool = False    # else at most
    percent: bool = False

    def met(self, value):
        return value >= self.bound if self.at_least else value <= self.bound

    def text(self, value):
        return "%.1f%%" % (100 * value) if self.percent else "%.2f" % value


SMALL, MILLION = 10000, 1000000
EQUALITIES = [("userName", "userName eq"), ("externalId", "externalId eq"), ("emails", "emails.value eq"),
              ("emailsType", "emails[type eq and value eq]")]


def of_ceiling(name, what, bound):
    return Target(what + ": rate / ceiling", lambda m: m.of("ratio", name), bound, at_least=True, percent=True)


def cost_of(what, above, below, bound, **options):
    return Target(what, lambda m: m.quotient("cost_us", above, below), bound, **options)


def rate_against(what, above, below, bound):
    return Target(what, lambda m: m.quotient("rate", above, below), bound, at_least=True)


TARGETS = [
    of_ceiling("get", "GET by id", 0.85),
    *(of_ceiling(name, what, 0.70) for name, what in EQUALITIES),
    *(cost_of(what + ": cost at 1,000,000 / at 10,000", (name, MILLION), (name, SMALL), 1.3)
      for name, what in [("get", "GET by id"), *EQUALITIES]),
    cost_of("deep page by cursor: cost / first page", ("deepCursor",), ("listCursor",), 1.2),
    cost_of("deep page by index: cost / first page", ("deepIndex",), ("list",), 3),
    *(cost_of("member of 100,000: cost / member of 100, %d clients" % clients,
              ("member100000", None, clients), ("member100", None, clients), 1.5) for clients in (1, 8)),
    cost_of("userName co, few found: cost / scan", ("co", MILLION), ("scan", MILLION), 0.03, percent=True),
    rate_against("POST: rate of 8 clients / of 1", ("create", None, 8), ("create", None, 1), 3),
    rate_against("PATCH active: rate of 8 clients / of 1", ("active", None, 8), ("active", None, 1), 3),
]

# "Ahead of SCIM-SDK", whose rates of POST and PATCH were 13 and 3.5 times those of django-scim2-server on one machine.
DJANGO_TARGETS = [("get", 12), ("userName", 200), ("emails", 200), ("list", 50), ("create", 13), ("active", 3.5),
                  ("member1000", 150)]


def django_targets(rows):
    """The rates of django-scim2-server are rows of workloads that are called django.NAME."""
    size = next((row["size"] for row in rows if row["workload"].startswith("django.")), None)
    return [rate_against("%s: rate / django-scim2-server, %s users" % (name, size), (name, size), ("django." + name, size), bound)
            for name, bound in DJANGO_TARGETS if size]


def memory_targets(directories):
    """Of the largest directory."""
    largest = max(directories, key=lambda d: d["size"])
    return [
        Target("GET by id: most MB resident, SQLite's cache included", lambda m: m.of("peak_mb", "get"), 15),
        Target("GET of a group of 100,000: the same", lambda m: m.of("peak_mb", "group100000"), 15),
        Target("start to first answer: ms", lambda m: largest["start_ms"], 20),
        Target("scimctl get: time / sqlite3 that selects the row", lambda m: largest["command_ms"] / largest["sqlite3_ms"], 2),
        Target("import of 1,000,000 users: s", lambda m: {d["size"]: d for d in directories}[MILLION]["users_seconds"], 60),
        Target("database / JSON", lambda m: largest["database_bytes"] / (largest["users_bytes"] + largest["groups_bytes"]), 3),
    ]


def judged(rows, directories):
    """What of it was measured in this run: [what, value as text, bound as text, whether it is met]."""
    measured = Measured(rows)
    result = []
    for target in TARGETS + django_targets(rows) + memory_targets(directories):
        try:
            value = target.measure(measured)
        except KeyError:
            continue
        result.append([target.what, target.text(value), (">= " if target.at_least else "<= ") + target.text(target.bound),
                       target.met(value)])
    return result
