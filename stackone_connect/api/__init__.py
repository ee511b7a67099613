"""The HTTP API: translate a request, call one service, translate its result."""
