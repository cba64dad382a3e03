"""Wiring: what the command line asks for, and the one place where an error becomes an exit status.

Git's operations take the lean way: each module here is imported only when it is needed, because Git
starts this program up to three times a command.
"""

from __future__ import annotations

import os
import sys

from git_credential_pat.agent.frames import ABSENT, LOCKED
from git_credential_pat.agent.trust import runs_as_itself
from git_credential_pat.errors import InterruptedByUserError, PatError, UsageError
from git_credential_pat.frontends import CAPABILITIES, OPERATIONS, read_message
from git_credential_pat.stdio import (
    notice,
    read_input,
    report,
    stderr_is_terminal,
    stdin_is_terminal,
    write_output,
)
from git_credential_pat.system import lean  # noqa: F401  # before whatever loads `typing`

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from git_credential_pat.backends import Backend
    from git_credential_pat.operations.answering import Answer


def main(arguments: list[str], request: bytes | None = None, outcome: bytes = ABSENT) -> int:
    """Run the program with its arguments (without its name) and return its exit status.

    `request` is what was read of standard input already, if something was, and `outcome` what asking the
    agent gave (one of the words in `agent.frames`).
    """
    try:
        _refuse_other_user()
        umask = os.umask(0o077)
        backend, rest = _leading_options(arguments)
        options = arguments[: len(arguments) - len(rest)]
        if rest[:1] and rest[0] in OPERATIONS:
            return _operate(_alone(rest), backend, options, request, outcome)
        return _manage(backend, options, rest, umask)
    except PatError as error:
        return report(error, _without_tokens(str(error)))
    except KeyboardInterrupt:
        return report(InterruptedByUserError(), "interrupted")
    except Exception as error:  # noqa: BLE001  # a traceback could show a token
        return _internal_error(error)


def _operate(
    operation: str, backend: str | None, options: list[str], data: bytes | None, outcome: bytes
) -> int:
    """Answer Git."""
    if operation == "capability":
        write_output(CAPABILITIES)
        return 0
    from git_credential_pat.frontends import git
    from git_credential_pat.git.settings import SettingsReader, bare_environment, leave_working_folder

    request = git.parse(read_message(read_input) if data is None else data)
    environment = bare_environment()
    leave_working_folder()
    reader = SettingsReader()
    _find_libraries()
    from git_credential_pat.agent.borrowing import Turn, unlocking
    from git_credential_pat.backends import open_backend
    from git_credential_pat.operations.answering import answer
    from git_credential_pat.system.clock import nearest, now

    settings = reader.finish(backend)
    turn = Turn(environment)
    ways = unlocking(environment, settings, may_ask=operation == "get", outcome=outcome, turn=turn)
    store = open_backend(settings, ways)

    def look() -> Answer:
        return answer(operation, request, store, settings, nearest() if operation == "get" else now())

    result = look()
    for line in result.notices:
        notice(line)
    may_share = settings.uses_agent and store.shares_key
    if may_share and outcome == ABSENT and turn.is_taken:  # the passphrase was asked for, once
        _share_key(environment, options, store)
    output = result.output
    if result.lack is not None:
        from git_credential_pat.prompts.token import ask_token

        output = ask_token(result.lack, request, settings, turn, look)
    write_output(output)
    if operation == "store" and stderr_is_terminal() and (news := store.news()):
        notice(f"the token is kept. {news}")
    if may_share and (outcome == LOCKED or (outcome == ABSENT and output)):
        _share_key(environment, options, store)
    return 0


def _share_key(environment: Mapping[bytes, bytes], options: list[str], store: Backend) -> None:
    """Give the key of the vault that was opened to an agent, which is started if there is none."""
    from git_credential_pat.agent.starting import hand_over

    hand_over(environment, options, store)


def _manage(backend: str | None, options: list[str], arguments: list[str], umask: int) -> int:
    """Run one of the user's commands."""
    _find_libraries()
    from git_credential_pat.commands import COMMANDS, run
    from git_credential_pat.commands.support.session import Session

    unknown = len(arguments) == 1 and not arguments[0].startswith("-") and arguments[0] not in COMMANDS
    if unknown and not stdin_is_terminal():
        return 0  # gitcredentials(7): a helper ignores operations that it does not know
    return run(Session(backend, options, umask), arguments)


def _alone(arguments: list[str]) -> str:
    if len(arguments) > 1:
        raise UsageError(f'"{arguments[0]}" takes no arguments; it reads a request from standard input')
    return arguments[0]


def _leading_options(arguments: list[str]) -> tuple[str | None, list[str]]:
    """Take `--backend NAME`, which Git passes on from `credential.helper = pat --backend NAME`."""
    backend, rest = None, list(arguments)
    while rest and (rest[0] == "--backend" or rest[0].startswith("--backend=")):
        option, equals, value = rest.pop(0).partition("=")
        if not equals and not rest:
            raise UsageError(f"{option} needs a name, as {option} vault")
        backend = value if equals else rest.pop(0)
    return backend, rest


def _find_libraries() -> None:
    """Make the libraries importable where they lie in other folders than this package."""
    if not any(os.path.isdir(f"{folder}/cryptography") for folder in reversed(sys.path)):
        import site  # 3 ms that most installations need not pay

        site.main()


def _refuse_other_user() -> None:
    if not runs_as_itself():
        raise PatError("it runs with another user's rights (set-uid); run it as yourself")


def _without_tokens(message: str) -> str:
    from git_credential_pat.hosts import without_tokens

    return without_tokens(message)


def _internal_error(error: Exception) -> int:
    """Tell the kind and the place of a fault of ours, and nothing that could hold a secret."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else "?"
    notice(f"internal error ({type(error).__name__} at {place}); nothing was printed; please report it")
    return 1
