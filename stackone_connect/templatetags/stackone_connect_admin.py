"""Tags for the admin's own templates."""

from __future__ import annotations

from django import template

from stackone_connect.admin.base import health, link

register = template.Library()
register.simple_tag(link, name="admin_link")
register.simple_tag(health)
