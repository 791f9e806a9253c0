from django.db import migrations, models


class Migration(migrations.Migration):
    """Orders that were quoted and not funded in time are found by the sweep, and have no money in them."""

    dependencies = [("orders", "0009_money_adds_up")]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(condition=models.Q(("state", "quoted")), fields=["id"], name="order_to_expire"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "expired"), _negated=True),
                    models.Q(("funded_micros", 0), ("quote__isnull", False)),
                    _connector="OR",
                ),
                name="order_expired_unfunded",
            ),
        ),
    ]
