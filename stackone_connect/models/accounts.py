"""What StackOne holds for an organization."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Case, Q, When
from django.utils.translation import gettext_lazy as _

from stackone_connect import clock, conf
from stackone_connect.choices import AccountStatus
from stackone_connect.models import indexes
from stackone_connect.models.fields import ExactCharField, InstantField
from stackone_connect.models.owners import OriginOwner
from stackone_connect.models.querysets import PrimaryQuerySet


class LinkedAccountQuerySet(PrimaryQuerySet["LinkedAccount"]):
    """The words in which accounts are asked for. Every read starts from an owner."""

    def of(self, owner: OriginOwner) -> LinkedAccountQuerySet:
        """The owner's own accounts, of whatever type: for writing down what StackOne answered."""
        return self.filter(owner=owner)

    def ours(self, owner: OriginOwner) -> LinkedAccountQuerySet:
        """The owner's own accounts of our type: what its organization may see and change."""
        return self.of(owner).filter(type__in=conf.project(owner.project).our_types)

    def of_our_types(self) -> LinkedAccountQuerySet:
        """The accounts of all owners that are of our type in their StackOne project."""
        ours = Q()
        for project in conf.projects().values():
            ours |= Q(owner__project=project.name, type__in=project.our_types)
        return self.filter(ours)

    def connected(self) -> LinkedAccountQuerySet:
        """Those that still exist at StackOne, whatever their status."""
        return self.filter(disconnected_at=None)

    def usable(self) -> LinkedAccountQuerySet:
        """Those whose data can be asked for now, and that nobody asked to disconnect."""
        return self.connected().filter(status=AccountStatus.ACTIVE, disconnect_requested_at=None)

    def broken(self) -> LinkedAccountQuerySet:
        """Those that need reconnecting: the same rule as ``needs_reconnect``, as a query."""
        return self.connected().filter(status=AccountStatus.ERROR, disconnect_requested_at=None)

    def broken_first(self) -> LinkedAccountQuerySet:
        """Those that need reconnecting first, then the newest."""
        is_broken = Q(
            status=AccountStatus.ERROR, disconnect_requested_at=None, disconnected_at=None
        )
        rank = Case(When(is_broken, then=0), default=1, output_field=models.SmallIntegerField())
        return self.order_by(rank, "-created_at", "-id")

    def unjudged(self) -> LinkedAccountQuerySet:
        """Those that a sync has written and that are not judged yet."""
        # Not ``is_judged=False``: "NOT is_judged" is found by no index on SQLite.
        return self.filter(is_judged__in=[False])

    def to_disconnect(self, *, at: datetime | None = None) -> LinkedAccountQuerySet:
        """Those that somebody asked to disconnect while StackOne did not answer, and are due."""
        return self.connected().filter(
            disconnect_requested_at__isnull=False, next_disconnect_at__lte=at or clock.now()
        )


class LinkedAccount(models.Model):
    """A linked account as StackOne last described it. Written by ``services._reconcile`` only.

    ``status`` is StackOne's word, also one we do not know. ``fetched_at`` is when the answer behind
    this row was asked for, and ``fetched_number`` its place in the order of all that was asked: an
    answer asked for earlier is dropped. ``is_judged`` says that sessions were judged by what is
    written here: a sync writes first and judges afterwards.
    """

    owner = models.ForeignKey(
        OriginOwner,
        on_delete=models.PROTECT,
        related_name="accounts",
        verbose_name=_("owner"),
        db_index=False,  # others begin with it
    )
    account_id = ExactCharField(_("account id"), max_length=255)
    provider = ExactCharField(_("provider"), max_length=255, blank=True)
    provider_name = models.CharField(_("provider name"), max_length=255, blank=True)
    type = ExactCharField(_("type"), max_length=255, blank=True)
    status = ExactCharField(_("status"), max_length=255, blank=True)
    status_reasons = models.JSONField(_("status reasons"), default=list, blank=True)
    origin_owner_name = models.CharField(_("origin owner name"), max_length=255, blank=True)
    origin_username = models.CharField(_("origin username"), max_length=255, blank=True)
    label = models.CharField(
        _("label"), max_length=255, blank=True, help_text=_("The name that people gave it.")
    )
    stackone_label = models.CharField(
        _("label at StackOne"),
        max_length=255,
        blank=True,
        # Workers of the release before write rows without it while this one is rolled out.
        db_default="",
        help_text=_("What StackOne last said: its label counts here when it changes there."),
    )
    categories = models.JSONField(_("categories"), default=list, blank=True)
    stackone_created_at = InstantField(_("linked at"), null=True, blank=True)
    stackone_updated_at = InstantField(_("updated at"), null=True, blank=True)
    event_at = InstantField(
        _("updated by event at"),
        null=True,
        blank=True,
        help_text=_("The newest date of a verified account.updated event."),
    )
    disconnect_requested_at = InstantField(_("disconnect requested at"), null=True, blank=True)
    next_disconnect_at = InstantField(_("next try to disconnect at"), null=True, blank=True)
    disconnected_at = InstantField(_("disconnected at"), null=True, blank=True)
    fetched_at = InstantField(_("fetched at"))
    fetched_number = models.BigIntegerField(
        _("fetch number"), default=0, db_default=0, editable=False
    )
    is_judged = models.BooleanField(_("judged"), default=True, db_default=True, editable=False)
    created_at = InstantField(_("first seen at"), default=clock.now)

    objects = LinkedAccountQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("linked account")
        verbose_name_plural = _("linked accounts")
        ordering = ("-created_at", "-id")
        indexes = indexes.ACCOUNTS
        constraints = [
            models.UniqueConstraint(fields=["owner", "account_id"], name="stackone_account_unique"),
            models.CheckConstraint(condition=~Q(account_id=""), name="stackone_account_not_blank"),
        ]

    def __str__(self) -> str:
        return f"{self.display_name} {self.account_id}"

    @property
    def display_name(self) -> str:
        """The provider's name and the label: what people tell their accounts apart by."""
        provider = self.provider_name or self.provider
        return f"{provider} ({self.label})" if self.label else provider

    @property
    def changed_at(self) -> datetime | None:
        """When the account last changed, by StackOne's clock."""
        times = (self.stackone_created_at, self.stackone_updated_at, self.event_at)
        return max((time for time in times if time is not None), default=None)

    @property
    def needs_reconnect(self) -> bool:
        """Whether its credentials must be given again. Only ``error`` says so: ``expired`` is a
        test account that ended, and ``suspended`` can't be lifted by API (StackOne notes §5.3).

        ``LinkedAccountQuerySet.broken`` is the same rule as a query.
        """
        going = self.disconnected_at is not None or self.disconnect_requested_at is not None
        return not going and self.status == AccountStatus.ERROR
