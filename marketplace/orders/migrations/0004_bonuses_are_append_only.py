from django.db import migrations

from marketplace.operations.core.immutable import forbid_changes


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_rejections_and_bonuses")]

    operations = [migrations.RunSQL(*forbid_changes("orders_bonus"))]
