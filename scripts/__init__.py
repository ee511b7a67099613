"""Scripts that the Makefile runs, beside Django's own commands."""
