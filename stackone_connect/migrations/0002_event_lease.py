"""A lease of its own for events that a worker has claimed."""

from django.db import migrations, models

import stackone_connect.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("stackone_connect", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="webhookevent",
            name="lease",
            field=models.UUIDField(blank=True, editable=False, null=True, verbose_name="lease"),
        ),
        migrations.AddField(
            model_name="webhookevent",
            name="leased_until",
            field=stackone_connect.models.fields.InstantField(
                blank=True, editable=False, null=True, verbose_name="leased until"
            ),
        ),
        migrations.AddIndex(
            model_name="webhookevent",
            index=models.Index(fields=["lease"], name="stackone_event_lease"),
        ),
    ]
