"""Make folders that others cannot prepare or change behind our back."""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from pathlib import Path

from marketplace.launcher.errors import LauncherError, UnsafeFolder

# Root's folders can be passed through (not listed) by the account the servers run as; a user's are the user's alone.
_ROOT_MODE, _USER_MODE = 0o711, 0o700


def own_folder(path: Path) -> Path:
    """Create a folder of ours, or check that an existing one is a real folder that only we can change."""
    mode = _ROOT_MODE if os.geteuid() == 0 else _USER_MODE
    try:
        path.mkdir(mode=_USER_MODE)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode):
            raise UnsafeFolder(path=path, reason="is not a folder") from None
        if found.st_uid != os.geteuid():
            raise UnsafeFolder(path=path, reason="belongs to another user") from None
        if stat.S_IMODE(found.st_mode) & 0o022:
            raise UnsafeFolder(path=path, reason="can be changed by other users") from None
    path.chmod(mode)
    return path


def fresh_folder(parent: Path, prefix: str) -> Path:
    """Create a folder with a name nobody could foresee."""
    path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    path.chmod(_ROOT_MODE if os.geteuid() == 0 else _USER_MODE)
    return path


def state_home() -> Path:
    """Return where all state of this user lives: outside the checkout, which other accounts may be unable to enter."""
    chosen = os.environ.get("PLENUM_STATE_HOME")
    candidates = [Path(chosen)] if chosen else [Path("/var/tmp"), Path(tempfile.gettempdir())]  # noqa: S108 (checked below)
    for place in candidates:
        if _usable(place):
            return own_folder(place.resolve() / f"plenum-{os.geteuid()}")
    raise LauncherError(
        f"None of {', '.join(map(str, candidates))} can hold the servers' files (it must be writable, let programs "
        "run and, for root, be open to others): set PLENUM_STATE_HOME to a folder that can."
    )


def _usable(place: Path) -> bool:
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return False
    if os.statvfs(place).f_flag & getattr(os, "ST_NOEXEC", 0):
        return False
    resolved = place.resolve()
    return os.geteuid() != 0 or all(folder.stat().st_mode & stat.S_IXOTH for folder in (resolved, *resolved.parents))


def write_private(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Write a small file whole: a reader sees the old one or the new one."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        draft.chmod(mode)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def kept_secret(path: Path) -> str:
    """Return the secret in the file, made at random the first time; two at once get the same one."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        write_private(draft, secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # the other one won; its secret is as good
        finally:
            draft.unlink()
    return path.read_text(encoding="utf-8")
