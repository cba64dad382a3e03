"""Wiring: what the command line asks for, and the one place where an error becomes an exit status.

Git's operations take the lean way: each module here is imported only when it is needed, because Git
starts this program up to three times a command.
"""

from __future__ import annotations

import os
import sys
from io import BytesIO

import git_credential_pat.system  # noqa: F401  # before whatever loads `typing`
from git_credential_pat.agent import ABSENT, Outcome
from git_credential_pat.agent.identity import runs_as_itself
from git_credential_pat.errors import InterruptedByUserError, PatError, UsageError
from git_credential_pat.frontends import (
    FRONTENDS,
    GIT,
    HAND_ON,
    OPENINGS,
    OPERATIONS,
    asked,
    converse,
    front_end,
    messages,
    split_options,
)
from git_credential_pat.stdio import (
    notice,
    read_input,
    report,
    stderr_is_terminal,
    stdin_is_terminal,
    write_output,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_credential_pat.model.credential import Answer, Credential, SignIn
    from git_credential_pat.model.entry import Entry, Nanoseconds
    from git_credential_pat.model.request import Call


_HANDED_ON = b"GIT_CREDENTIAL_PAT_HANDED_ON"
"""A mark for the next program of a name: should that be this one again, the question ends here."""


def main(arguments: list[str], received: Iterator[bytes] | None = None, outcome: Outcome = ABSENT) -> int:
    """Run the program with its arguments (without its name) and return its exit status.

    `received` are the messages of a tool that are still to be answered, if the first was read already, and
    `outcome` is what came of asking the agent.
    """
    try:
        _refuse_other_user()
        umask = os.umask(0o077)
        tool, words, options = _asked(arguments)
        backend = split_options(options)[0]
        if not tool:
            if words[:1] and words[0] in OPERATIONS:  # with --help
                words = ["help", words[0]]
            return _manage(backend, options, words, umask)
        if received is None:
            write_output(OPENINGS.get((tool, words[0] if words else ""), b""))
            received = messages(tool, words, read_input)
        way = _FullWay(backend, options, outcome, may_ask=tool == GIT)
        status = _answer(tool, words, received, way)
        way.end()
        return status if status != HAND_ON else _hand_on(FRONTENDS[tool][0], words, way.folder, umask)
    except PatError as error:
        return report(error, _without_tokens(str(error)))
    except KeyboardInterrupt:
        return report(InterruptedByUserError(), "interrupted")
    except Exception as error:  # noqa: BLE001  # a traceback could show a token
        return _internal_error(error)


def _answer(tool: str, words: list[str], received: Iterator[bytes], way: _FullWay) -> int:
    """Answer a tool's messages and return the exit status."""
    carry_out = way.carry_out if tool == GIT else way.look_up
    for message in received:
        way.message = message
        status = converse(front_end(tool).talk(words, BytesIO(message).read), carry_out, write_output)
        if status is not None:
            return status
    return 0


class _FullWay:
    """How calls are carried out that no agent answers: with a backend of their own, and by asking the user.

    `message` is what the tool has sent, and `folder` the working folder. Nothing is opened, nor is that
    folder left, before the first call.
    """

    def __init__(self, backend: str | None, options: list[str], outcome: Outcome, *, may_ask: bool) -> None:
        """Take the options of the command line, and what came of asking the agent."""
        self.message = b""
        self.folder: str | None = "."
        self._backend = backend
        self._options = options
        self._outcome = outcome
        self._may_ask = may_ask
        self._is_open = False
        self._lent: list[bytes] = []
        self._has_answered = False
        self._has_stored = False

    def _open(self, operation: str) -> None:
        """Read the settings and open the backend; git runs while the libraries are loaded."""
        if self._is_open:
            return
        from git_credential_pat.git.settings import SettingsReader, leave_working_folder
        from git_credential_pat.system.processes import bare_environment

        self._environment = bare_environment()
        self.folder = leave_working_folder()
        reader = SettingsReader()
        _find_libraries()
        from git_credential_pat.agent.borrowing import Turn, unlocking
        from git_credential_pat.backends import open_backend
        from git_credential_pat.operations import answering  # noqa: F401  # every call needs it

        self._settings = reader.finish(self._backend)
        self._turn = Turn(self._environment)
        may_ask = self._may_ask and operation == "get"
        ways = unlocking(
            self._environment, self._settings, may_ask=may_ask, outcome=self._outcome, turn=self._turn
        )
        self._store = open_backend(self._settings, ways)
        self._may_share = self._settings.uses_agent and self._store.shares_key
        self._is_open = True

    def look_up(self, call: Call) -> Answer:
        """Carry out a call of a tool that hears of no error: the reason of a miss goes to standard error."""
        from git_credential_pat.model.credential import Answer
        from git_credential_pat.model.request import LIST

        if call is LIST:
            return Answer()
        try:
            self._open(call.operation)
            found = self._answer(call)
        except PatError as error:
            report(error, _without_tokens(str(error)))
            return Answer()
        except Exception as error:  # noqa: BLE001  # even a fault of ours is but a miss
            _internal_error(error)
            return Answer()
        for line in found.reasons(is_seen=stderr_is_terminal()):
            notice(line)
        self._has_answered = found.credential is not None
        return found

    def carry_out(self, call: Call) -> Answer:
        """Carry out a call of Git; a token that is lacking is asked for."""
        self._open(call.operation)
        found = self._answer(call)
        for line in found.notices:
            notice(line)
        if self._may_share and self._outcome.is_absent and self._turn.is_taken:
            self._share_key()  # the passphrase was asked for, once
        if found.lack is not None:
            token = self._asked_for(found.lack, call, refreshes=found.credential is not None)
            found = found._replace(credential=token or found.credential)
        self._has_answered = found.credential is not None
        self._has_stored = call.operation == "store"
        return found

    def end(self) -> None:
        """Do what the tool need not wait for: report a vault that was made, share its key and a token."""
        if not self._is_open:
            return
        if self._has_stored and stderr_is_terminal() and (news := self._store.news()):
            notice(f"the token is stored. {news}")
        if self._may_share and (self._outcome.is_locked or (self._outcome.is_absent and self._has_answered)):
            self._share_key()
        if self._may_share and self._lent:
            self._share_token()

    def _answer(self, call: Call) -> Answer:
        from git_credential_pat.operations.answering import Around, answer
        from git_credential_pat.system.clock import nearest, now

        moment = nearest() if call.operation == "get" else now()
        found = answer(call, Around(self._store, self._settings, moment, _note_today))
        if found.sign_in is None or call.operation != "get":
            return found
        return found._replace(credential=self._signed_in(found.sign_in, call))

    def _signed_in(self, sign_in: SignIn, call: Call) -> Credential:
        """Walk the way to the token that answers: the only case in which a `get` uses the network."""
        from git_credential_pat.entra import from_call, walk
        from git_credential_pat.operations.answering import signed_in
        from git_credential_pat.operations.sign_in_cache import SignInCache
        from git_credential_pat.system.clock import now

        way, organization = sign_in.way, sign_in.organization.text
        around = from_call(self._environment, self.folder or "/", self._settings)
        given = walk(way, organization, around, lambda tenant: SignInCache(self._store, tenant, now()))
        token = given.value.encode()
        self._lent = [way.encode(), organization.encode(), token, b"%d" % given.expires]
        return signed_in(sign_in, call.request, token, given.expires)

    def _asked_for(self, lack: Entry, call: Call, *, refreshes: bool) -> Credential | None:
        """Return what the user answers, if the answer is not a matter of the helpers that Git asks next.

        A refresh token is theirs: one of them may use it, and maybe only once, so they are not asked before.
        """
        from git_credential_pat.prompts.token import ask_token, may_ask

        if not may_ask(self._settings):
            return None
        from git_credential_pat.git.helpers import following
        from git_credential_pat.prompts.others import have_answer

        request = call.request
        others = following(request, self.folder, os.environ)
        if others and (refreshes or have_answer(others, request, self.message, os.environ)):
            return None
        return ask_token(lack, request, self._settings, self._turn, lambda: self._answer(call))

    def _share_key(self) -> None:
        """Give the key of the vault that was opened to an agent, which is started if there is none."""
        from git_credential_pat.agent.starting import hand_over

        hand_over(self._environment, self._options, self._store)

    def _share_token(self) -> None:
        """Give the agent, if one runs, the token that a sign-in led to: it gets the next one in time."""
        from git_credential_pat.agent import identity
        from git_credential_pat.agent.client import ask

        stand = identity.standing(self._environment, self._options)
        if stand is not None and not self._outcome.is_silent:
            around = [identity.of_ways(self._environment), self._environment.get(b"PATH", b"")]
            ask(self._environment, b"sign-in", stand, *around, *self._lent)


def _hand_on(program: str, words: list[str], folder: str | None, umask: int) -> int:
    """Become the next program of this name on PATH; return 1 if there is none, or this one has another."""
    from git_credential_pat.system.becoming import become, users_environment
    from git_credential_pat.system.processes import DEFAULT_PATH, bare_environment, find_program

    launcher = os.environ.get("GIT_CREDENTIAL_PAT_LAUNCHER", "")
    path = os.environ.get("PATH", DEFAULT_PATH)
    other = find_program(program, path, but=launcher) if os.path.basename(launcher) == program else None
    if other is not None and _HANDED_ON not in os.environb:
        become(
            [other, *words], {**users_environment(bare_environment()), _HANDED_ON: b"1"}, folder or "/", umask
        )
    return 1


def _note_today(folder: str, mark: str, now: Nanoseconds) -> bool:
    from git_credential_pat.system.daily import note_today  # few tokens are about to end

    return note_today(folder, mark, now)


def _manage(backend: str | None, options: list[str], arguments: list[str], umask: int) -> int:
    """Run one of the user's commands."""
    _find_libraries()
    from git_credential_pat.commands import COMMANDS, run
    from git_credential_pat.commands.support.session import Caller, Session
    from git_credential_pat.git.settings import leave_working_folder
    from git_credential_pat.system.processes import bare_environment

    unknown = len(arguments) == 1 and not arguments[0].startswith("-") and arguments[0] not in COMMANDS
    if unknown and not stdin_is_terminal():
        return 0  # gitcredentials(7): a helper ignores operations that it does not know
    caller = Caller(bare_environment(), leave_working_folder(), umask)
    return run(Session(backend, options, caller), arguments)


def _asked(arguments: list[str]) -> tuple[str, list[str], list[str]]:
    try:
        return asked(arguments, os.environb)
    except ValueError as error:
        raise UsageError(f"{error}, as --backend vault") from None


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
    """Report the kind and the place of a fault of ours, and nothing that could hold a secret."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else "?"
    notice(f"internal error ({type(error).__name__} at {place}); nothing was printed; please report it")
    return 1
