"""StackOne's webhooks come in here."""
