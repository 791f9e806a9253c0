from django.db import migrations

from marketplace.operations.core.immutable import forbid_changes

TABLES = ["pricing_quote"]


class Migration(migrations.Migration):
    dependencies = [("pricing", "0001_initial")]

    operations = [migrations.RunSQL(*forbid_changes(table)) for table in TABLES]
