"""A history table for each of our models, and for the host's tenants and users.

Without migrations, which would have to follow ours: so these tables are made before all others.
"""

import simple_history

from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent
from tests.shapes.hosts.crm.models import Company, User

for _model in (Company, User, OriginOwner, ConnectSession, LinkedAccount, WebhookEvent):
    simple_history.register(_model, app="tests.shapes.hosts.records", user_db_constraint=False)
