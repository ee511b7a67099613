"""Let a Django project's customers connect their accounts through StackOne."""

__version__ = "0.2.0"
