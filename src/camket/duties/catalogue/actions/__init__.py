"""Changing what the site says: the shelf of products, and the site's own texts."""

from camket.duties.catalogue.actions.products import add_product, edit_product, hide_product, move_product, show_product
from camket.duties.catalogue.actions.shelf import ShelfUnreadable, load_shelf, stock_if_empty
from camket.duties.catalogue.actions.texts import NoSuchVersion, restore_site_texts, save_site_texts
from camket.duties.catalogue.actions.words import Overtaken, ProductUnknown, Unfit
from camket.duties.catalogue.rules import ShelfFault, TextFault

__all__ = [
    "NoSuchVersion",
    "Overtaken",
    "ProductUnknown",
    "ShelfFault",
    "ShelfUnreadable",
    "TextFault",
    "Unfit",
    "add_product",
    "edit_product",
    "hide_product",
    "load_shelf",
    "move_product",
    "restore_site_texts",
    "save_site_texts",
    "show_product",
    "stock_if_empty",
]
