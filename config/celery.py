"""The queue: which broker, and how messages are held until they are worked off.

Django's `CELERY_…` settings say it; what they leave open is said here. The database is the
truth about runs, so nothing here has to be perfect: a message that comes twice or never is
put right by the claim and by the sweeper.
"""

import os
from typing import Any

from celery import Celery
from django.conf import settings
from kombu import Exchange, Queue

from config import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")

#: Longer than the longest run may take, or a second copy would be delivered while it works.
HOUR = 3600
EXCHANGE = Exchange("assay")
DEFAULTS: dict[str, Any] = {
    "task_acks_late": True,
    # With a thread pool there is no child of Celery's to lose; for prefork pools, a message of a
    # killed child is given up, because the sweeper rings again and the row counts the crashes.
    "task_reject_on_worker_lost": False,
    "task_ignore_result": True,
    "task_default_queue": "light",
    "task_queues": [Queue(name, EXCHANGE, routing_key=name) for name in ("light", "heavy")],
    "task_default_exchange": "assay",
    "task_default_routing_key": "light",
    "task_create_missing_queues": False,
    "task_serializer": "json",
    "accept_content": ["json"],
    "worker_pool": "threads",
    "worker_concurrency": 2,
    "worker_prefetch_multiplier": 1,
    "worker_hijack_root_logger": False,
    "worker_send_task_events": False,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_transport_options": {
        "visibility_timeout": 24 * HOUR,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
        "socket_timeout": 30,
        "socket_keepalive": True,
        "health_check_interval": 10,
    },
    "beat_schedule": {
        # A message nobody took before the next one is due is worth nothing.
        "sweep": {"task": "audits.tasks.sweep", "schedule": 5.0, "options": {"expires": 5}},
        "verify-trail": {
            "task": "audits.tasks.verify_trail",
            "schedule": 24.0 * HOUR,
            "options": {"expires": HOUR},
        },
    },
    "beat_cron_starting_deadline": 60,
    "timezone": "UTC",
}

app = Celery("assay")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["audits"])


@app.on_after_configure.connect
def _complete(sender: Celery, **_: object) -> None:
    """What the settings leave open."""
    for name, value in DEFAULTS.items():
        if not hasattr(settings, f"CELERY_{name.upper()}"):
            sender.conf[name] = value
    sender.conf["broker_url"] = broker.for_celery(settings.CELERY_BROKER_URL)
