"""Integrations with packages that a host may have or not."""
