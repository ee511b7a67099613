"""The Content-Security-Policy that the element is shown to work under."""

#: What a page's server has to allow, as docs/frontend.md says (StackOne notes §20.5).
POLICY = (
    "default-src 'none'; script-src 'nonce-r4nd0m'; connect-src 'self'; img-src 'self' data:; "
    "font-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
