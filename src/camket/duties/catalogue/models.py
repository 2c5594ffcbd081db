"""Products, as the site shows them."""

from django.db import models


class Product(models.Model):
    """What is offered, with its words in both languages."""

    slug = models.SlugField(primary_key=True, max_length=40, help_text="reason: the product's address on the site")
    position = models.PositiveSmallIntegerField(default=0)
    is_shown = models.BooleanField(default=True)
    name_vi = models.CharField(max_length=80, help_text="reason: public text about a product")
    name_en = models.CharField(max_length=80, help_text="reason: public text about a product")
    summary_vi = models.CharField(max_length=240, help_text="reason: public text about a product")
    summary_en = models.CharField(max_length=240, help_text="reason: public text about a product")
    description_vi = models.TextField(max_length=4000, help_text="reason: public text about a product")
    description_en = models.TextField(max_length=4000, help_text="reason: public text about a product")

    def __str__(self) -> str:
        return self.slug
