"""Who of the staff changed a product last: nobody knows it of what was changed before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0003_answer_promise")]

    operations = [migrations.AddField(model_name="product", name="saved_by", field=models.UUIDField(null=True))]
