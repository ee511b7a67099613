from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin

from example_project.accounts.models import Organization, User

admin.site.register(Organization, search_fields=("name",))


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]  # Django takes no argument here
    list_display = ("username", "email", "organization", "is_staff")
    list_select_related = ("organization",)
    fieldsets = (*(DjangoUserAdmin.fieldsets or ()), ("Tenant", {"fields": ("organization",)}))
