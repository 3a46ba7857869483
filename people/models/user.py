"""A person or a service account."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models

from people.states import AccountKind


class User(AbstractUser):
    """Somebody who can sign in, or a service account that only carries tokens.

    The trail names users by `ref`, an opaque identifier, so that its hashed bytes hold no
    personal data and outlive the account.
    """

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=AccountKind.choices, default=AccountKind.PERSON)

    def __str__(self) -> str:
        return self.get_full_name() or self.username
