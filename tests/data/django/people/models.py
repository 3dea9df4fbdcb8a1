# SPDX-License-Identifier: MIT
"""A custom user model: another table, another type of key, one more column."""
import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class Person(AbstractUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    employee_number = models.CharField(max_length=20, blank=True)
