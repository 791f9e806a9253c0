from django.db import migrations

from marketplace.operations.core.immutable import forbid_truncate

TABLES = ["orders_bonus", "orders_topup"]


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_orders_expire")]

    operations = [migrations.RunSQL(*forbid_truncate(table)) for table in TABLES]
