"""The migrations of the keys, and one more."""

import camket.vault.keys.migrations as ours

__path__ = [*ours.__path__, *__path__]
