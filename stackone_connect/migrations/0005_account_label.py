"""What StackOne last said of an account's label, beside the label that counts here."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def copy_labels(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Until now a label was always StackOne's."""
    accounts = apps.get_model("stackone_connect", "LinkedAccount")
    rows = accounts._default_manager.using(schema_editor.connection.alias)
    rows.exclude(label="").update(stackone_label=models.F("label"))


class Migration(migrations.Migration):
    dependencies = [
        ("stackone_connect", "0004_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="linkedaccount",
            name="stackone_label",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="What StackOne last said: its label counts here when it changes there.",
                max_length=255,
                verbose_name="label at StackOne",
            ),
        ),
        migrations.AlterField(
            model_name="linkedaccount",
            name="label",
            field=models.CharField(
                blank=True,
                help_text="The name that people gave it.",
                max_length=255,
                verbose_name="label",
            ),
        ),
        migrations.RunPython(copy_labels, migrations.RunPython.noop, elidable=True),
    ]
