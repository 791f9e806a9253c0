"""The launcher's commands."""

from __future__ import annotations

import argparse
import contextlib
import http.client
import importlib.util
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from marketplace.launcher.errors import (
    AlreadyRunning,
    DiskFull,
    LauncherError,
    ModuleMissing,
    PortBusy,
    ProcessFailed,
    Stopped,
    is_disk_full,
)
from marketplace.launcher.folders import state_home
from marketplace.launcher.foreground import run_foreground
from marketplace.launcher.instance import (
    CHECKOUT,
    Instance,
    find_places,
    fresh_instance,
    keep_logs,
    kept_instance,
    remove_state,
    running_instance,
)
from marketplace.launcher.ports import HOST, free_port, is_free
from marketplace.launcher.processes import log_tail
from marketplace.launcher.roster import ROSTER, WEB, spec_of
from marketplace.launcher.signals import Signals
from marketplace.launcher.stack import joined_env, start_servers
from marketplace.launcher.supervisor import Supervisor

DEFAULT_PORT = 8000
_HEALTHY_TIMEOUT_S = 120.0
_NEEDED_MODULES = ("django", "uvicorn", "celery")


@dataclass(frozen=True)
class Session:
    """Running servers, and what is needed to run more beside them."""

    instance: Instance
    signals: Signals
    supervisor: Supervisor
    env: Mapping[str, str]

    def foreground(self, *argv: str, cwd: Path) -> int:
        """Run a command with our terminal."""
        return run_foreground(argv, env=self.env, cwd=cwd, supervisor=self.supervisor, signals=self.signals)


def main(arguments: Sequence[str]) -> int:
    """Run a command and return the exit code."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except Stopped as stopped:
        return 128 + stopped.signum
    except LauncherError as error:
        _say(str(error))
        return 1
    except OSError as error:
        if not is_disk_full(error):
            raise
        _say(str(DiskFull(path=Path(error.filename2 or error.filename or state_home()))))
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m marketplace.launcher", description=__doc__)
    parser.add_argument("-v", "--verbose", action="store_true", help="say where the state is kept")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    execute = commands.add_parser("exec", help="run a command with the servers up: those of `make run`, if it runs")
    execute.add_argument(
        "--throwaway", action="store_true", help="use a new, fast, unsafe database, removed afterwards"
    )
    execute.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- CMD...")
    execute.set_defaults(command=_exec)

    demo = commands.add_parser("demo", help="replay a crowd through the whole service, and stop")
    demo.add_argument("--crowd", help="folder of a recorded crowd")
    demo.add_argument("--as", dest="kind", help="of masks: semantic_segmentation or panoptic_segmentation")
    demo.add_argument("--from-files", action="store_true", help="bring pictures and gold in files, too")
    demo.add_argument("--report", help="file to write the report to")
    demo.set_defaults(command=_demo)

    run = commands.add_parser("run", help="serve until Ctrl-C")
    run.add_argument("--port", type=int, default=DEFAULT_PORT)
    run.set_defaults(command=_run)

    clean = commands.add_parser("clean", help="remove the kept data of this checkout")
    clean.set_defaults(command=_clean)
    return parser


def _exec(options: argparse.Namespace) -> int:
    argv = options.argv[1:] if options.argv[:1] == ["--"] else options.argv
    if not argv:
        raise LauncherError("Say which command to run: exec -- CMD...")
    try:
        with _session(options, fresh=options.throwaway, durable=not options.throwaway) as session:
            return session.foreground(*argv, cwd=Path.cwd())
    except AlreadyRunning:
        env = None if options.throwaway else joined_env(running_instance(find_places()))
        if env is None:
            raise
        return subprocess.run(argv, env=env, check=False).returncode


def _demo(options: argparse.Namespace) -> int:
    _check_modules()
    argv = [sys.executable, "manage.py", "demo", "--output", "exports/demo"]
    for name in ("crowd", "report"):
        if value := getattr(options, name):
            argv += [f"--{name}", str(Path(value).absolute())]
    if options.kind:
        argv += ["--as", options.kind]
    if options.from_files:
        argv += ["--from-files"]
    with _session(options, fresh=True, durable=True) as session:
        try:
            url = _serve(session, free_port())
            code = session.foreground(*argv, "--url", url, cwd=CHECKOUT)
        except LauncherError:
            keep_logs(session.instance)
            raise
        if code:
            keep_logs(session.instance)
            _say(f"The demo failed; the logs are in {session.instance.last_failure}.")
        return code


def _run(options: argparse.Namespace) -> int:
    _check_modules()
    if not is_free(options.port):
        raise PortBusy(port=options.port)
    with _session(options, fresh=False, durable=True) as session:
        url = _serve(session, options.port)
        code = session.foreground(sys.executable, "manage.py", "seed", "--url", url, cwd=CHECKOUT)
        if code:
            return code
        _say(f"Serving at {url}; the logs are in {session.instance.logs}; Ctrl-C stops.")
        try:
            session.supervisor.run_for_ever()
        except Stopped as stopped:
            if stopped.signum != signal.SIGINT:
                raise
        return 0


def _clean(options: argparse.Namespace) -> int:
    with Signals() as signals:
        remove_state(find_places(), signals)
    return 0


@contextlib.contextmanager
def _session(options: argparse.Namespace, *, fresh: bool, durable: bool) -> Iterator[Session]:
    """Hold an instance with its servers up; all of it ends with the block."""
    with Signals() as signals:
        hold = fresh_instance if fresh else kept_instance
        with hold(find_places(), signals) as instance, Supervisor(instance, signals=signals, say=_say) as supervisor:
            if options.verbose:
                _say(f"The pids are in {instance.processes_file}.")
            env = start_servers(instance, supervisor=supervisor, signals=signals, durable=durable)
            yield Session(instance, signals, supervisor, env)


def _serve(session: Session, port: int) -> str:
    """Bring the schema up to date, start the service's processes and wait until it answers; return its address."""
    _say("Bringing the database up to date; a new one takes half a minute.")
    _migrate(session)
    for role in ROSTER:
        session.supervisor.start(spec_of(role, instance=session.instance, env=session.env, port=port))
    if not session.supervisor.wait_until(lambda: _is_healthy(port), timeout_s=_HEALTHY_TIMEOUT_S, every_s=0.1):
        tail = log_tail(session.instance.logs / f"{WEB.name}.log")
        raise ProcessFailed(name=WEB.name, what=f"did not answer within {_HEALTHY_TIMEOUT_S:.0f} s", log_tail=tail)
    return f"http://{HOST}:{port}"


def _migrate(session: Session) -> None:
    log = session.instance.logs / "migrate.log"
    with log.open("wb") as output:
        done = subprocess.run(
            (sys.executable, "manage.py", "migrate", "--no-input"),
            cwd=CHECKOUT,
            env=dict(session.env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    session.signals.sleep(0)
    if done.returncode:
        raise ProcessFailed(name="migrate", what=f"ended with code {done.returncode}", log_tail=log_tail(log))


def _is_healthy(port: int) -> bool:
    link = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        link.request("GET", "/healthz")
        return link.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()


def _check_modules() -> None:
    for module in _NEEDED_MODULES:
        if importlib.util.find_spec(module) is None:
            raise ModuleMissing(module=module)


def _say(text: str) -> None:
    print(f"plenum: {text}", file=sys.stderr, flush=True)
