from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_over_since"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="start_page",
            field=models.CharField(
                default="today", help_text="Where the product opens", max_length=20
            ),
        ),
    ]
