"""Host shapes: the same core suite in many kinds of Django project, one process each."""
