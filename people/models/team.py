"""Teams, and the roles people hold in them."""

from django.conf import settings
from django.db import models

from people.states import Role


class Team(models.Model):
    """A group of people who own use cases and datasets together."""

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=100, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """One role of one person in one team."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="grants"
    )
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=10, choices=Role.choices)

    class Meta:
        ordering = ["team_id", "user_id", "role"]
        constraints = [
            models.UniqueConstraint(
                name="people_a_role_is_granted_once_per_team",
                fields=["user", "team", "role"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} in {self.team}"
