from __future__ import annotations

from django.db import migrations
from django.db.models import Q

import stackone_connect.models.indexes


class Migration(migrations.Migration):
    """What needs somebody of one owner, however many accounts it has."""

    dependencies = [("stackone_connect", "0006_owner_verbose_name")]

    operations = [
        migrations.AddIndex(
            model_name="linkedaccount",
            index=stackone_connect.models.indexes.PartialIndex(
                fields=["owner", "status", "-created_at", "-id"],
                name="stackone_account_trouble",
                where=~Q(status="active", disconnect_requested_at=None) & Q(disconnected_at=None),
            ),
        ),
    ]
