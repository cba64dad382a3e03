"""What bash, zsh and fish really offer when the user presses Tab, with the completions of this program."""

import os
import re
import subprocess
from pathlib import Path

import pexpect
from support.program import Program
from support.requirements import BASH_COMPLETION

FOLDER = Path(__file__).resolve().parents[2] / "install" / "completions"
BASH = FOLDER / "git-credential-pat.bash"
BASH_COMPLETION_OF_GIT = "/usr/share/bash-completion/completions/git"
_MARK = "<end of offers>"


def offered_by_bash(program: Program, line: str, completion: Path = BASH) -> set[str]:
    """Return the words that bash offers at the end of a line, without any other completion loaded."""
    words = " ".join(f"'{word}'" for word in line.split(" "))
    script = (
        f'source "$1"; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); '
        '_git_credential_pat_alone; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    return _printed(program, ["bash", "--norc", "-c", script, "bash", str(completion)])


def offered_by_git_in_bash(program: Program, line: str) -> set[str]:
    """Return the words that git's own completion has bash offer at the end of a line."""
    script = (
        'source "$1"; source "$2"; source "$3"; COMP_LINE=$4; COMP_POINT=${#COMP_LINE}; '
        'COMP_WORDS=($(sed "s/:/ : /g" <<<"$4")); [[ $4 != *" " ]] || COMP_WORDS+=(""); '
        "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); __git_wrap__git_main; "
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    files = [BASH_COMPLETION, BASH_COMPLETION_OF_GIT, str(BASH)]
    found = _printed(program, ["bash", "--norc", "-c", script, "bash", *files, line])
    return {word.rstrip() for word in found}


def offered_by_fish(program: Program, line: str) -> set[str]:
    """Return the words that fish offers at the end of a line."""
    script = 'source $argv[1]; complete -C "$argv[2]"'
    command = ["fish", "-c", script, str(FOLDER / "git-credential-pat.fish"), line]
    return {row.partition("\t")[0] for row in _printed(program, command)}


def _printed(program: Program, command: list[str]) -> set[str]:
    finished = subprocess.run(
        command, env=program.environment, cwd=program.home, capture_output=True, text=True, check=True
    )
    assert finished.stderr == "", finished
    return {row for row in finished.stdout.split("\n") if row}


class Zsh:
    """An interactive zsh, which shows what it offers."""

    def __init__(self, program: Program) -> None:
        variables = {**program.environment, "TERM": "dumb", "LISTMAX": "0", "ZDOTDIR": str(program.home)}
        self._shell = pexpect.spawn(
            "zsh", ["-f", "-i"], env=variables, cwd=str(program.home), dimensions=(500, 300), timeout=20
        )
        self._run(
            f"PROMPT=; unsetopt zle_bracketed_paste; LISTMAX=0; fpath=({_quoted(FOLDER)} $fpath); "
            "autoload -Uz compinit; compinit -D -u; bindkey '^T' list-choices; "
            "zstyle ':completion:*' list-grouped false; setopt list_rows_first no_beep"
        )

    def offered(self, line: str) -> set[str]:
        """Return the words that are offered at the end of a line, with none of their descriptions."""
        self._shell.send(f"{line}\x14")
        self._shell.send("\x15")
        return self._words(line)

    def close(self) -> None:
        self._shell.close(force=True)

    def _run(self, command: str) -> None:
        self._shell.send(f"{command}; echo '<end of' 'offers>'\r")
        self._shell.expect_exact(_MARK)

    def _words(self, line: str) -> set[str]:
        self._shell.send("echo '<end of' 'offers>'\r")
        self._shell.expect_exact(_MARK)
        shown = self._shell.before
        assert isinstance(shown, bytes)
        text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r|[^\n]\x08", "", shown.decode("utf-8", "replace"))
        _, _, listing = text.partition(line)
        rows = [row.split("  --")[0] for row in listing.split("\n")[1:] if "echo" not in row]
        return {word for row in rows for word in row.split()}


def _quoted(path: Path) -> str:
    return "'" + os.fspath(path).replace("'", "'\\''") + "'"
