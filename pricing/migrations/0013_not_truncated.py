from django.db import migrations

from marketplace.operations.core.immutable import forbid_truncate

TABLES = ["pricing_quote", "pricing_quoteoutcome", "pricing_storedcard"]


class Migration(migrations.Migration):
    dependencies = [("pricing", "0012_cost_intervals")]

    operations = [migrations.RunSQL(*forbid_truncate(table)) for table in TABLES]
