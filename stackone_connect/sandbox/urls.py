"""The sandbox's URLs: StackOne's, under the prefix where they are mounted.

None ends with a slash and none redirects. Unknown paths below these get a JSON error too.
"""

from __future__ import annotations

from django.urls import path, re_path

from stackone_connect.sandbox import (
    accounts_api,
    control_page,
    hosted_pages,
    hub_api,
    oauth_pages,
    profiles_api,
    sessions_api,
)
from stackone_connect.sandbox.http import hub, page, panel, platform, unknown_hub, unknown_platform

app_name = "stackone_sandbox"

urlpatterns = [
    # The platform API, for servers
    path("connect_sessions", platform(POST=sessions_api.create)),
    path("connect_sessions/authenticate", platform(POST=sessions_api.authenticate)),
    path("connect_sessions/<str:session_id>", platform(GET=sessions_api.read)),
    path("accounts", platform(GET=accounts_api.list_accounts)),
    path(
        "accounts/<str:account_id>",
        platform(GET=accounts_api.read, PATCH=accounts_api.update, DELETE=accounts_api.delete),
    ),
    path("connector_profiles", platform(GET=profiles_api.list_profiles)),
    re_path(r"^(?:connect_sessions|accounts|connector_profiles)/.*$", unknown_platform),
    # The hub's API, for browsers
    path("hub/settings", hub(GET=hub_api.settings)),
    path("hub/connectors", hub(GET=hub_api.list_connectors)),
    path("hub/connectors/<str:integration_id>", hub(GET=hub_api.read_connector)),
    path("hub/accounts", hub(POST=hub_api.create_account)),
    path(
        "hub/accounts/<str:account_id>",
        hub(GET=hub_api.read_account, PATCH=hub_api.update_account),
    ),
    path("hub/connection_attempts", hub(POST=hub_api.create_attempt)),
    path(
        "hub/connection_attempts/<str:attempt_id>",
        hub(GET=hub_api.read_attempt, DELETE=hub_api.cancel_attempt),
    ),
    re_path(r"^hub(?:/.*)?$", unknown_hub),
    # Pages for people
    path("", panel(GET=control_page.show, POST=control_page.act), name="control"),
    path("connect/oauth2/<str:integration_id>", page(GET=oauth_pages.consent)),
    path("embedded/accounts/callback", page(POST=oauth_pages.decide), name="callback"),
    path(
        "embedded/integrations",
        page(GET=hosted_pages.show, POST=hosted_pages.submit),
        name="hosted",
    ),
]
