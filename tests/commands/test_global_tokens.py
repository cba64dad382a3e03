"""`seed`, `import`, `list`, `verify` and `doctor` say that one token of several organizations will end.

tests/core/test_global_tokens.py has which tokens these are.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from support.checks import entries, keep, line_of
from support.doctor import after, problems
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program
from support.verdicts import results, serve_organization

if TYPE_CHECKING:
    from support.api_server import ApiServer

WARNING = re.compile(
    r"warning: a global token, which stop(s|ped) working on 2026-12-01, is stored for "
    rf"{CONTOSO}, {FABRIKAM}; for the commands that replace it, run: git credential-pat doctor"
)


def test_seed_says_so_of_the_second_organization(program: Program) -> None:
    assert program.seed(FABRIKAM, AZURE_TOKEN).stderr == ""
    assert WARNING.fullmatch(line_of(program.seed(CONTOSO, AZURE_TOKEN)))
    assert program.seed(CONTOSO, OTHER_AZURE_TOKEN).stderr == ""


def test_import_says_so(program: Program) -> None:
    lines = [f"https://jane:{AZURE_TOKEN}@dev.azure.com/{name}\n" for name in ("contoso", "fabrikam")]
    source = program.home / ".git-credentials"
    source.touch(0o600)
    source.write_text("".join(lines))
    assert WARNING.fullmatch(line_of(program.run("import", "git-credentials", "--no-verify")))


def test_list_says_so_to_people_and_marks_each_entry_for_scripts(program: Program) -> None:
    keep(program, FABRIKAM)
    keep(program, CONTOSO, state="rejected")
    keep(program, "https://dev.azure.com/third", OTHER_AZURE_TOKEN)
    listed = program.run("list")
    assert WARNING.fullmatch(line_of(listed))
    states = [re.split(r" {2,}", line)[3] for line in listed.stdout.decode().splitlines()]
    assert states[1:] == ["rejected, global", "active, global", "active"]
    marks = {entry["scope"]: entry["global_token"] for entry in entries(program)}
    assert marks == {CONTOSO: True, FABRIKAM: True, "https://dev.azure.com/third": False}
    assert program.run("remove", "--yes", CONTOSO).status == 0
    assert program.run("list").stderr == ""


def test_verify_says_so_of_the_one_that_is_asked_about(server: ApiServer, visitor: Program) -> None:
    serve_organization(server, "fabrikam", AZURE_TOKEN)
    keep(visitor, FABRIKAM)
    keep(visitor, CONTOSO)
    table = visitor.run("verify", FABRIKAM)
    assert re.search(
        rb"it is a global token, which stop(s|ped) working on 2026-12-01; to replace it, run: ", table.stdout
    )
    assert [row["global_token"] for row in results(visitor.run("verify", "--json", FABRIKAM))] == [True]
    assert visitor.run("remove", "--yes", CONTOSO).status == 0
    assert [row["global_token"] for row in results(visitor.run("verify", "--json", FABRIKAM))] == [False]


def test_doctor_has_a_problem_for_each_organization(program: Program) -> None:
    program.seed(FABRIKAM, AZURE_TOKEN)
    program.seed(CONTOSO, AZURE_TOKEN)
    found = problems(program)
    assert [(finding.check, finding.fix) for finding in found] == [
        ("global-tokens", f"git credential-pat seed {CONTOSO}"),
        ("global-tokens", f"git credential-pat seed {FABRIKAM}"),
    ]
    assert json.loads(program.run("list", "--json").stdout)["entries"][0]["global_token"] is True
    for fixed, finding in enumerate(found, 1):
        another = OTHER_AZURE_TOKEN if fixed == 1 else "C" * 76 + "AZDO" + "d3e4"
        left = after(program, finding._replace(fix=f"{finding.fix} --no-verify"), stdin=another)
        assert len([finding for finding in left if finding.state == "problem"]) == len(found) - fixed
