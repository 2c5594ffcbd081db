"""The migrations of the catalogue, and one more."""

import camket.duties.catalogue.migrations as ours

__path__ = [*ours.__path__, *__path__]  # Django looks through a package's path: what there is, and what is planted here
