"""Environments: the places where models run."""

from django.db import transaction

from models_registry import events, permissions
from models_registry.models import Environment
from models_registry.services.validation import check_fields
from people.errors import Conflict
from people.models import User
from trail import services as trail


@transaction.atomic
def create(name: str, description: str = "", *, by: User) -> Environment:
    """Set up an environment. Raises NotPermitted, Conflict (name taken) or Malformed."""
    permissions.check_may_create_environments(by)
    if Environment.objects.filter(name=name).exists():
        raise Conflict(f"there is an environment named {name} already")
    environment = Environment(name=name, description=description)
    check_fields(environment)
    environment.save(force_insert=True)
    detail = {"name": name}
    trail.record(events.ENVIRONMENT_CREATED, by=by, subject=environment, detail=detail)
    return environment
