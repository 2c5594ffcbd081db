"""What the company says of itself on the site: its products, and the few texts that are its own to choose. No word here is about a person."""

from django.db import models


class Product(models.Model):
    """What is offered, with its words in both languages; `revision` counts its changes, so that nobody overwrites what they have not seen."""

    slug = models.SlugField(primary_key=True, max_length=40, help_text="reason: the product's address on the site")
    position = models.PositiveSmallIntegerField(default=0)
    is_shown = models.BooleanField(default=True)
    revision = models.PositiveIntegerField(default=1)
    name_vi = models.CharField(max_length=80, help_text="reason: public text about a product")
    name_en = models.CharField(max_length=80, help_text="reason: public text about a product")
    summary_vi = models.CharField(max_length=240, help_text="reason: public text about a product")
    summary_en = models.CharField(max_length=240, help_text="reason: public text about a product")
    description_vi = models.TextField(max_length=4000, help_text="reason: public text about a product")
    description_en = models.TextField(max_length=4000, help_text="reason: public text about a product")
    includes_vi = models.TextField(max_length=2000, blank=True, default="", help_text="reason: public text about a product, one line a thing")
    includes_en = models.TextField(max_length=2000, blank=True, default="", help_text="reason: public text about a product, one line a thing")
    price_vi = models.CharField(max_length=160, blank=True, default="", help_text="reason: public text about a product")
    price_en = models.CharField(max_length=160, blank=True, default="", help_text="reason: public text about a product")
    terms_vi = models.TextField(max_length=8000, blank=True, default="", help_text="reason: public terms of a product")
    terms_en = models.TextField(max_length=8000, blank=True, default="", help_text="reason: public terms of a product")
    saved_by = models.UUIDField(null=True)  # opaque id of whoever of the staff changed it last, its words or whether it is shown

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(revision__gte=1), name="product_revision_from_1")]

    def __str__(self) -> str:
        return self.slug


class SiteTexts(models.Model):
    """The site's own texts as one colleague saved them; the newest version is shown, and none is ever changed."""

    version = models.PositiveIntegerField(primary_key=True)  # 1, 2, 3 …
    headline_vi = models.CharField(max_length=120, blank=True, help_text="reason: public text of the home page")
    headline_en = models.CharField(max_length=120, blank=True, help_text="reason: public text of the home page")
    introduction_vi = models.CharField(max_length=400, blank=True, help_text="reason: public text of the home page")
    introduction_en = models.CharField(max_length=400, blank=True, help_text="reason: public text of the home page")
    hours_vi = models.CharField(max_length=160, blank=True, help_text="reason: when the company can be reached")
    hours_en = models.CharField(max_length=160, blank=True, help_text="reason: when the company can be reached")
    answer_vi = models.CharField(max_length=160, blank=True, default="", help_text="reason: within what time the company promises an answer")
    answer_en = models.CharField(max_length=160, blank=True, default="", help_text="reason: within what time the company promises an answer")
    company_phone = models.CharField(max_length=32, blank=True, help_text="reason: the company's own public number")
    messenger_url = models.CharField(max_length=200, blank=True, help_text="reason: the company's own public page at a messenger")
    messenger_label_vi = models.CharField(max_length=60, blank=True, help_text="reason: public text of a link")
    messenger_label_en = models.CharField(max_length=60, blank=True, help_text="reason: public text of a link")
    restored_from = models.PositiveIntegerField(null=True)  # the version it brings back
    saved_at = models.DateTimeField()
    saved_by = models.UUIDField(null=True)  # opaque id of a member of staff

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(version__gte=1), name="site_texts_version_from_1"),
            models.CheckConstraint(
                condition=models.Q(restored_from__isnull=True) | models.Q(restored_from__lt=models.F("version")), name="site_texts_restored_older"
            ),
        ]

    def __str__(self) -> str:
        return f"site texts {self.version}"
