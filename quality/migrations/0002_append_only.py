from django.db import migrations

from marketplace.operations.core.immutable import forbid_changes

TABLES = ["quality_consensuslabel"]


class Migration(migrations.Migration):
    dependencies = [("quality", "0001_initial")]

    operations = [migrations.RunSQL(*forbid_changes(table)) for table in TABLES]
