"""The look of every page: layout, components, stylesheet, scripts, catalogue of translations."""
