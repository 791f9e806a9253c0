"""Install the checkout's `.venv` from the hash-pinned lock files: `python -m marketplace.launcher.environment KEY`.

Run by whichever Python `make` chose, before any package is there. KEY names the contents of the lock files.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from marketplace.launcher.errors import DiskFull, LauncherError, is_disk_full

_CHECKOUT = Path(__file__).resolve().parents[2]
_VENV = _CHECKOUT / ".venv"
_PYTHON = _VENV / "bin" / "python"
_READY, _UNFINISHED = _VENV / ".ready", _VENV / ".unfinished"
_NEEDED_BYTES = 1_500_000_000


class SetupFailed(LauncherError):
    """A step of the installation went wrong."""

    code = "setup_failed"

    def __init__(self, *, step: str, output: str) -> None:
        super().__init__(f"Setting up .venv failed while {step}:\n{output}")
        self.step, self.output = step, output


def install(key: str) -> None:
    """Bring `.venv` to the state of the lock files; what an interrupted run left is removed first."""
    descriptor = os.open(_CHECKOUT, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # two at once: the second finds the work done
        if _is_ready(key):
            return
        print("Setting up .venv (the first time this takes about a minute)", file=sys.stderr, flush=True)
        _check_machine()
        if _UNFINISHED.exists() or not _runs():
            shutil.rmtree(_VENV, ignore_errors=True)
        _install_all()
        _READY.write_text(f"{key}\n", encoding="utf-8")
        _UNFINISHED.unlink()
    finally:
        os.close(descriptor)


def _install_all() -> None:
    _VENV.mkdir(exist_ok=True)
    _UNFINISHED.touch()
    _READY.unlink(missing_ok=True)
    if not _PYTHON.exists():
        _step("creating it", sys.executable, "-m", "venv", str(_VENV))
    pip = (str(_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes")
    _step("installing uv", *pip, "-r", "requirements/uv.txt")
    sync = (str(_VENV / "bin" / "uv"), "pip", "sync", "--quiet", "--require-hashes", "--python", str(_PYTHON))
    _step("installing the packages", *sync, "requirements/dev.txt")


def _is_ready(key: str) -> bool:
    return _READY.exists() and _READY.read_text(encoding="utf-8").strip() == key and _runs()


def _runs() -> bool:
    """Tell whether the environment's Python works and is new enough."""
    test = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run((str(_PYTHON), "-c", test), capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _check_machine() -> None:
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise LauncherError(
                f"{sys.executable} has no module {module}: install it (Debian and Ubuntu: the package python3-venv)."
            )
    if shutil.disk_usage(_CHECKOUT).free < _NEEDED_BYTES:
        raise DiskFull(path=_CHECKOUT)


def _step(what: str, *argv: str) -> None:
    done = subprocess.run(argv, cwd=_CHECKOUT, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        output = done.stdout + done.stderr
        if "No space left on device" in output:
            raise DiskFull(path=_CHECKOUT)
        raise SetupFailed(step=what, output="\n".join(output.splitlines()[-20:]))


def main() -> int:
    """Install, and return the exit code."""
    try:
        install(sys.argv[1])
    except LauncherError as error:
        print(f"plenum: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        if not is_disk_full(error):
            raise
        print(f"plenum: {DiskFull(path=_CHECKOUT)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
