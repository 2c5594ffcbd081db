"""What an edition's signature is about."""

CONTEXT = "camket edition v1"  # binds the signature to its use: a signature made for anything else never fits an edition
