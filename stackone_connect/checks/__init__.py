"""System checks. Every id has a line in ``docs/checks.md`` and a test.

All carry the tag ``stackone_connect``, so that ``check --tag stackone_connect`` runs them alone.
"""

from stackone_connect.checks.caches import redis_has_time_limits, the_throttle_counts_right
from stackone_connect.checks.databases import (
    every_character_can_be_stored,
    ids_are_compared_exactly,
)
from stackone_connect.checks.dictionary import settings_are_sound, timeouts_fit_the_deadline
from stackone_connect.checks.host import (
    permissions_are_decided,
    somebody_can_sign_in,
    the_database_commits,
)
from stackone_connect.checks.packages import optional_packages_work
from stackone_connect.checks.pools import a_pool_has_more_than_wait_for_stackone
from stackone_connect.checks.projects import (
    a_laptop_is_not_production,
    environments_are_distinct,
    secrets_can_not_be_guessed,
    the_key_travels_encrypted,
    the_key_travels_encrypted_to_others,
    webhooks_can_be_verified,
)
from stackone_connect.checks.schemas import (
    a_refused_deletion_drops_no_schema,
    our_tables_are_shared,
)
from stackone_connect.checks.tenants import the_table_follows_the_setting, the_tenant_model_exists

__all__ = [
    "a_laptop_is_not_production",
    "a_pool_has_more_than_wait_for_stackone",
    "a_refused_deletion_drops_no_schema",
    "environments_are_distinct",
    "every_character_can_be_stored",
    "ids_are_compared_exactly",
    "optional_packages_work",
    "our_tables_are_shared",
    "permissions_are_decided",
    "redis_has_time_limits",
    "secrets_can_not_be_guessed",
    "settings_are_sound",
    "somebody_can_sign_in",
    "the_database_commits",
    "the_key_travels_encrypted",
    "the_key_travels_encrypted_to_others",
    "the_table_follows_the_setting",
    "the_tenant_model_exists",
    "the_throttle_counts_right",
    "timeouts_fit_the_deadline",
    "webhooks_can_be_verified",
]
