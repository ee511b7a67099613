"""Tenant isolation tests: every URL of ``stackone_connect`` with another tenant's ids.

The shipped pages are tested where they are mounted.

Two tenants get sessions and accounts through the sandbox. Then each, with your clients, middleware,
resolver and views, requests everything of the other. The response must equal that for an id that
does not exist, nothing of the other may be in a list or a body, and no data may change, here or at
StackOne. The same holds for an account that moved to another tenant, an account of the other type,
and the accounts of a former customer whose owner id is used again.
"""

from __future__ import annotations

from contextlib import ExitStack
from unittest import mock

from django.conf import settings
from django.test import override_settings

from stackone_connect.testing.sandbox import sandboxed
from stackone_connect.testing.tenants import (
    _baseline,
    _injection_points,
    _lists,
    _moved_account,
    _other_account_type,
    _other_address,
    _pages,
    _reused_key,
)
from stackone_connect.testing.tenants._fixtures import Tenant, create_fixture
from stackone_connect.testing.tenants._probe import Prober
from stackone_connect.testing.tenants._report import Report, Violation
from stackone_connect.testing.tenants._write_watch import watch_writes

__all__ = ["Report", "Tenant", "Violation", "assert_tenants_are_denied", "try_tenants"]

#: Settings that would reject requests for reasons that have nothing to do with tenants.
_NEUTRAL = {
    "PROVIDERS": None,
    "CATEGORIES": None,
    "SESSION_DEFAULTS": None,
    "THROTTLE_RATE": None,
}


def assert_tenants_are_denied(first: Tenant, second: Tenant) -> None:
    """Raise ``AssertionError``, with the report, if a tenant can see or change the other's data.

    The test must have a database. Raises as :func:`try_tenants` does.
    """
    report = try_tenants(first, second)
    if report.violations:
        raise AssertionError(str(report))


def try_tenants(first: Tenant, second: Tenant) -> Report:
    """Test each tenant against the other and return the report. Takes some seconds.

    In the end both are offboarded and the first organization is deleted; the test's transaction
    rolls that back. Raises ``ValueError`` where the result would prove nothing: for one
    organization twice, for a client that does not act for its tenant, and for clients that are
    forbidden everything.
    """
    if first.organization == second.organization:
        raise ValueError("Give two tenants of different organizations.")
    report = Report()
    with ExitStack() as stack:
        sandbox = stack.enter_context(sandboxed())
        neutral = {**settings.STACKONE_CONNECT, **_NEUTRAL}
        stack.enter_context(override_settings(STACKONE_CONNECT=neutral))
        tenants = [create_fixture(tenant, sandbox) for tenant in (first, second)]
        for tenant in tenants:
            # An exception in a view is a violation; the next URL is still tested.
            stack.enter_context(mock.patch.object(tenant.client, "raise_request_exception", False))
        one, two = tenants
        writes = stack.enter_context(watch_writes())
        probers = (
            Prober(acting=one, other=two, writes=writes, report=report),
            Prober(acting=two, other=one, writes=writes, report=report),
        )
        allowed = [name for prober in probers for name in _baseline.read(prober)]
        allowed += [name for prober in probers for name in _pages.baseline(prober)]
        for prober in probers:
            _injection_points.probe(prober)
            _pages.probe(prober)
        _lists.read(probers[0], other_prober=probers[1])
        _lists.read(probers[1], other_prober=probers[0])
        for prober in probers:
            _other_address.probe(prober)
            _other_account_type.probe(prober, sandbox)
            _moved_account.probe(prober, sandbox)
        allowed += [name for prober in probers for name in _baseline.change(prober, sandbox)]
        _reused_key.probe(probers[1], sandbox)
    if not allowed:
        raise ValueError("These clients are forbidden everything, so nothing can be tested.")
    return report
