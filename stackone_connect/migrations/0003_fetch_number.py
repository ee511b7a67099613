"""Numbers that order what StackOne answers, whatever the clocks of the servers say."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stackone_connect", "0002_event_lease"),
    ]

    operations = [
        migrations.CreateModel(
            name="FetchNumber",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ],
            options={
                "default_permissions": (),
                "base_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="linkedaccount",
            name="fetched_number",
            field=models.BigIntegerField(
                db_default=0, default=0, editable=False, verbose_name="fetch number"
            ),
        ),
    ]
