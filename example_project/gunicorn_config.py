"""How the demo is served: one process, as many threads as people at one desk need.

The sandbox is called by the same server, so it takes two threads at least.
"""

import os

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
wsgi_app = "example_project.wsgi:application"
workers = 1
threads = 16
accesslog = "-"
# Paths without queries and without referrers: the hub's OAuth popup has a token in its address.
access_log_format = "%(t)s %(m)s %(U)s %(s)s %(M)sms"
# Anything more would be in the way of the address and the passwords printed just before.
loglevel = "warning"
