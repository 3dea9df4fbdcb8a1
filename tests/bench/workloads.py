# SPDX-License-Identifier: MIT
"""The workloads, as data: what requests there are, over which directory."""
import dataclasses
import json
import random
import typing
import urllib.parse

from site_of import harness


@dataclasses.dataclass
class Workload:
    name: str
    what: str
    lines: typing.Callable  # Directory -> requests, each "METHOD TARGET STATUS [BODY]"
    connections: int = 8
    writes: bool = False
    once: bool = False  # each request can be made once only
    needs: int = 0      # users


def line(method, path, status=200, body=None, **query):
    target = harness.BASE + path + ("?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote) if query else "")
    text = "%s %s %d" % (method, target, status)
    return text if body is None else text + " " + json.dumps(body, ensure_ascii=False)


def over_sample(make):
    """A request for each user of the sample, in an order that is no order of the database."""
    def lines(directory):
        users = list(directory.sample)
        random.Random(1).shuffle(users)
        return [make(user) for user in users]
    return lines


def find_users(text):
    """A filter with {userName}, {externalId}, {mail} or {id}."""
    return over_sample(lambda u: line("GET", "/Users", filter=fill(text, u)))


def fill(text, user):
    return text.format(userName=user["userName"], externalId=user["externalId"], mail=user["emails"][0]["value"], id=user["id"])


WORKLOADS = [
    Workload("get", "GET of a user by id", over_sample(lambda u: line("GET", "/Users/" + u["id"]))),
    Workload("userName", "userName eq", find_users('userName eq "{userName}"')),
    Workload("externalId", "externalId eq", find_users('externalId eq "{externalId}"')),
    Workload("emails", "emails.value eq", find_users('emails.value eq "{mail}"')),
    Workload("emailsType", 'emails[type eq "work" and value eq]', find_users('emails[type eq "work" and value eq "{mail}"]')),
    Workload("members", "groups by members.value eq", over_sample(
        lambda u: line("GET", "/Groups", filter='members.value eq "%s"' % u["id"], excludedAttributes="members"))),
    Workload("list100", "a list of 100 users", lambda d: [line("GET", "/Users", count=100)]),
]
