"""The user's commands, one file each. To add one, add a file here and a row to `GROUPS`."""

import builtins  # noqa: TC003  # one import less to guard, off Git's path
import errno
import sys
from collections.abc import Sequence

import click

from git_credential_pat import __version__, suggest
from git_credential_pat.commands import (
    agent,
    answer,
    configure,
    doctor,
    exec_,
    extend,
    header,
    help,  # noqa: A004  # it is the command's name, and this package calls no help()
    import_,
    list,  # noqa: A004  # as above; nothing here uses the built-in
    lock,
    remove,
    restore,
    revoke,
    rotate,
    seed,
    token,
    unconfigure,
    unlock,
    vault,
    verify,
)
from git_credential_pat.commands.support.git_lines import LinesToPasteError
from git_credential_pat.commands.support.recipes import RECIPES
from git_credential_pat.commands.support.session import Session
from git_credential_pat.errors import InterruptedByUserError, PatError, UsageError
from git_credential_pat.hosts import without_tokens
from git_credential_pat.stdio import say, unwritable
from git_credential_pat.text import printable

__all__ = ["COMMANDS", "run"]

GROUPS: dict[str, dict[str, click.Command]] = {
    "Tokens": {
        "seed": seed.command,
        "list": list.command,
        "verify": verify.command,
        "token": token.command,
        "rotate": rotate.command,
        "extend": extend.command,
        "revoke": revoke.command,
        "restore": restore.command,
        "remove": remove.command,
        "import": import_.command,
    },
    "Git and tools": {
        "configure": configure.command,
        "unconfigure": unconfigure.command,
        "exec": exec_.command,
        "header": header.command,
        "answer": answer.command,
    },
    "Vault and agent": {
        "vault": vault.command,
        "unlock": unlock.command,
        "lock": lock.command,
        "agent": agent.command,
    },
    "Help": {
        "doctor": doctor.command,
        "help": help.command,
    },
}
"""The commands as help shows them."""
COMMANDS = {name: command for group in GROUPS.values() for name, command in group.items()}

_PROGRAM = "git credential-pat"
_MESSAGE_LIMIT = 100
_UNWRITABLE = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
"""How standard output fails; every other error of the system is handled where it arises."""
_EPILOG = f"""\b
Start with:       {suggest.first_seed()}
Recipes:          {suggest.own("help", next(iter(RECIPES)))};
                  also {", ".join([*RECIPES][1:])}
The manual:       git help credential-pat
Git itself calls: get, store, erase, capability (see gitcredentials(7))."""


class _InGroups(click.Group):
    """Lists its commands as the table has them."""

    def list_commands(self, ctx: click.Context) -> "builtins.list[str]":
        """Return the names in the table's order."""
        del ctx
        return [*self.commands]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section for each group."""
        del ctx
        width = max(map(len, self.commands))
        for title, group in GROUPS.items():
            rows = [
                (name.ljust(width), command.get_short_help_str(formatter.width - width))
                for name, command in group.items()
            ]
            with formatter.section(title):
                formatter.write_dl(rows)


@click.group(
    cls=_InGroups,
    commands=COMMANDS,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 78},
)
@click.option("--backend", metavar="NAME", help="Where tokens are stored, instead of pat.backend.")
@click.version_option(__version__, prog_name="git-credential-pat", message="%(prog)s %(version)s")
def _program(backend: str | None) -> None:
    """Give Git the right personal access token for each organization."""
    del backend  # taken before the command line gets here


def run(session: Session, arguments: Sequence[str]) -> int:
    """Run one command and return its exit status; raises PatError for whatever goes wrong."""
    if sys.stdout is None:
        raise PatError("cannot write the answer: standard output is closed")
    if not arguments:
        say(_program.make_context(_PROGRAM, [], resilient_parsing=True).get_help())
        return UsageError.status
    try:
        result = _program.main(
            [*arguments],
            prog_name=_PROGRAM,
            complete_var="",  # else a variable has click look for the user's shell on PATH, and run it
            standalone_mode=False,
            obj=session,
        )
        session.share_key()
    except LinesToPasteError as error:
        if error.text:
            say(error.text)
        raise
    except click.UsageError as error:
        named = next((word for word in arguments if word in COMMANDS), "")
        command = error.ctx.command_path if error.ctx else f"{_PROGRAM} {named}".strip()
        raise UsageError(f'{_one_line(error)}; see "{command} --help"') from None
    except click.ClickException as error:
        raise PatError(_one_line(error)) from None
    except click.Abort:
        raise InterruptedByUserError("interrupted") from None
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        raise unwritable(error) from None
    return result if isinstance(result, int) else 0


def _one_line(error: click.ClickException) -> str:
    """Return click's message in the form of ours: what it repeats of the command line may be a secret."""
    message = error.format_message().rstrip(".?").replace(". Did you mean", "; did you mean")
    if message.startswith("Got unexpected extra argument"):
        message = "unexpected extra argument"
        if isinstance(error, click.UsageError) and error.ctx and error.ctx.info_name == "seed":
            message += " (it asks for the token, which does not belong on a command line)"
    message = message.replace("is not a valid integer range", "is not a number")
    message = printable(without_tokens(" ".join(message.split())))
    return message[:1].lower() + message[1:_MESSAGE_LIMIT]
