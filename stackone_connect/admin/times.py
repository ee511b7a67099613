"""How long ago something was, in the words that people use."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stackone_connect import clock

#: From here on a date says more than a number of days.
_DATED = timedelta(days=60)
#: What was before midnight is no other day yet, to people.
_SAME_DAY = timedelta(hours=12)


def ago(at: datetime, *, now: datetime | None = None) -> str:
    """``yesterday``, ``3 days ago``, or the date of what was longer ago; for inside a sentence.

    Days are those of the calendar in the current time zone. What is in the future reads as now:
    clocks of two servers differ.
    """
    now = now or clock.now()
    passed = now - at
    if passed < timedelta(minutes=1):
        return _("just now")
    if passed < timedelta(hours=1):
        minutes = passed // timedelta(minutes=1)
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", minutes) % {"n": minutes}
    days = (_local(now).date() - _local(at).date()).days
    if days == 0 or passed < _SAME_DAY:
        hours = passed // timedelta(hours=1)
        return ngettext("%(n)d hour ago", "%(n)d hours ago", hours) % {"n": hours}
    if days == 1:
        return _("yesterday")
    if passed < _DATED:
        return ngettext("%(n)d day ago", "%(n)d days ago", days) % {"n": days}
    return _("on %(date)s") % {"date": formats.date_format(_local(at), "DATE_FORMAT")}


def lasting(seconds: float) -> str:
    """A duration in its largest whole unit: ``30 minutes``, ``5 days``."""
    count = int(seconds)
    if count and not count % 86_400:
        return ngettext("%(n)d day", "%(n)d days", count // 86_400) % {"n": count // 86_400}
    if count and not count % 3_600:
        return ngettext("%(n)d hour", "%(n)d hours", count // 3_600) % {"n": count // 3_600}
    if count and not count % 60:
        return ngettext("%(n)d minute", "%(n)d minutes", count // 60) % {"n": count // 60}
    return ngettext("%(n)d second", "%(n)d seconds", count) % {"n": count}


def _local(at: datetime) -> datetime:
    return at.astimezone(timezone.get_current_timezone())
