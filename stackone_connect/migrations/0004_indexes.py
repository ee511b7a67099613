"""Indexes for the searches that grow with history, and fewer that nothing uses."""

import django.db.models.deletion
from django.db import migrations, models

import stackone_connect.models.fields
import stackone_connect.models.indexes


class Migration(migrations.Migration):
    dependencies = [
        ("stackone_connect", "0003_fetch_number"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="connectsession",
            name="stackone_session_remote_id",
        ),
        migrations.RemoveIndex(
            model_name="linkedaccount",
            name="stackone_account_disconnect",
        ),
        migrations.RemoveIndex(
            model_name="webhookevent",
            name="stackone_event_due",
        ),
        migrations.RemoveIndex(
            model_name="webhookevent",
            name="stackone_event_owner",
        ),
        migrations.RemoveIndex(
            model_name="webhookevent",
            name="stackone_event_lease",
        ),
        migrations.AlterField(
            model_name="connectsession",
            name="owner",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sessions",
                to="stackone_connect.originowner",
                verbose_name="owner",
            ),
        ),
        migrations.AlterField(
            model_name="linkedaccount",
            name="owner",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="accounts",
                to="stackone_connect.originowner",
                verbose_name="owner",
            ),
        ),
        migrations.AlterField(
            model_name="webhookevent",
            name="digest",
            field=stackone_connect.models.fields.ExactCharField(
                max_length=64, verbose_name="digest"
            ),
        ),
        migrations.AddIndex(
            model_name="connectsession",
            index=stackone_connect.models.indexes.PartialIndex(
                fields=["owner", "requested_account_id"],
                name="stackone_session_requested",
                where=models.Q(("requested_account_id", ""), _negated=True),
            ),
        ),
        migrations.AddIndex(
            model_name="connectsession",
            index=stackone_connect.models.indexes.PartialIndex(
                fields=["owner", "provider", "-created_at", "-id"],
                name="stackone_session_provider",
                where=models.Q(("provider", ""), _negated=True),
            ),
        ),
        migrations.AddIndex(
            model_name="connectsession",
            index=stackone_connect.models.indexes.PartialIndex(
                fields=["stackone_id"],
                name="stackone_session_remote_id",
                where=models.Q(("stackone_id", ""), _negated=True),
            ),
        ),
        migrations.AddIndex(
            model_name="connectsession",
            index=stackone_connect.models.indexes.PartialIndex(
                fields=["status", "-created_at", "-id"],
                name="stackone_session_not_issued",
                where=models.Q(("status__in", ["pending", "failed"])),
            ),
        ),
        migrations.AddIndex(
            model_name="connectsession",
            index=stackone_connect.models.indexes.PartialIndex(
                fields=["expires_at"],
                name="stackone_session_open",
                where=models.Q(("expires_at__isnull", False)),
            ),
        ),
        migrations.AddIndex(
            model_name="connectsession",
            index=stackone_connect.models.indexes.PartialIndex(
                fields=["owner", "account_id", "created_at"],
                name="stackone_session_account",
                where=models.Q(("account_id", ""), _negated=True),
            ),
        ),
        migrations.AddIndex(
            model_name="connectsession",
            index=stackone_connect.models.indexes.PartialIndex(
                fields=["owner", "attempt_account_id"],
                name="stackone_session_attempt",
                where=models.Q(("attempt_account_id", ""), _negated=True),
            ),
        ),
        migrations.AddIndex(
            model_name="connectsession",
            index=stackone_connect.models.indexes.PartialIndex(
                fields=["owner", "claimed_account_id"],
                name="stackone_session_claim",
                where=models.Q(("claimed_account_id", ""), _negated=True),
            ),
        ),
        migrations.AddIndex(
            model_name="connectsession",
            index=stackone_connect.models.indexes.PartialIndex(
                fields=["owner", "stackone_expires_at", "stackone_created_at"],
                name="stackone_session_unnamed",
                where=models.Q(
                    ("attempt_status", ""),
                    ("claimed_account_id", ""),
                    ("stackone_expires_at__isnull", False),
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="connectsession",
            index=stackone_connect.models.indexes.PartialIndex(
                fields=["owner", "status", "notified_at"],
                name="stackone_session_unnotified",
                where=models.Q(("notified_at", None), ("status", "completed")),
            ),
        ),
        migrations.AddIndex(
            model_name="linkedaccount",
            index=models.Index(fields=["-created_at", "-id"], name="stackone_account_newest"),
        ),
        migrations.AddIndex(
            model_name="linkedaccount",
            index=stackone_connect.models.indexes.PartialIndex(
                fields=["status", "-created_at", "-id"],
                name="stackone_account_not_active",
                where=models.Q(("status", "active"), _negated=True),
            ),
        ),
        migrations.AddIndex(
            model_name="linkedaccount",
            index=stackone_connect.models.indexes.PartialIndex(
                fields=["next_disconnect_at"],
                name="stackone_account_disconnect",
                where=models.Q(("next_disconnect_at__isnull", False)),
            ),
        ),
        migrations.AddIndex(
            model_name="originowner",
            index=models.Index(fields=["origin_owner_name", "id"], name="stackone_owner_name"),
        ),
        migrations.AddIndex(
            model_name="webhookevent",
            index=models.Index(
                fields=["origin_owner_id", "received_at", "id"], name="stackone_event_owner"
            ),
        ),
        migrations.AddIndex(
            model_name="webhookevent",
            index=stackone_connect.models.indexes.PartialIndex(
                fields=["state", "next_attempt_at"],
                name="stackone_event_due",
                where=models.Q(("state", "due")),
            ),
        ),
        migrations.AddIndex(
            model_name="webhookevent",
            index=stackone_connect.models.indexes.PartialIndex(
                fields=["state", "received_at", "id"],
                name="stackone_event_not_done",
                where=models.Q(("state__in", ["due", "quarantined", "failed"])),
            ),
        ),
        migrations.AddIndex(
            model_name="webhookevent",
            index=stackone_connect.models.indexes.PartialIndex(
                fields=["origin_owner_id", "state", "received_at"],
                name="stackone_event_owner_not_done",
                where=models.Q(("state__in", ["due", "quarantined", "failed"])),
            ),
        ),
        migrations.AddIndex(
            model_name="webhookevent",
            index=stackone_connect.models.indexes.PartialIndex(
                fields=["lease"],
                name="stackone_event_lease",
                where=models.Q(("lease__isnull", False)),
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookevent",
            constraint=models.UniqueConstraint(fields=("digest",), name="stackone_event_unique"),
        ),
    ]
