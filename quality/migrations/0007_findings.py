from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("quality", "0006_kept_runs")]

    operations = []
