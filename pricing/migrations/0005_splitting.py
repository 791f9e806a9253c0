"""Price answers where a pre-label is shown."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pricing', '0004_review_reserve'),
    ]

    operations = [
        migrations.AddField(
            model_name='quote',
            name='aided_pay_micros',
            field=models.PositiveBigIntegerField(default=0, help_text='for one answer where a pre-label is shown'),
        ),
    ]
