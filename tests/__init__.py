"""What Camket promises, told as tests; the cast is in tests/cast.py."""
