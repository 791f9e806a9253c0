from django.db import migrations

from marketplace.operations.core.immutable import forbid_changes

TABLES = ["ledger_transfer", "ledger_entry"]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [migrations.RunSQL(*forbid_changes(table)) for table in TABLES]
