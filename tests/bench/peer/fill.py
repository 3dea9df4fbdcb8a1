# SPDX-License-Identifier: MIT
"""Fills the database of the settings with users and groups of bench_data, and prints what data.Directory knows of its own.

usage: fill.py USERS_FILE GROUPS_FILE COUNT      the users after the first COUNT are outsiders
"""
import json
import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
import django  # noqa: E402

django.setup()
from django.contrib.auth.models import Group, User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django_scim2_server.models import SCIMGroup, SCIMUser  # noqa: E402

BATCH = 500
SAMPLE = 2000


def lines(file):
    with open(file) as opened:
        for line in opened:
            yield json.loads(line)


def add_users(file):
    bodies = list(lines(file))
    users = User.objects.bulk_create([User(
        username=body["userName"], email=body["emails"][0]["value"], first_name=body["name"]["givenName"],
        last_name=body["name"]["familyName"], is_active=body["active"], password="!") for body in bodies], BATCH)
    return SCIMUser.objects.bulk_create([SCIMUser(
        user=user, external_id=body["externalId"], scim_username=user.username, active=user.is_active)
        for user, body in zip(users, bodies)], BATCH)


def add_groups(file, scim_users):
    """The ids of those of a stated size."""
    by_name = {"userName=" + user.scim_username: user.user_id for user in scim_users}
    sized = {}
    for body in lines(file):
        group = Group.objects.create(name=body["displayName"])
        scim = SCIMGroup.objects.create(group=group, display_name=group.name)
        group.user_set.through.objects.bulk_create(
            [group.user_set.through(group_id=group.id, user_id=by_name[member["value"]]) for member in body["members"]], BATCH)
        if group.name.startswith("size-"):
            sized[group.name[5:]] = str(scim.id)
    return sized


def described(user):
    return {"id": str(user.id), "userName": user.scim_username, "externalId": user.external_id,
            "emails": [{"value": user.user.email}], "active": user.active}


call_command("migrate", verbosity=0)
count = int(sys.argv[3])
with transaction.atomic():
    User.objects.create_superuser("root", "root@example.com", "of all trees")
    made = add_users(sys.argv[1])
    groups = add_groups(sys.argv[2], made)
step = max(1, count // SAMPLE)
print(json.dumps({"sample": [described(user) for user in made[:count:step][:SAMPLE]],
                  "outsiders": [described(user) for user in made[count:]], "groups": groups}))
