# SPDX-License-Identifier: MIT
"""The workloads, as data: what requests there are, over which directory."""
import dataclasses
import json
import random
import re
import typing
import urllib.parse

from site_of import harness

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
DEEP = 100000    # resources before a deep page
PAGE = 100
BULK = 1000      # operations
FASTEST = 6000   # requests a second that are prepared, of those that can be made once only


@dataclasses.dataclass
class World:
    """What requests are made of."""
    directory: typing.Any
    site: typing.Any
    seconds: float


@dataclasses.dataclass
class Workload:
    name: str
    what: str
    lines: typing.Callable    # World -> requests, each "METHOD TARGET STATUS [BODY]"
    clients: tuple = (8,)
    once: bool = False        # each request can be made once only
    group: int = 0            # the size of the group that it is about, which must be there
    slices: int = 6
    check: typing.Callable = None  # of one answer's JSON: whether it is what was wanted


def line(method, path, status="200", body=None, **query):
    target = harness.BASE + path
    if query:
        target += "?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote)
    text = "%s %s %s" % (method, target, status)
    if body is None:
        return text
    return text + " " + (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False))


def patch(path, *operations):
    return line("PATCH", path, "2xx", {"schemas": [PATCH_URN], "Operations": list(operations)})


def shuffled(world):
    """The sample in an order that is no order of the database, the same for all workloads."""
    users = list(world.directory.sample)
    random.Random(1).shuffle(users)
    return users


def over_sample(make):
    return lambda world: [make(user) for user in shuffled(world)]


def there_and_back(users, there, back):
    """Changes and their opposites, so that each of them changes something: in blocks, longer than there are clients."""
    lines = []
    for i in range(0, len(users), 64):
        lines += [there(user) for user in users[i:i + 64]]
        lines += [back(user) for user in users[i:i + 64]]
    return lines


def words(user):
    """What filters of a user are made of."""
    name = re.match(r"(\w+\.\w+?)(\d+)@", user["userName"])
    return {"userName": user["userName"], "externalId": user["externalId"], "mail": user["emails"][0]["value"], "id": user["id"],
            "start": name[1] + name[2][:-1], "inside": name[1].partition(".")[2][-4:] + name[2]}


def found_one(answer):
    return answer["totalResults"] >= 1


def find_users(template):
    """A filter with the words in braces."""
    return over_sample(lambda user: line("GET", "/Users", filter=template.format_map(words(user))))


def deep_index(world):
    deep = min(DEEP, world.directory.size - PAGE)
    return [line("GET", "/Users", count=PAGE, startIndex=deep + 1)]


