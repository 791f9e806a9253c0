from django.db import migrations

from marketplace.operations.core.immutable import forbid_changes


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_pay_records")]

    operations = [migrations.RunSQL(*forbid_changes("orders_topup"))]
