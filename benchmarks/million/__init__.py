"""The same pages over a thousand rows and over a million."""
