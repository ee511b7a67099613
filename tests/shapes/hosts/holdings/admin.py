"""The host's tenants in the admin, by every class."""

from django.contrib import admin

from tests.shapes.hosts.holdings.models import Account, Customer, KeyCustomer, Team

admin.site.register([Account, Team, Customer, KeyCustomer])
