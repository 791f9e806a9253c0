from django.db import migrations, models


class Migration(migrations.Migration):
    """A reversal says why."""

    dependencies = [("ledger", "0009_payouts_are_kept")]

    operations = [
        migrations.AddField(
            model_name="transfer",
            name="reason",
            field=models.CharField(blank=True, db_default="", help_text="why it was reversed", max_length=300),
        ),
    ]
