"""The demo, as somebody who has just fetched the project runs it."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import time
from pathlib import Path

import pytest

from tests.e2e.programs import Launcher
from tests.launcher.people import REPOSITORY

logger = logging.getLogger(__name__)

PLAYED_WITHIN_S = 400.0
CHAPTERS = 2


@pytest.mark.timeout(900)
def test_demo_plays_and_plays_again_and_its_files_are_what_their_manifests_say(tmp_path: Path) -> None:
    for run in ("first", "second"):
        began_at, began_on_the_wall = time.monotonic(), time.time()
        with Launcher("demo", log=tmp_path / f"{run}.log") as demo:
            assert demo.wait(within_s=PLAYED_WITHIN_S) == 0, demo.account
            output = demo.output
        logger.info("The %s demo took %.1f s", run, time.monotonic() - began_at)
        told = re.findall(r"^ *Files +(.+)$", output, flags=re.MULTILINE)
        assert len(told) == CHAPTERS, output
        for line in told:
            _assert_sealed([REPOSITORY / name for name in line.split(", ")], newer_than=began_on_the_wall)


def _assert_sealed(files: list[Path], *, newer_than: float) -> None:
    """Compare the files of one release with their manifest."""
    [manifest] = [file for file in files if file.name == "manifest.json"]
    sealed = {file["name"]: file for file in json.loads(manifest.read_bytes())["files"]}
    labels = [file for file in files if file != manifest]
    assert {file.name for file in labels} == sealed.keys()
    for file in labels:
        content = file.read_bytes()
        assert file.stat().st_mtime >= newer_than - 1  # the file system's clock is coarse
        assert len(content) == sealed[file.name]["n_bytes"] > 0
        assert hashlib.sha256(content).hexdigest() == sealed[file.name]["sha256"]
