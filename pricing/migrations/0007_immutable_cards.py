from django.db import migrations

from marketplace.operations.core.immutable import forbid_changes

TABLES = ["pricing_storedcard"]


class Migration(migrations.Migration):
    dependencies = [("pricing", "0006_rate_cards")]

    operations = [migrations.RunSQL(*forbid_changes(table)) for table in TABLES]
