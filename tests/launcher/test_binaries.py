"""The copy of the servers' programs is whole or not there."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from marketplace.launcher.account import Account
from marketplace.launcher.binaries import POSTGRES_MAJOR, find_binaries, reachable_binaries
from marketplace.launcher.ports import free_port, is_free
from marketplace.launcher.watchdog import watched_groups

SOMEBODY = Account(uid=os.geteuid(), gid=os.getegid())


def test_copies_made_at_once_end_as_one_whole_copy(folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: reachable_binaries(folder, account=SOMEBODY), range(4)))
    assert len(set(found)) == 1
    assert [entry.name for entry in folder.iterdir()] == [f"binaries-{found[0].key}"]
    told = subprocess.run((found[0].postgres, "--version"), capture_output=True, text=True, check=True).stdout
    assert told.split()[2].split(".")[0] == POSTGRES_MAJOR
    assert all(found[0].valkey.stat().st_mode & 0o111 == 0o111 for _ in found)


def test_damaged_copy_is_replaced(folder: Path) -> None:
    copy = reachable_binaries(folder, account=SOMEBODY)
    copy.postgres.write_bytes(b"")
    again = reachable_binaries(folder, account=SOMEBODY)
    assert again == copy
    assert again.postgres.stat().st_size == find_binaries().postgres.stat().st_size
    assert len(list(folder.iterdir())) == 1


def test_ordinary_user_runs_the_programs_in_place(folder: Path) -> None:
    assert reachable_binaries(folder, account=None) == find_binaries()
    assert list(folder.iterdir()) == []


def test_free_port_is_not_one_the_system_gives_to_clients() -> None:
    port = free_port()
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="utf-8").split()[0])
    assert is_free(port)
    assert port < lowest


def test_watchdog_watches_what_was_not_dropped_unless_told_it_is_over() -> None:
    lines = ["watch 10 9", "watch 11 3", "drop 10"]
    assert watched_groups(lines) == {11: 3}
    assert watched_groups([*lines, "done"]) == {}
    assert watched_groups([]) == {}
