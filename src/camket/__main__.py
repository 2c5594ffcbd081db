"""`python -m camket` is `camket`."""

from camket.config.boot import main

main()
