"""Fixtures that every test may need; each room's own fixtures live beside its tests."""
