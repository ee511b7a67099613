"""OpenAPI by drf-spectacular: importing this module registers the description of our API.

``apps`` does so where ``drf_spectacular`` is among the ``INSTALLED_APPS``; the views know nothing
of it. The host needs no setting: names are prefixed with ``StackOne`` and ``stackone_``, and what
the host's ``CLIENT_FIELDS``, ``SESSION_LIFETIME``, ``EXPOSE_AUTH_LINK`` and authentication decide
shows as they decide.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension, OpenApiViewExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.utils import Direction, extend_schema_serializer
from rest_framework.views import APIView

from stackone_connect.api import serializers
from stackone_connect.contrib.openapi_components import PREFIX, components
from stackone_connect.contrib.openapi_operations import OPERATIONS

#: Each becomes a component, with those that are nested in it; drf-spectacular infers the fields.
RESPONSES = (
    serializers.SessionSerializer,
    serializers.IssuedSessionSerializer,
    serializers.AccountSerializer,
)
for _serializer in (
    *RESPONSES,
    serializers.ConnectionAttemptSerializer,
    serializers.StatusReasonSerializer,
):
    _name = _serializer.__name__.removesuffix("Serializer")
    extend_schema_serializer(component_name=f"{PREFIX}{_name}")(_serializer)


class Enums(OpenApiSerializerFieldExtension):
    """Makes each of our enumerations a component, which no hook of the host's renames."""

    target_class = "stackone_connect.api.serializers.EnumField"
    match_subclasses = True

    def get_name(self) -> str:
        """The name of the component."""
        return f"{PREFIX}{self.target.name}"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        """The values, without Django's labels: those are for the admin."""
        return {"type": "string", "enum": list(self.target.choices)}


class StackOneSchema(AutoSchema):
    """Describes our operations from our own table, and responses from their serializers."""

    def get_operation(  # noqa: PLR0917 - as drf-spectacular calls it
        self,
        path: str,
        path_regex: str,
        path_prefix: str,
        method: str,
        registry: ComponentRegistry,
    ) -> dict[str, Any] | None:
        """The operation object; the components that it may refer to are registered with it."""
        self.registry, self.path, self.method = registry, path, method.upper()
        for serializer in RESPONSES:
            self.resolve_serializer(serializer, "response")
        for name, schema in components().items():
            registry.register_on_missing(
                ResolvedComponent(
                    name=name,
                    type=ResolvedComponent.SCHEMA,
                    object=name,
                    schema=_in_the_hosts_version(schema),
                )
            )
        keys = [(kind.__name__, self.method) for kind in type(self.view).__mro__]
        known = [OPERATIONS[key] for key in keys if key in OPERATIONS]
        if not known:
            return super().get_operation(path, path_regex, path_prefix, method, registry)
        described = known[0].described(path, path_regex)
        return {**_in_the_hosts_version(described), "security": self.get_auth()}


class StackOneViews(OpenApiViewExtension):
    """Gives every view of the API its description."""

    target_class = "stackone_connect.api.base.StackOneView"
    match_subclasses = True

    def view_replacement(self) -> type[APIView]:
        """The same view under the same name, described by us."""
        return type(self.target.__name__, (self.target,), {"schema": StackOneSchema()})


def _in_the_hosts_version(schema: Any) -> Any:
    """The schema in the dialect of ``OAS_VERSION``: OpenAPI 3.0 says ``nullable`` for ``null``."""
    if not spectacular_settings.OAS_VERSION.startswith("3.0"):
        return schema
    if isinstance(schema, list):
        return [_in_the_hosts_version(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    older = {key: _in_the_hosts_version(value) for key, value in schema.items()}
    if isinstance(older.get("type"), list):
        older |= {"type": older["type"][0], "nullable": True}
    if {"type": "null"} in older.get("oneOf", []):
        older = {"allOf": [older["oneOf"][0]], "nullable": True}
    return older
