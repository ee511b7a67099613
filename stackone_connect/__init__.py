"""Let a Django project's customers connect their accounts through StackOne."""

__version__ = "0.1.0"
