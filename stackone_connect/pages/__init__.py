"""The Integrations page: plain Django views and templates that a host mounts and restyles.

Mounted by ``include("stackone_connect.pages.urls")``, beside ``stackone_connect.urls``. Its parts
are template tags, too: ``{% load stackone_connect_pages %}``.
"""
