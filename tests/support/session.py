"""A new user's first session, held on a real terminal against a local server, and drawn as SVG.

python -m support.session ../docs/session.svg        # run in tests
"""

import re
import sys
import tempfile
from html import escape
from pathlib import Path

from support.cloning import done, meet
from support.git_server import GitServer
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program
from support.pty_program import Shell

ORGANIZATIONS = {"fabrikam": AZURE_TOKEN, "contoso": OTHER_AZURE_TOKEN}
WEB, SHOP = f"{FABRIKAM}/web/_git/web", f"{CONTOSO}/shop/_git/shop"
HOME = "/home/jane"
"""What the throw-away home is called in the picture."""
COLUMNS = 92
_PROMPT = "shell> "
_WIDTH, _HEIGHT, _MARGIN = 7.8, 18, 16
"""Of a character, a line and the border, in pixels."""
_STYLE = (
    "text { font: 13px ui-monospace, Menlo, Consolas, monospace; fill: #d0d7de; white-space: pre }"
    " .typed { fill: #ffffff; font-weight: bold } .prompt { fill: #3fb950 }"
)


def held(folder: Path) -> list[str]:
    """Seed a token for each of two organizations and clone from both; return the lines of the terminal."""
    with GitServer(folder / "server", ORGANIZATIONS) as server:
        for url in (WEB, SHOP):
            server.create_repository(url, {"README.md": f"{url}\n"})
        program = meet(server, Program(folder / "home"))
        shell = Shell(program)
        for url, token, repository in ((FABRIKAM, AZURE_TOKEN, WEB), (CONTOSO, OTHER_AZURE_TOKEN, SHOP)):
            shell.enter(f"git credential-pat seed {url}")
            shell.wait_for("hidden): ")
            shell.enter(token)
            shell.wait_for("unknown) ")
            shell.enter("90")
            shell.wait_for(_PROMPT)
            assert "fatal" not in shell.says(f"git clone --quiet {repository}")
        shell.says("git credential-pat list")
        done(program.run("agent", "stop"))
        lines = [line.replace(str(program.home), HOME) for line in shell.lines()]
        return [line for line in lines[:-1] if line.strip()]


def drawn(lines: list[str]) -> str:
    """Return the picture of a terminal; a line that is too long for it is broken, as there."""
    broken = [line[at : at + COLUMNS] for line in lines for at in range(0, len(line), COLUMNS)]
    rows = [
        f'<text x="{_MARGIN}" y="{_MARGIN + _HEIGHT * (row + 0.7):.1f}">{_row(line)}</text>'
        for row, line in enumerate(broken)
    ]
    width, height = int(2 * _MARGIN + _WIDTH * COLUMNS), 2 * _MARGIN + _HEIGHT * len(broken)
    size = f'width="{width}" height="{height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {size}>',
            f"<style>{_STYLE}</style>",
            f'<rect {size} rx="8" fill="#161b22"/>',
            *rows,
            "</svg>\n",
        ]
    )


def said(picture: str) -> str:
    """Return the text of a picture, its lines joined as they were before they were broken."""
    return re.sub(r"<[^>]*>|\n", "", picture.partition("</style>")[2])


def _row(line: str) -> str:
    if not line.startswith(_PROMPT):
        return escape(line)
    return (
        f'<tspan class="prompt">$ </tspan><tspan class="typed">{escape(line.removeprefix(_PROMPT))}</tspan>'
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        Path(sys.argv[1]).write_text(drawn(held(Path(made))), encoding="utf-8")
