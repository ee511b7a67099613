"""Make dj-stripe's tables, a webhook endpoint and as many customers as are asked for.

Usage: python prepare.py UUID SECRET CUSTOMERS
"""

from __future__ import annotations

import os
import sys

import django
from django.core.management import call_command


def main(uuid: str, secret: str, customers: str) -> None:
    """Prepare the database of the settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    django.setup()
    from djstripe.models import Account, APIKey, Customer, WebhookEndpoint
    from djstripe.settings import djstripe_settings

    call_command("migrate", run_syncdb=True, verbosity=0)
    account = Account.objects.create(id="acct_bench", livemode=False, stripe_data={})
    APIKey.objects.create(
        secret=djstripe_settings.STRIPE_SECRET_KEY,
        type="secret",
        livemode=False,
        djstripe_owner_account=account,
    )
    WebhookEndpoint.objects.create(
        id="we_bench",
        djstripe_uuid=uuid,
        secret=secret,
        livemode=False,
        djstripe_owner_account=account,
        url="http://127.0.0.1/",
        status="enabled",
        enabled_events=["*"],
        api_version="2020-08-27",
        djstripe_validation_method="verify_signature",
    )
    Customer.objects.bulk_create(
        Customer(id=f"cus_{number}", livemode=False, stripe_data={"id": f"cus_{number}"})
        for number in range(int(customers))
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
