"""How StackOne knows an organization."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stackone_connect import clock, conf
from stackone_connect.models.fields import InstantField


class OriginOwner(models.Model):
    """The origin owner of one organization: the id and the name that StackOne gets, pinned.

    StackOne's guide makes the name part of what decides between creating and updating an account,
    so the name stays what it was at the first pin, even when the organization is renamed.
    """

    organization = models.OneToOneField(
        conf.organization_model(),
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("organization"),
    )
    origin_owner_id = models.CharField(_("origin owner id"), max_length=255, unique=True)
    origin_owner_name = models.CharField(
        _("origin owner name"),
        max_length=255,
        help_text=_("The name StackOne knows. It does not follow the organization's name."),
    )
    accounts_read_at = InstantField(
        _("accounts read at"),
        null=True,
        blank=True,
        help_text=_("When StackOne first told us this owner's accounts. Empty: not yet."),
    )
    look_failed_at = InstantField(_("look failed at"), null=True, blank=True)
    pinned_at = InstantField(_("pinned at"), default=clock.now)
    touched_at = InstantField(_("touched at"), default=clock.now)

    class Meta:
        verbose_name = _("origin owner")
        verbose_name_plural = _("origin owners")
        constraints = [
            models.CheckConstraint(
                condition=~Q(origin_owner_id="") & ~Q(origin_owner_name=""),
                name="stackone_owner_not_blank",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.origin_owner_name} ({self.origin_owner_id})"
