from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """No change of the database: what the admin calls an owner."""

    dependencies = [("stackone_connect", "0005_account_label")]

    operations = [
        migrations.AlterModelOptions(
            name="originowner",
            options={
                "base_manager_name": "objects",
                "verbose_name": "organization at StackOne",
                "verbose_name_plural": "organizations at StackOne",
            },
        ),
    ]
