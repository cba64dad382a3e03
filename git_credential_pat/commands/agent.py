"""`agent`: the process that holds the unlocked key and answers Git at once."""

import json

import click

from git_credential_pat import suggest
from git_credential_pat.agent.control import Status, status_of, stop
from git_credential_pat.agent.running import Calling, run_foreground, run_spawned
from git_credential_pat.agent.starting import start
from git_credential_pat.backends import no_key_to_share, open_backend
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.errors import InterruptedByUserError, PatError
from git_credential_pat.stdio import say
from git_credential_pat.system.background import SPAWNED


@click.group("agent", invoke_without_command=True)
@click.option("--foreground", is_flag=True, help="Do not go to the background; for service managers.")
@click.option(
    "--timeout",
    type=click.IntRange(1, 99_999),
    metavar="S",
    help="Idle seconds, in place of pat.agentTimeout.",
)
@click.option(SPAWNED, "spawned", is_flag=True, hidden=True)
@click.pass_context
def command(context: click.Context, *, foreground: bool, timeout: int | None, spawned: bool) -> None:
    """Start the agent, which speeds up Git's requests.

    Git's calls start it, unless pat.agent is never. It holds the unlocked key in memory and ends after
    pat.agentTimeout idle seconds (900).

    \b
    Examples:
      git credential-pat agent status
      git credential-pat agent --timeout 3600
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    session: Session = context.obj
    if context.invoked_subcommand is not None:
        return
    calling = Calling(session.environment, session.options, session.backend_name, timeout)
    if spawned:
        run_spawned(calling)
    elif foreground:
        run_foreground(calling, _key(session))
    else:
        _start(session, timeout)


@command.command("status")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@pass_session
def _status(session: Session, *, as_json: bool) -> int:
    """Show whether the agent is running; status 1 if it is not."""
    status = status_of(session.environment)
    if as_json:
        facts = status._asdict() if status else dict.fromkeys(Status._fields)
        say(json.dumps({"running": status is not None, **facts}))
    elif status is None:
        say("The agent is not running.")
    else:
        say(f"{_described(status)} and ends after {status.seconds_left} more idle seconds.")
    return 0 if status else 1


@command.command("stop")
@pass_session
def _stop(session: Session) -> None:
    """End the agent and forget the key."""
    say("The agent is stopped." if stop(session.environment) else "The agent is not running.")


def _start(session: Session, timeout: int | None) -> None:
    status = status_of(session.environment)
    if status:
        say(f"{_described(status)} already.")
        return
    more = () if timeout is None else ("--timeout", str(timeout))
    start(session.environment, session.options, _key(session), more)
    status = status_of(session.environment)
    if status is None:
        raise PatError(f"the agent does not start; to see why, run: {suggest.own('agent', '--foreground')}")
    say(f"{_described(status)}.")


def _described(status: Status) -> str:
    return f"The agent is running (process {status.pid}, {'locked' if status.locked else 'unlocked'})"


def _key(session: Session) -> bytes:
    """Return the backend's key, or an empty one if it is locked or unusable, which calls will report.

    No agent is asked for it: one that systemd starts would ask itself.
    """
    backend = open_backend(session.settings, session.unlocking._replace(borrow=None))
    if not backend.shares_key:
        raise no_key_to_share()
    try:
        backend.unlock()
        shared = backend.shareable_key()
    except InterruptedByUserError:
        raise
    except PatError:
        return b""
    return shared.key or b"" if shared else b""
