"""How StackOne knows an organization, and what stays of one that is gone."""

from __future__ import annotations

import hashlib
import json
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stackone_connect import clock, conf
from stackone_connect.conf.rules import DEFAULT_PROJECT
from stackone_connect.entities import AccountSnapshot
from stackone_connect.models.deletion import organization_deleted
from stackone_connect.models.fields import ExactCharField, InstantField
from stackone_connect.models.querysets import PrimaryQuerySet


class OriginOwnerQuerySet(PrimaryQuerySet["OriginOwner"]):
    """The words in which owners are asked for."""

    def named(self, *, project: str, origin_owner_id: str) -> Self:
        """The owner that a StackOne project knows by this id: one row, or none."""
        return self.filter(project=project, origin_owner_id=origin_owner_id)

    def without_organization(self) -> Self:
        """Those whose organization the host has deleted."""
        return self.filter(organization=None)

    def with_connected_accounts(self) -> Self:
        """Those of which StackOne still holds an account that is ours.

        Of a project that the settings do not describe now, any account may be.
        """
        known = conf.usable_projects()
        ours = models.Q(accounts__isnull=False) & ~models.Q(project__in=list(known))
        for project in known.values():
            ours |= models.Q(project=project.name, accounts__type__in=project.our_types)
        return self.filter(ours, accounts__disconnected_at=None).distinct()


class OriginOwner(models.Model):
    """The origin owner of one organization: the id and the name that StackOne gets, pinned.

    StackOne's guide makes the name part of what decides between creating and updating an account,
    so the name stays what it was at the first pin, even when the organization is renamed. So does
    ``project``, the name of the StackOne project (``PROJECTS``) that the organization is in.

    ``organization`` is empty once the host has deleted it: the row then stays only until
    ``stackone_process`` has disconnected its accounts.
    """

    organization = models.OneToOneField(
        conf.organization_model(),
        on_delete=organization_deleted,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("organization"),
    )
    project = ExactCharField(_("StackOne project"), max_length=64, default=DEFAULT_PROJECT)
    origin_owner_id = ExactCharField(_("origin owner id"), max_length=255)
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

    objects = OriginOwnerQuerySet.as_manager()

    #: Why this owner's organization could not be deleted, while Django says so.
    why_kept = ""

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("organization at StackOne")
        verbose_name_plural = _("organizations at StackOne")
        indexes = [
            models.Index(fields=["origin_owner_name", "id"], name="stackone_owner_name"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "origin_owner_id"], name="stackone_owner_unique"
            ),
            models.CheckConstraint(
                condition=~Q(origin_owner_id="") & ~Q(origin_owner_name=""),
                name="stackone_owner_not_blank",
            ),
        ]

    def __str__(self) -> str:
        name = f"{self.origin_owner_name} ({self.origin_owner_id})"
        return f"{name}: {self.why_kept}" if self.why_kept else name

    def owns(self, account: AccountSnapshot) -> bool:
        """Whether an account, as StackOne describes it, is this owner's and of our type.

        An account of the other type belongs to another environment on the same StackOne project: it
        is never recorded, shown or changed here. One without a type counts as ours.
        """
        is_ours = conf.project(self.project).is_ours
        return account.origin_owner_id == self.origin_owner_id and is_ours(account.type)


class OwnerTombstoneQuerySet(PrimaryQuerySet["OwnerTombstone"]):
    """Read where it is written; nothing else is asked of it."""


class OwnerTombstone(models.Model):
    """An owner id that was given up with accounts or open links behind it.

    It must not be pinned again by another organization unless somebody says so: an old link may
    still connect the former customer's account under it. Only a digest is kept, nobody's data.
    """

    digest = ExactCharField(_("digest"), max_length=64, unique=True)
    organization_digest = ExactCharField(
        _("organization's digest"),
        max_length=64,
        blank=True,
        help_text=_("Of the organization that may use the id again; empty once it is deleted."),
    )
    created_at = InstantField(_("created at"), default=clock.now)

    objects = OwnerTombstoneQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("offboarded owner")
        verbose_name_plural = _("offboarded owners")

    def __str__(self) -> str:
        return self.digest[:12]

    @staticmethod
    def digest_of(*parts: object) -> str:
        """The digest of an owner (project, id), or of an organization (its key)."""
        return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()
