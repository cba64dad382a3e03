"""Dependencies point one way, and what Git waits for stays light."""

import ast
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

import git_credential_pat

PACKAGE = Path(git_credential_pat.__file__).parent
NAME = "git_credential_pat"

ROWS = (
    ("errors",),
    ("message",),
    ("scope",),
    ("protocol",),
    ("hosts",),
    ("entry",),
    ("vault",),
    ("processes",),
    ("settings",),
    ("terminal",),
    ("gitconfig",),
    ("backends",),
    ("resolve",),
    ("usernames",),
    ("changes",),
    ("helper",),
    ("agent",),
    ("commands",),
    ("cli",),
    ("__main__",),
)
"""A module imports only from rows above its own; a package's own files may import each other."""

HEAVY = frozenset(
    (
        "argparse",
        "click",
        "dataclasses",
        "json",
        "keyring",
        "logging",
        "pathlib",
        "re",
        "rich",
        "subprocess",
        "tempfile",
    )
)
NETWORK = frozenset(("http", "socket", "ssl"))

GIT_PATH = (
    "__init__",
    "__main__",
    "cli",
    "errors",
    "message",
    "scope",
    "protocol",
    "hosts",
    "entry",
    "vault",
    "processes",
    "settings",
    "terminal",
    "backends",
    "resolve",
    "usernames",
    "changes",
    "helper",
)
"""The modules and packages that a `get` may load."""

FILES = sorted(PACKAGE.rglob("*.py"))
LIBRARIES = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
REQUEST = b"protocol=https\nhost=dev.azure.com\npath=fabrikam/web\nusername=jane\n"

RUN = """
import os, sys
sys.path += sys.argv[1].split(os.pathsep)
from git_credential_pat.cli import main
status = main(sys.argv[2:])
sys.stderr.write("\\n".join(sorted(sys.modules)))
sys.exit(status)
"""


def name_of(file: Path) -> str:
    """Return the dotted name of a file of the package, without the package's own."""
    return ".".join(file.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def row_of(module: str) -> int:
    """Return the row of a module, or -1 for the package itself, which holds only the version."""
    top = module.partition(".")[0]
    if top == "__init__":
        return -1
    found = [number for number, row in enumerate(ROWS) if top in row]
    assert found, f"{module} stands in no row; give it one"
    return found[0]


def imported(tree: ast.AST) -> Iterator[str]:
    """Give the dotted names of all that a piece of code imports, wherever it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(file: Path) -> Iterator[str]:
    """Give what a file imports of this package, without the package's name."""
    for dotted in imported(ast.parse(file.read_text())):
        package, _, module = dotted.partition(".")
        if package == NAME:
            top = module.split(".")[0]
            is_module = (PACKAGE / top).is_dir() or (PACKAGE / f"{top}.py").exists()
            yield module if is_module else "__init__"


def on_import(tree: ast.Module) -> Iterator[str]:
    """Give what is imported as soon as a module is, which is all outside functions."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imported(node)
        waiting.extend(ast.iter_child_nodes(node))


def run(home: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the program and list on standard error all modules that it loaded."""
    path = os.pathsep.join([str(PACKAGE.parent), *LIBRARIES])
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", RUN, path, *arguments],
        input=stdin,
        env={"HOME": str(home), "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1"},
        capture_output=True,
        check=True,
    )


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_module_imports_only_from_rows_above_its_own(file: Path) -> None:
    module = name_of(file)
    wrong = [
        target
        for target in own_imports(file)
        if target.split(".")[0] != module.split(".")[0] and row_of(target) >= row_of(module)
    ]
    assert wrong == []


def test_no_module_of_the_table_stands_in_two_rows() -> None:
    names = [name for row in ROWS for name in row]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "file", [file for file in FILES if name_of(file).split(".")[0] in GIT_PATH], ids=name_of
)
def test_a_module_on_gits_path_imports_nothing_heavy_when_it_is_loaded(file: Path) -> None:
    loaded = {dotted.split(".")[0] for dotted in on_import(ast.parse(file.read_text()))}
    assert loaded & (HEAVY | NETWORK) == set()


def test_a_get_loads_nothing_heavy_and_no_network(tmp_path: Path) -> None:
    run(tmp_path, "store", stdin=REQUEST + b"password=t\n")
    finished = run(tmp_path, "get", stdin=REQUEST)
    assert finished.stdout == b"username=jane\npassword=t\n"
    loaded = finished.stderr.decode().split("\n")
    ours = [module.partition(".")[2] or "__init__" for module in loaded if module.split(".")[0] == NAME]
    assert {"helper", "backends.vault", "vault.file"} <= set(ours)
    assert [module for module in ours if module.split(".")[0] not in GIT_PATH] == []
    # `typing` itself loads `re` in the Pythons of today, and every other heavy one is avoidable
    assert {module.split(".")[0] for module in loaded} & ((HEAVY | NETWORK) - {"re"}) == set()


def test_capability_loads_no_cryptography_and_no_settings(tmp_path: Path) -> None:
    finished = run(tmp_path, "capability")
    assert finished.stdout == b"version 0\ncapability authtype\n"
    loaded = set(finished.stderr.decode().split("\n"))
    assert f"{NAME}.protocol" in loaded
    assert loaded & {"cryptography", f"{NAME}.settings", f"{NAME}.backends", f"{NAME}.hosts"} == set()
