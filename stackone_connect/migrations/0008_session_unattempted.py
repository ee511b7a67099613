from __future__ import annotations

from django.db import migrations
from django.db.models import Q

import stackone_connect.models.indexes


class Migration(migrations.Migration):
    """What StackOne may know an attempt of, of an owner with however many sessions."""

    dependencies = [("stackone_connect", "0007_account_trouble")]

    operations = [
        migrations.AddIndex(
            model_name="connectsession",
            index=stackone_connect.models.indexes.PartialIndex(
                fields=["owner", "expires_at"],
                name="stackone_session_unattempted",
                where=Q(attempt_account_id="", claimed_account_id="", expires_at__isnull=False),
            ),
        ),
    ]
