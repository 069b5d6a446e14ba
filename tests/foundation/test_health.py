"""What those who keep the service running look at."""

from __future__ import annotations

import re

from eventhub.foundation import outbox
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import use_case


def figure(text: str, name: str) -> float:
    """A figure of the page of metrics."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, name
    return float(found[1])


def test_a_process_that_answers_is_alive_and_ready(client):
    assert (client.get("/healthz").status_code, client.get("/healthz").text) == (200, "ok\n")
    assert (client.get("/readyz").status_code, client.get("/readyz").text) == (200, "ready\n")


def test_a_process_without_its_database_is_alive_but_not_ready(make_site):
    site = make_site(database_url="postgresql+psycopg://nobody@127.0.0.1:9/none")
    assert site.test_client().get("/healthz").status_code == 200
    answer = site.test_client().get("/readyz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_a_process_without_its_queue_is_alive_but_not_ready(make_site, tmp_path):
    site = make_site(data_dir=tmp_path)
    assert site.test_client().get("/readyz").status_code == 200
    site.extensions["eventhub_jobs"].huey.storage.close()
    (tmp_path / "jobs.db").unlink()
    tmp_path.joinpath("jobs.db").mkdir()
    answer = site.test_client().get("/readyz")
    assert (answer.status_code, answer.text) == (503, "the job queue does not answer\n")


def test_metrics_are_for_this_machine_alone(client, make_site):
    assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": "203.0.113.5"}).status_code == 404
    proxied = make_site(trusted_proxies=1).test_client()
    assert proxied.get("/metrics").status_code == 200
    for claimed in ("203.0.113.5", "127.0.0.1, 203.0.113.5", "203.0.113.5:4711", "unknown"):
        assert proxied.get("/metrics", headers={"X-Forwarded-For": claimed}).status_code == 404
    elsewhere = {"REMOTE_ADDR": "203.0.113.5"}
    claimed = {"X-Forwarded-For": "127.0.0.1"}
    assert proxied.get("/metrics", headers=claimed, environ_overrides=elsewhere).status_code == 404


def test_metrics_count_answers_and_waiting_work(client):
    use_case(lambda actor: outbox.put("kind", {}, "one"))(SYSTEM)
    before = client.get("/metrics").text
    client.get("/healthz")
    client.get("/healthz")
    after = client.get("/metrics").text
    name = 'eventhub_requests_total{status="2xx"}'
    assert figure(after, name) - figure(before, name) == 3
    assert figure(after, 'eventhub_outbox_rows{state="waiting"}') == 1
    assert figure(after, 'eventhub_outbox_rows{state="failed"}') == 0
    assert '{state="done"}' not in after
    assert figure(after, "eventhub_outbox_oldest_seconds") >= 0
    assert figure(after, "eventhub_request_seconds_count") > 0
