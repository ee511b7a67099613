"""Measurements with goals: ``make bench``. See docs/performance.md."""
