"""Each view translates, calls one service, translates back."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from stackone_connect import conf, tenancy
from stackone_connect.api import serializers
from stackone_connect.api.base import StackOneView
from stackone_connect.api.pagination import NewestFirst
from stackone_connect.api.throttling import throttle
from stackone_connect.services import accounts, sessions


class _ListView(StackOneView):
    """A view that answers pages."""

    def page(self, request: Request, rows: QuerySet[Any], serialize: Any) -> Response:
        """One page of rows."""
        paginator = NewestFirst()
        page = paginator.paginate_queryset(rows, request, view=self) or []
        return paginator.get_paginated_response([serialize(row) for row in page])


class ConnectSessionsView(_ListView):
    """Issue a session; list the organization's own."""

    def post(self, request: Request) -> Response:
        """201 with the token, which is answered once and kept nowhere."""
        organization = self.organization()
        issuing = sessions.prepare(
            serializers.session_request(request.data),
            organization=organization,
            user=self.user(),
            longest=conf.read().session_lifetime,
        )
        throttle(organization)
        return Response(serializers.issued_session(issuing.run()), status=201)

    def get(self, request: Request) -> Response:
        """The history, newest first."""
        owner = tenancy.find_owner(self.organization())
        filters = serializers.session_filters(request.query_params)
        return self.page(request, sessions.history(owner=owner, **filters), serializers.session)


class ConnectSessionView(StackOneView):
    """One session."""

    def get(self, request: Request, session_id: str) -> Response:
        """The session as it stands."""
        owner = tenancy.find_owner(self.organization())
        session = sessions.get(owner=owner, session_id=session_id)
        return Response(serializers.session(session))


class CompletionView(StackOneView):
    """The browser says that the hub finished."""

    def post(self, request: Request, session_id: str) -> Response:
        """200 with the session, once StackOne was asked."""
        organization = self.organization()
        account_id = serializers.completion_request(request.data)
        throttle(organization)
        session = sessions.complete(
            organization=organization, session_id=session_id, account_id=account_id
        )
        return Response(serializers.session(session))


class AccountsView(_ListView):
    """The organization's linked accounts."""

    def get(self, request: Request) -> Response:
        """The connected ones; with ``?disconnected=true`` also those that are gone."""
        owner = tenancy.find_owner(self.organization())
        filters = serializers.account_filters(request.query_params)
        return self.page(request, accounts.history(owner=owner, **filters), serializers.account)


class AccountView(StackOneView):
    """One linked account."""

    def get(self, request: Request, account_id: str) -> Response:
        """The account as StackOne last described it."""
        owner = tenancy.find_owner(self.organization())
        return Response(serializers.account(accounts.get(owner=owner, account_id=account_id)))

    def delete(self, request: Request, account_id: str) -> Response:
        """204 once StackOne has let go of it; 202 when StackOne does not answer just now."""
        organization = self.organization()
        throttle(organization)
        account = accounts.disconnect(organization=organization, account_id=account_id)
        if account.disconnected_at is None:
            return Response(serializers.account(account), status=202)
        return Response(status=204)
