"""The tenant-denial battery: every address of ours, at your mount, with another tenant's ids.

Two tenants get sessions and accounts through the sandbox. Then each, with your own clients, through
your own middleware, resolver and views, tries all that is the other's. Whatever is another's must
answer exactly as what does not exist, appear in no list and no body, and stay as it is: in our rows
and at StackOne.
"""

from __future__ import annotations

from contextlib import ExitStack
from unittest import mock

from django.conf import settings
from django.test import override_settings

from stackone_connect.testing.sandbox import sandboxed
from stackone_connect.testing.tenants import lists, own, places
from stackone_connect.testing.tenants.asking import Asker
from stackone_connect.testing.tenants.possessions import Tenant, give
from stackone_connect.testing.tenants.report import Finding, Report
from stackone_connect.testing.tenants.rows import watched

__all__ = ["Finding", "Report", "Tenant", "assert_tenants_are_denied", "try_tenants"]

#: What would stand in the battery's own way, and has nothing to do with tenants.
_UNHINDERED = {
    "PROVIDERS": None,
    "CATEGORIES": None,
    "SESSION_DEFAULTS": None,
    "THROTTLE_RATE": None,
}


def assert_tenants_are_denied(first: Tenant, second: Tenant) -> None:
    """Fail, with the report, if either of two tenants can reach or see what is the other's.

    The test must have a database. Raises as :func:`try_tenants` does.
    """
    report = try_tenants(first, second)
    if report.findings:
        raise AssertionError(str(report))


def try_tenants(first: Tenant, second: Tenant) -> Report:
    """Try everything, both ways round, and report. Takes some seconds.

    Rows are left behind; the test's transaction takes them away. Raises ``ValueError`` where
    nothing would be shown: for one organization twice, and for clients that do not act for theirs
    or may do nothing at all.
    """
    if first.organization == second.organization:
        raise ValueError("Give two tenants of different organizations.")
    report = Report()
    with ExitStack() as stack:
        sandbox = stack.enter_context(sandboxed())
        unhindered = {**settings.STACKONE_CONNECT, **_UNHINDERED}
        stack.enter_context(override_settings(STACKONE_CONNECT=unhindered))
        tenants = [give(tenant, sandbox) for tenant in (first, second)]
        for tenant in tenants:
            # A view that breaks is a finding, and the next one is tried.
            stack.enter_context(mock.patch.object(tenant.client, "raise_request_exception", False))
        one, two = tenants
        rows = stack.enter_context(watched())
        askers = (
            Asker(acting=one, other=two, rows=rows, report=report),
            Asker(acting=two, other=one, rows=rows, report=report),
        )
        may = [name for asker in askers for name in own.read(asker)]
        for asker in askers:
            places.put_ids(asker)
        lists.read(askers[0], others=askers[1])
        lists.read(askers[1], others=askers[0])
        may += [name for asker in askers for name in own.change(asker)]
    if not may:
        raise ValueError("These clients may do nothing at all, so nothing can be shown.")
    return report
