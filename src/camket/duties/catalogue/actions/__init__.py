"""Changing what the site says: the shelf of products, and the site's own texts."""

from camket.duties.catalogue.actions.products import ProductUnknown, add_product, edit_product, hide_product, move_product, show_product
from camket.duties.catalogue.actions.shelf import ShelfUnreadable, load_shelf, stock_if_empty
from camket.duties.catalogue.actions.texts import NoSuchVersion, restore_site_texts, save_site_texts
from camket.duties.catalogue.rules import ShelfFault
from camket.policy.faults import Overtaken, Unfit

__all__ = [
    "NoSuchVersion",
    "Overtaken",
    "ProductUnknown",
    "ShelfFault",
    "ShelfUnreadable",
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
