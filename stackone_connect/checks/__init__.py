"""System checks. Every id has a line in ``docs/checks.md`` and a test.

All carry the tag ``stackone_connect``, so that ``check --tag stackone_connect`` runs them alone.
"""

from stackone_connect.checks.dictionary import settings_are_sound, timeouts_fit_the_deadline
from stackone_connect.checks.host import (
    a_laptop_is_not_production,
    permissions_are_decided,
    somebody_can_sign_in,
    the_throttle_is_shared,
    webhooks_can_be_verified,
)
from stackone_connect.checks.tenants import the_table_follows_the_setting, the_tenant_model_exists

__all__ = [
    "a_laptop_is_not_production",
    "permissions_are_decided",
    "settings_are_sound",
    "somebody_can_sign_in",
    "the_table_follows_the_setting",
    "the_tenant_model_exists",
    "the_throttle_is_shared",
    "timeouts_fit_the_deadline",
    "webhooks_can_be_verified",
]
