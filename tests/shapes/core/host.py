"""What the core suite needs of a host project: tenants, people, and a browser for one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.test import Client

from stackone_connect import conf
from tests.shapes.core.browser import CSRF_TOKEN, Browser


class Host:
    """The ordinary way of each; a host that does it otherwise overrides what is different."""

    #: The organization's field that holds its name.
    name_field = "name"

    def __init__(self, *, server: str, by_session: bool) -> None:
        self.server = server
        self.by_session = by_session

    def organization(self, name: str) -> Any:
        """A new tenant."""
        model: Any = apps.get_model(conf.organization_model())
        return model.objects.create(**{self.name_field: name})

    def rename(self, organization: Any, name: str) -> None:
        setattr(organization, self.name_field, name)
        organization.save(update_fields=[self.name_field])

    def delete(self, organization: Any) -> None:
        """As the host's own code deletes a tenant."""
        organization.delete()

    def delete_user(self, user: Any) -> None:
        """As the host's own code deletes a user."""
        user.delete()

    def user(self, name: str, organization: Model | None = None) -> Any:
        """A new user, in the organization if there is one."""
        user = self.users.create_user(name)
        if organization is not None:
            self.move(user, organization)
        return user

    def superuser(self, name: str) -> Any:
        return self.users.create_superuser(name)

    def move(self, user: Any, organization: Any) -> None:
        """The user works for this organization from now on, and for no other."""
        user.organization = organization
        user.save()

    def browser(self, user: Any = None, organization: Model | None = None) -> Browser:
        """A browser in which the user, if any, is signed in and works for the organization."""
        client = Client(enforce_csrf_checks=True)
        headers: dict[str, str] = {}
        if user is not None and self.by_session:
            client.force_login(user)
            self._remember(client, self.session_of(organization))
        elif user is not None:
            headers = self.headers_of(user, organization)
        if self.by_session:
            client.cookies[settings.CSRF_COOKIE_NAME] = CSRF_TOKEN
            headers["X-CSRFToken"] = CSRF_TOKEN
        mount = self.mount_of(organization)
        return Browser(client, headers=headers, server=self.server, mount=mount)

    def stranger(self) -> Browser:
        """Someone without cookies, such as StackOne itself."""
        client = Client(enforce_csrf_checks=True)
        return Browser(client, headers={}, server=self.server, mount=self.mount_of(None))

    def member(self, name: str, organization: Model) -> Browser:
        """A browser of a new user in the organization."""
        return self.browser(self.user(name, organization), organization)

    def mount_of(self, organization: Model | None) -> str:
        """Where our addresses begin for someone who works for the organization, or for none."""
        return str(settings.MOUNT)

    def session_of(self, organization: Model | None) -> Mapping[str, object]:
        """What the host's session holds for someone who works for the organization."""
        return {}

    def headers_of(self, user: Any, organization: Model | None) -> dict[str, str]:
        """The headers of a host that does not sign in by session."""
        raise AssertionError("A host that signs in by token says with which headers.")

    @property
    def users(self) -> Any:
        return get_user_model()._default_manager

    @staticmethod
    def _remember(client: Client, values: Mapping[str, object]) -> None:
        if values:
            session = client.session
            session.update(values)
            session.save()
