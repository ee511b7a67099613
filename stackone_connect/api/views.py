"""Each view translates, calls one service, translates back."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from stackone_connect import conf
from stackone_connect.api import parsing
from stackone_connect.api.base import StackOneView
from stackone_connect.api.pagination import NewestFirst
from stackone_connect.api.serializers import (
    AccountSerializer,
    IssuedSessionSerializer,
    SessionSerializer,
    written,
)
from stackone_connect.api.throttling import throttle
from stackone_connect.services import accounts, sessions


class _ListView(StackOneView):
    """A view that serves pages."""

    def page(
        self, request: Request, rows: QuerySet[Any], serializer: type[Serializer[Any]]
    ) -> Response:
        """One page of rows."""
        paginator = NewestFirst()
        page = paginator.paginate_queryset(rows, request, view=self) or []
        return paginator.get_paginated_response([written(serializer, row) for row in page])


class ConnectSessionsView(_ListView):
    """Issue a session; list the organization's own."""

    def post(self, request: Request) -> Response:
        """201 with the token, which is in this response alone and kept nowhere."""
        organization = self.organization
        issued = sessions.issue(
            organization=organization,
            user=self.user,
            longest=conf.read().session_lifetime,
            before_asking=partial(throttle, organization),
            **parsing.session_request(request.data),
        )
        return Response(written(IssuedSessionSerializer, issued), status=201)

    def get(self, request: Request) -> Response:
        """The history, newest first."""
        filters = parsing.session_filters(request.query_params)
        found = sessions.history(organization=self.organization, **filters)
        return self.page(request, found, SessionSerializer)


class ConnectSessionView(StackOneView):
    """One session."""

    captures = ("session_id",)

    def get(self, request: Request, session_id: str) -> Response:
        """The session as it stands."""
        session = sessions.get(organization=self.organization, session_id=session_id)
        return Response(written(SessionSerializer, session))


class CompletionView(StackOneView):
    """The browser reports that the hub has finished."""

    captures = ("session_id",)

    def post(self, request: Request, session_id: str) -> Response:
        """200 with the session, after asking StackOne."""
        organization = self.organization
        account_id = parsing.completion_request(request.data)
        throttle(organization)
        session = sessions.complete(
            organization=organization, session_id=session_id, account_id=account_id
        )
        return Response(written(SessionSerializer, session))


class AccountsView(_ListView):
    """The organization's linked accounts."""

    def get(self, request: Request) -> Response:
        """The connected ones; with ``?disconnected=true`` also those that are gone."""
        filters = parsing.account_filters(request.query_params)
        found = accounts.history(organization=self.organization, **filters)
        return self.page(request, found, AccountSerializer)


class AccountView(StackOneView):
    """One linked account."""

    captures = ("account_id",)

    def get(self, request: Request, account_id: str) -> Response:
        """The account as StackOne last described it."""
        account = accounts.get(organization=self.organization, account_id=account_id)
        return Response(written(AccountSerializer, account))

    def patch(self, request: Request, account_id: str) -> Response:
        """200 with the account under its new label, at StackOne where that takes one."""
        organization = self.organization
        label = parsing.label_request(request.data)
        throttle(organization)
        account = accounts.set_label(organization=organization, account_id=account_id, label=label)
        return Response(written(AccountSerializer, account))

    def delete(self, request: Request, account_id: str) -> Response:
        """204 once StackOne has deleted it; 202 when StackOne is unavailable, and it is retried."""
        organization = self.organization
        throttle(organization)
        account = accounts.disconnect(organization=organization, account_id=account_id)
        if account.disconnected_at is None:
            return Response(written(AccountSerializer, account), status=202)
        return Response(status=204)
