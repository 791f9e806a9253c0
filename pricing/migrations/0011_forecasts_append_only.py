from django.db import migrations

from marketplace.operations.core.immutable import forbid_changes

TABLES = ["pricing_forecast", "pricing_deadlinealert"]


class Migration(migrations.Migration):
    dependencies = [("pricing", "0010_forecasts")]

    operations = [migrations.RunSQL(*forbid_changes(table)) for table in TABLES]
