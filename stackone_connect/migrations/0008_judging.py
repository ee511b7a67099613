from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q

import stackone_connect.models.indexes


class Migration(migrations.Migration):
    """What StackOne may know an attempt of, of an owner with however many sessions; and which
    accounts a sync has written and not judged yet."""

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
        migrations.AddField(
            model_name="linkedaccount",
            name="is_judged",
            field=models.BooleanField(
                db_default=True,
                default=True,
                editable=False,
                verbose_name="judged",
            ),
        ),
        migrations.AddIndex(
            model_name="linkedaccount",
            index=stackone_connect.models.indexes.PartialIndex(
                fields=["is_judged", "owner"],
                name="stackone_account_unjudged",
                where=Q(is_judged=False),
            ),
        ),
    ]
