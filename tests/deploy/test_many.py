"""Twenty instances on one machine: started, looked at, filled and ended, with nothing left of them."""

from __future__ import annotations

import httpx
import pytest

from loomgraph.deploy import asking, health, processes, supervising

COUNT = 20
MOST = 70_000_000  # bytes that an idle one may take


@pytest.mark.slow
def test_twenty_start_are_well_keep_to_themselves_and_end(deploy):
    deployment = deploy({f"project-{number}": "loomgraph" for number in range(COUNT)})
    done = supervising.start(deployment, deployment.processes)
    assert all(one.changed for one in done)
    assert not any(one.changed for one in supervising.start(deployment, deployment.processes))
    states = supervising.states(deployment, deployment.processes)
    assert {one.condition for one in states} == {"healthy"}
    assert max(one.memory for one in states) < MOST
    assert all(check.good for check in health.checks(deployment))

    for number, one in enumerate(deployment.processes):
        body = {"entities": [{"entity_name": f"only-{number}"}]}
        url = deployment.address(one)
        assert httpx.post(f"{url}/insert_custom_kg", json=body, timeout=30, trust_env=False).status_code == 200
        assert httpx.get(f"{url}/graph/label/list", timeout=30, trust_env=False).json() == [f"only-{number}"]

    ended = supervising.stop(deployment, deployment.processes)
    assert [one.note for one in ended] == [""] * COUNT
    assert [one for one in ended if processes.find(one.pid)] == []
    assert [one.port for one in deployment.processes if asking.listens("127.0.0.1", one.port)] == []
    assert [one.pid_file for one in deployment.processes if one.pid_file.exists()] == []
