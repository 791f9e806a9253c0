from django.db import migrations

from marketplace.operations.core.immutable import forbid_changes

TABLES = ["labeling_ontologyversion", "labeling_guidelineversion", "labeling_snapshotasset", "labeling_answer", "labeling_answerpayload"]


class Migration(migrations.Migration):
    dependencies = [("labeling", "0001_initial")]

    operations = [migrations.RunSQL(*forbid_changes(table)) for table in TABLES]
