"""Real processes on two machines (network namespaces): whole matches, cables that are pulled, addresses that change."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import rollstep as rs
from rollstep.replay import verify
from tests.games.box import game as box

from . import machines
from .machines import Machine, Process, listen, start, two_machines

pytestmark = pytest.mark.skipif(machines.why_not() is not None, reason=str(machines.why_not()))


def heavy(kind: str) -> Any:
    return pytest.param(kind, marks=pytest.mark.heavy)


@pytest.fixture(scope="module", autouse=True)
def compiled() -> Iterator[None]:
    """Once, not in two processes at a time."""
    rs.prepare(box)
    yield


def proved(processes: list[Process], folder: Path, frames: int) -> list[dict[str, Any]]:
    """Both played to the end, and their replays are one match that is what its inputs lead to."""
    results = []
    for process in processes:
        assert process.result is not None and process.popen.returncode == 0
        assert process.result["error"] is None and process.result["frames"] == frames, process.result
        assert str(process.result["gone"]).endswith(("None", "left")), "the other may leave first, at the end"
        results.append(process.result)
    assert len({result["final_checksum"] for result in results}) == 1
    report = verify(box, [(f"{p}.rsr", rs.read_replay(folder / f"{p}.rsr")) for p in range(2)])
    assert report.verified and report.peers == (0, 1), report.message
    return results


def addresses(one: Machine, two: Machine, kind: str) -> tuple[str, str]:
    """Of machine 1 and 2, as the other one needs it."""
    return getattr(one, kind), getattr(two, kind)


@pytest.mark.parametrize("kind", ["four", heavy("six"), heavy("link_local")])
def test_a_match_across_two_machines_is_proved(kind, tmp_path):
    with two_machines() as (one, two):
        here, there = addresses(one, two, kind)
        processes = [start(one, 0, there, tmp_path), start(two, 1, here, tmp_path)]
        listen(processes)
        results = proved(processes, tmp_path, 600)
    assert all(sum(result["send_errors"].values()) <= 5 for result in results), "what was said to who had left, at most"


@pytest.mark.heavy
def test_over_a_bad_cable_too(tmp_path):
    with two_machines() as (one, two):
        try:
            for machine in (one, two):
                machine.run("tc", "qdisc", "add", "dev", "cable", "root", "netem", "delay", "20ms", "5ms", "loss", "5%")
        except (subprocess.CalledProcessError, OSError) as error:
            pytest.skip(f"there is no tc netem here: {getattr(error, 'stderr', error)}")
        processes = [start(one, 0, two.four, tmp_path, speed=1), start(two, 1, one.four, tmp_path, speed=1)]
        listen(processes)
        assert all(result["rollbacks"] > 0 for result in proved(processes, tmp_path, 600))


@pytest.mark.heavy
def test_machines_without_ipv6_play_and_so_do_those_whose_datagrams_are_cut_in_pieces(tmp_path):
    with two_machines(ipv6=False, mtu=600) as (one, two):
        processes = [start(one, 0, two.four, tmp_path, frames=200), start(two, 1, one.four, tmp_path, frames=200)]
        listen(processes)
        proved(processes, tmp_path, 200)


@pytest.mark.parametrize("kind", ["four", heavy("six")])
def test_a_cable_that_is_pulled_and_put_back_interrupts_the_match_and_it_goes_on(kind, tmp_path):
    with two_machines() as (one, two):
        here, there = addresses(one, two, kind)
        processes = [start(machine, p, other, tmp_path, frames=800, timeout_ms=6000)
                     for p, (machine, other) in enumerate(((one, there), (two, here)))]
        pulled: list[str] = []

        def heard(process: Process) -> None:
            if not pulled and process.player == 0 and process.frame >= 200:
                one.down()
                pulled.append("down")
            elif pulled == ["down"] and all(p.has("Stalled", "Interrupted") for p in processes):
                one.up()
                pulled.append("up")
        listen(processes, heard)
        results = proved(processes, tmp_path, 800)
    assert pulled == ["down", "up"]
    for process, result in zip(processes, results, strict=True):
        assert process.has("Synchronized", "Stalled", "Interrupted", "Restored", "Resumed")
        assert not process.has("DesyncDetected") and result["stalls"] > 0
    assert results[0]["send_errors"].get("unreachable", 0) > 0, "its own interface was gone"


@pytest.mark.heavy
def test_a_machine_whose_address_changes_during_the_match_is_followed(tmp_path):
    with two_machines() as (one, two):
        processes = [start(one, 0, two.four, tmp_path, frames=800), start(two, 1, one.four, tmp_path, frames=800)]
        changed: list[str] = []

        def heard(process: Process) -> None:
            if not changed and process.player == 0 and process.frame >= 200:
                one.ip("addr", "del", f"{one.four}/24", "dev", "cable")
                one.ip("addr", "add", f"{machines.FOUR}9/24", "dev", "cable")
                changed.append("changed")
        listen(processes, heard)
        proved(processes, tmp_path, 800)
    assert changed and processes[1].has("AddressChanged") and not processes[0].has("AddressChanged")
    assert any(f"{machines.FOUR}9:{machines.PORT}" in event for event in processes[1].events)


@pytest.mark.parametrize("kind", ["four", heavy("six")])
def test_a_machine_without_a_network_says_so_when_it_gives_up(kind, tmp_path):
    with two_machines() as (one, two):
        _, there = addresses(one, two, kind)
        one.down()
        processes = [start(one, 0, there, tmp_path, connect_timeout_ms=1000)]
        listen(processes)
        result = processes[0].result
        assert result is not None and result["frames"] == 0 and result["error"] is None
        shown = f"[{there}]" if kind == "six" else there
        assert f"no answer from {shown}:{machines.PORT} for" in result["gone"]
        assert result["gone"].endswith("the last datagram could not be sent: there is no route to it")
        assert result["send_errors"]["unreachable"] > 0 and not (tmp_path / "0.rsr").exists()


@pytest.mark.heavy
def test_a_process_that_is_killed_on_one_machine_is_missed_on_the_other(tmp_path):
    with two_machines() as (one, two):
        processes = [start(one, 0, two.four, tmp_path, frames=100_000, timeout_ms=1000),
                     start(two, 1, one.four, tmp_path, frames=100_000, timeout_ms=1000)]

        def heard(process: Process) -> None:
            if process.player == 1 and process.frame >= 200:
                process.popen.kill()
        listen(processes, heard)
    alive = processes[0].result
    assert alive is not None and alive["gone"] == "player 1 is gone: silent for 4000 ms", alive
    whole = rs.read_replay(tmp_path / "0.rsr")
    assert whole.frames == alive["frames"] >= 200 and verify(box, [("0.rsr", whole)]).verified
