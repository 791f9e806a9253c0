"""Every contract of the layers holds, and would notice being broken."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("labeling", "marketplace", "pricing", "quality")

# What breaks each contract: a line added to a module of a copy, or a new module.
BREAKS: dict[str, tuple[str, str]] = {
    "rooms": ("labeling/services/claim.py", "import quality.models"),
    "marketplace-rooms": ("marketplace/utils.py", ""),
    "inside-rooms": ("labeling/helpers.py", ""),
    "pure-core": ("quality/core/labels.py", "import django.db"),
    "forecasts-blind": ("pricing/core/turnaround/supply.py", "import pricing.core.backtesting.world"),
    "launcher-alone": ("marketplace/launcher/cli.py", "import django"),
    "no-cycles": ("labeling/core/geometry/boxes.py", "import labeling.core.annotations.broken"),
}
ALSO_ADDED = {"no-cycles": ("labeling/core/annotations/broken.py", "import labeling.core.geometry.boxes")}


def _contract_ids() -> set[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {contract["id"] for contract in settings["tool"]["importlinter"]["contracts"]}


def _lint(where: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    linter = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [str(linter), "--no-cache", *arguments], cwd=where, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Return a copy of the source tree."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_all_contracts_hold() -> None:
    result = _lint(ROOT)

    assert result.returncode == 0, result.stdout


def test_every_contract_has_its_break() -> None:
    assert _contract_ids() == BREAKS.keys()


@pytest.mark.parametrize("contract", BREAKS)
def test_a_broken_contract_is_noticed(house: Path, contract: str) -> None:
    added = [BREAKS[contract], *([ALSO_ADDED[contract]] if contract in ALSO_ADDED else [])]
    for name, line in added:
        with (house / name).open("a") as module:
            module.write(f"\n{line}\n")

    result = _lint(house, "--contract", contract)

    assert result.returncode == 1
    assert "BROKEN" in result.stdout
