"""gunicorn's configuration: `gunicorn --config python:course_admin.web.gunicorn_config course_admin.wsgi`.

Where it listens is said by `--bind`; docs/deployment.md says what stands in front of it.
"""

bind = "127.0.0.1:8000"
worker_class = "course_admin.web.buffering.BufferingWorker"
threads = 18  # 8 for pages, 4 for webhooks and probes, 4 for polls, 2 for pages that ask another host
worker_connections = 1000  # on their way, kept alive and being answered together
keepalive = 15  # seconds: a page that polls keeps its connection
timeout = 60  # seconds until a main loop that does nothing any more is ended
graceful_timeout = 20
max_requests = 20_000  # then the process is replaced; nothing is known to leak, and nothing unknown may
max_requests_jitter = 2_000
control_socket_disable = True  # another way in, which nobody needs
