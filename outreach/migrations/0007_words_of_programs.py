from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outreach", "0006_deadlines")]

    operations = [
        migrations.AddField(
            model_name="variant",
            name="by_program",
            field=models.BooleanField(
                default=False,
                help_text="A program typed the words, and no person saved or approved them",
            ),
        ),
    ]
