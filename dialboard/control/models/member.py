from django.conf import settings
from django.db import models

from dialboard.control.models.account import Account


class Role(models.TextChoices):
    OWNER = "owner"
    MEMBER = "member"


class Member(models.Model):
    """A person's place in an account."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("account", "user"), name="member_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="member_role_known"),
        )

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} of {self.account_id}"
