"""Runs faults against the running app and counts what is lost; it writes docs/reliability.md."""