def deep_cursor(world):
    """As deep, by cursor: the walk to there, page by page, is not measured."""
    answer = world.site.http("GET", "/Users?cursor&count=%d" % PAGE).json()
    for _ in range((min(DEEP, world.directory.size) - PAGE) // PAGE - 1):
        answer = world.site.http("GET", "/Users?count=%d&cursor=%s" % (PAGE, answer["nextCursor"])).json()
    return [line("GET", "/Users", count=PAGE, cursor=answer["nextCursor"])]


def create(world):
    count = int(FASTEST * max(world.seconds, 0.1))
    return [line("POST", "/Users", 201, user) for user in world.directory.new_users(count)]


def put(world):
    def titled(title):
        def make(user):
            body = {k: v for k, v in user.items() if k not in ("id", "meta", "groups")}
            return line("PUT", "/Users/" + user["id"], 200, dict(body, title=title))
        return make
    return there_and_back(shuffled(world), titled("Head of Everything"), titled("Head of Nothing"))


def patch_active(world):
    def active(value):
        return lambda user: patch("/Users/" + user["id"], {"op": "replace", "path": "active", "value": value})
    return there_and_back(shuffled(world), active(False), active(True))


def members(size):
    def lines(world):
        path = "/Groups/" + world.directory.groups[size]
        return there_and_back(
            world.directory.outsiders,
            lambda user: patch(path, {"op": "add", "path": "members", "value": [{"value": user["id"]}]}),
            lambda user: patch(path, {"op": "remove", "path": 'members[value eq "%s"]' % user["id"]}))
    return lines


def group(size, **query):
    return lambda world: [line("GET", "/Groups/" + world.directory.groups[size], **query)]


def bulk(world):
    """Of PATCHes of the same users: what creates would, but for the growth of the database, and as often as wanted."""
    def body(title):
        operations = [{"method": "PATCH", "path": "/Users/" + user["id"], "data": {"schemas": [PATCH_URN], "Operations": [
            {"op": "replace", "path": "title", "value": title}]}} for user in shuffled(world)[:BULK]]
        return line("POST", "/Bulk", 200, {"schemas": [BULK_URN], "Operations": operations})
    return [body("Head of Bulk"), body("Head of Detail")]


def bulk_create(world):
    def body():
        operations = [{"method": "POST", "path": "/Users", "bulkId": str(i), "data": json.loads(user)}
                      for i, user in enumerate(world.directory.new_users(BULK))]
        return line("POST", "/Bulk", 200, {"schemas": [BULK_URN], "Operations": operations})
    return [body() for _ in range(3 + int(8 * world.seconds))]


def all_done(answer):
    return all(operation["status"][0] == "2" for operation in answer["Operations"])


BOTH = (1, 8)  # clients: what one waits for, and what several can share

WORKLOADS = [
    Workload("get", "GET of a user by id", over_sample(lambda user: line("GET", "/Users/" + user["id"]))),
    Workload("userName", "userName eq", find_users('userName eq "{userName}"'), check=found_one),
    Workload("externalId", "externalId eq", find_users('externalId eq "{externalId}"'), check=found_one),
    Workload("emails", "emails.value eq", find_users('emails.value eq "{mail}"'), check=found_one),
    Workload("emailsType", 'emails[type eq "work" and value eq]', find_users('emails[type eq "work" and value eq "{mail}"]'),
             check=found_one),
    Workload("members", "groups by members.value eq", over_sample(
        lambda user: line("GET", "/Groups", filter='members.value eq "%s"' % user["id"], excludedAttributes="members"))),
    Workload("sw", "userName sw, few found", find_users('userName sw "{start}"'), check=found_one),
    Workload("co", "userName co, few found", find_users('userName co "{inside}"'), check=found_one),
    Workload("scan", "nickName co: no index", lambda world: [line("GET", "/Users", filter='nickName co "zzq"')], slices=3),
    Workload("list", "first 100 users", lambda world: [line("GET", "/Users", count=PAGE)]),
    Workload("listCursor", "first 100 users, by cursor", lambda world: [line("GET", "/Users?cursor&count=%d" % PAGE)]),
    Workload("deepIndex", "100 users from 100,000th", deep_index),
    Workload("deepCursor", "100 users from 100,000th, by cursor", deep_cursor),
    Workload("create", "POST of a user", create, clients=BOTH, once=True),
    Workload("put", "PUT of a user", put, clients=BOTH),
    Workload("active", "PATCH of active", patch_active, clients=BOTH),
    *(Workload("member%d" % size, "add, remove a member of {:,}".format(size), members(size), clients=BOTH, group=size)
      for size in (100, 1000, 10000, 100000)),
    *(Workload("group%d" % size, "GET of a group of {:,}".format(size), group(size), group=size, slices=3)
      for size in (100, 10000, 100000)),
    *(Workload("bare%d" % size, "GET of a group of {:,}, no members".format(size), group(size, excludedAttributes="members"),
               group=size) for size in (100, 10000, 100000)),
    Workload("bulk", "bulk of 1,000 PATCH", bulk, clients=(1,), slices=3, check=all_done),
    Workload("bulkCreate", "bulk of 1,000 POST", bulk_create, clients=(1,), once=True, slices=3,
             check=all_done),
]

# What more than one node is measured with.
SEVERAL_NODES = ("get", "userName", "emails", "list", "create", "put", "active", "member100", "member1000", "member100000")


def measurements(workloads, directory, nodes=1):
    """Pairs of a workload and a number of clients: one client alone is at one node at a time, however many there are."""
    possible = [w for w in workloads if w.group in directory.groups or not w.group]
    if nodes == 1:
        return [(w, clients) for w in possible for clients in w.clients]
    return [(w, max(w.clients)) for w in possible if w.name in SEVERAL_NODES]
