"""A fault of the program itself shows nothing that could be secret, and no traceback; errors are one line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from support.program import AZURE_TOKEN

import git_credential_pat
from git_credential_pat import cli
from git_credential_pat.errors import PatError
from git_credential_pat.stdio import report

if TYPE_CHECKING:
    import pytest

PACKAGE = Path(git_credential_pat.__file__).parent


def test_a_fault_of_ours_is_reported_by_its_kind_and_place_alone(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError(AZURE_TOKEN)

    monkeypatch.setattr(cli, "_asked", fail)
    assert cli.main(["list"]) == 1
    line = fail.__code__.co_firstlineno + 1
    assert capfd.readouterr() == (
        "",
        (
            f"git-credential-pat: internal error (ZeroDivisionError at test_internal_errors.py:{line}); "
            "nothing was printed; please report it\n"
        ),
    )


def test_a_program_that_cannot_start_prints_no_traceback(tmp_path: Path) -> None:
    package = tmp_path / "lib" / "git_credential_pat"
    package.mkdir(parents=True)
    shutil.copy(PACKAGE / "__main__.py", package)
    (package / "__init__.py").write_text("")
    ended = subprocess.run(
        [sys.executable, "-I", "-S", str(package / "__main__.py"), "get"],
        input=f"password={AZURE_TOKEN}\n\n".encode(),
        capture_output=True,
        check=False,
        timeout=20,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (
        1,
        b"",
        b"git-credential-pat: internal error; nothing was printed; please install it again\n",
    )


def test_an_error_is_one_line_whatever_stands_in_its_message(capfd: pytest.CaptureFixture[str]) -> None:
    assert report(PatError(), "/home/a\nb\r\n/config is not a regular file") == 1
    assert capfd.readouterr() == ("", "git-credential-pat: /home/a b /config is not a regular file\n")
