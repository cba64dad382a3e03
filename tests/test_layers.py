"""Dependencies point one way, and what Git waits for stays light."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pexpect
import pytest
from support.checks import keep
from support.file_keyring import CLASS, FILE
from support.program import CONTOSO, NO_AGENT, NO_NETWORK, Program

import git_credential_pat
from git_credential_pat.backends import BACKENDS
from git_credential_pat.hosts import HOSTS

PACKAGE = Path(git_credential_pat.__file__).parent
NAME = "git_credential_pat"

ROWS = (
    "keyring_path",
    "text",
    "suggest",
    "errors",
    "stdio",
    "model",
    "system",
    "oskeyring",
    "vault",
    "git",
    "frontends",
    "web",
    "entra",
    "hosts",
    "backends",
    "operations",
    "agent",
    "prompts",
    "renewal",
    "importing",
    "tools",
    "variables",
    "diagnosis",
    "commands",
    "cli",
    "__main__",
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
    "text",
    "suggest",
    "stdio",
    "model",
    "system",
    "vault",
    "hosts",
    "git",
    "frontends",
    "backends",
    "operations",
    "agent",
    "prompts",
)
"""The modules and packages that a `get` may load."""

ANSWERED_BY_AGENT = {
    "__init__",
    "agent",
    "agent.client",
    "agent.identity",
    "frontends",
    "stdio",
}
"""All of ours that a call loads before it asks the agent."""

SERVING = (
    *("agent.running", "agent.server", "agent.service", "agent.sign_ins", "agent.watch", "agent.control"),
)
"""What only the agent itself loads, and the commands that look after it."""

OFF_PATH = (
    *SERVING,
    "git.block",
    "system.asking_versions",
    "system.background",
    "system.becoming",
    "system.browser",
    "system.desktop",
    "system.lending",
    "system.printing",
    "system.services",
    "system.signals",
    "system.sockets",
    "backends.vault.copies",
    "backends.vault.diagnosing",
    "backends.vault.slots",
    "model.finding",
    "model.renewal",
    "operations.global_tokens",
    "prompts.renewal",
    "hosts.support",
    "hosts.support.azure_answers",
    "hosts.support.azure_lifecycle",
    "hosts.support.azure_token_answers",
    "hosts.support.azure_questions",
    "hosts.support.gitea_lifecycle",
    "hosts.support.github_lifecycle",
    "hosts.support.gitlab_lifecycle",
    "hosts.support.lifecycle",
    "hosts.support.packages",
    "hosts.support.repository",
    "hosts.support.variables",
    "hosts.support.verdict",
    "hosts.support.verification",
)
"""What lies in packages of Git's path and is not on it."""

SUPPORT = Path(__file__).parent / "support"
SECOND_IMPLEMENTATION = [SUPPORT / "second_reader.py", *sorted((SUPPORT / "vault_vectors").glob("*.py"))]
"""A reader and a writer of the vault format that check the program's."""

PROVIDERS = frozenset(host.provider for host in HOSTS)
FILES = sorted(PACKAGE.rglob("*.py"))
LISTS_MODULES = f"""
import posix, sys
listing, before, leave = sys.argv.pop(), {{*sys.modules}}, posix._exit
def leave_list(status):
    with open(listing, "w") as file:
        file.write("\\n".join({{*sys.modules}} - before))
    leave(status)
posix._exit = leave_list
sys.path.append({str(SUPPORT.parent)!r})
main = {str(PACKAGE / "__main__.py")!r}
start = compile(open(main).read(), main, "exec")
exec(start, {{"__name__": "__main__", "__file__": main, "__package__": None}})
"""
"""A start of the program as the launcher makes it, which writes down at its end what modules it loaded."""
REQUEST = b"protocol=https\nhost=dev.azure.com\npath=fabrikam/web\nusername=jane\n"


def name_of(file: Path) -> str:
    """Return the dotted name of a file of the package, without the package's own."""
    return ".".join(file.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def row_of(module: str) -> int:
    """Return the row of a module, or -1 for the package itself, which holds only the version."""
    top = module.partition(".")[0]
    if top == "__init__":
        return -1
    assert top in ROWS, f"{module} stands in no row; give it one"
    return ROWS.index(top)


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


def names_of_families(tree: ast.AST) -> Iterator[str]:
    """Give the places where code decides by the name of a host family, or writes one down."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in PROVIDERS:
            yield f"{node.lineno}: {node.value}"
        operands: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
        elif isinstance(node, ast.Subscript):
            operands = [node.slice]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            operands = node.args
        for operand in operands:
            if isinstance(operand, ast.Attribute) and operand.attr == "name":
                owner = ast.unparse(operand.value)
                if "family" in owner.lower():
                    yield f"{operand.lineno}: {owner}.name"


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


def start(operation: str, said: Path) -> tuple[str, list[str]]:
    """Return what starts the program, and its options; the modules are written to a file at the end."""
    return sys.executable, ["-I", "-S", "-c", LISTS_MODULES, operation, str(said)]


def environment(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", **NO_AGENT}


def ended(
    home: Path, operation: str, stdin: bytes, variables: Mapping[str, str]
) -> tuple[int, bytes, set[str]]:
    """Start the program, isolated as the launcher does it; return status, output and what it has loaded."""
    said = home / "modules"
    python, options = start(operation, said)
    finished = subprocess.run(
        [python, *options],
        input=stdin,
        env={**environment(home), **variables},
        capture_output=True,
        check=False,
    )
    return finished.returncode, finished.stdout, set(said.read_text().splitlines())


def loaded_by(home: Path, operation: str, stdin: bytes = b"", **variables: str) -> tuple[bytes, set[str]]:
    """Do the same with a call that ends well."""
    status, stdout, loaded = ended(home, operation, stdin, variables)
    assert status == 0
    return stdout, loaded


def ours(loaded: set[str]) -> set[str]:
    """Return the modules of this package, without the package's own name."""
    mine = {module for module in loaded if module.split(".")[0] == NAME}
    return {module.partition(".")[2] or "__init__" for module in mine}


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_module_imports_only_from_rows_above_its_own(file: Path) -> None:
    module = name_of(file)
    wrong = [
        target
        for target in own_imports(file)
        if target.split(".")[0] != module.split(".")[0] and row_of(target) >= row_of(module)
    ]
    assert wrong == []


TOUCHING = frozenset(("io", "os", "pathlib", "posix", "shutil", "socket", "subprocess", "tempfile"))
"""What reaches beyond the process."""


@pytest.mark.parametrize(
    "file", [file for file in FILES if name_of(file).split(".")[0] in ("model", "operations")], ids=name_of
)
def test_the_core_does_no_input_or_output_and_knows_no_tool(file: Path) -> None:
    tree = ast.parse(file.read_text())
    own = {target.split(".")[0] for target in own_imports(file)}
    assert own <= {"text", "suggest", "errors", "model", "git", "hosts", "backends", "operations"}
    assert {dotted.split(".")[0] for dotted in imported(tree)} & TOUCHING == set()
    assert "open" not in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_values_are_made_by_the_base_that_costs_git_little(file: Path) -> None:
    made_slowly = "typing.NamedTuple" in imported(ast.parse(file.read_text()))
    assert made_slowly == (name_of(file) == "model"), "NamedTuple is that of model/__init__.py"


@pytest.mark.parametrize(
    "file",
    [
        file
        for file in FILES
        if name_of(file).split(".")[0] in GIT_PATH
        and name_of(file) not in {*OFF_PATH, *ANSWERED_BY_AGENT, "__main__", "model"}
    ],
    ids=name_of,
)
def test_git_does_not_wait_for_annotations(file: Path) -> None:
    """But in the few modules that a call by agent loads, which would wait for `__future__` itself."""
    tree = ast.parse(file.read_text())
    has_some = any(isinstance(node, ast.FunctionDef | ast.AnnAssign) for node in ast.walk(tree))
    assert has_some <= ("__future__.annotations" in imported(tree))


POSIX_MODULES = frozenset(("fcntl", "grp", "posix", "pwd", "resource", "select", "signal", "termios", "tty"))
POSIX_NAMES = frozenset(
    (
        *("chown", "fchown", "fork", "getegid", "geteuid", "getgid", "getpgrp", "getsid", "getuid"),
        *("closerange", "execve", "posix_spawn", "setsid", "sysconf", "tcgetpgrp"),
    )
)
"""What `os` has and another system might not."""
POSIX_OUTSIDE_SYSTEM = {
    "__main__": {"posix"},
    "stdio": {"posix"},
    "agent.identity": {"posix", "geteuid", "getuid"},
}
"""The fast path, which may load built-in modules alone."""


@pytest.mark.parametrize(
    "file", [file for file in FILES if not name_of(file).startswith("system.")], ids=name_of
)
def test_only_the_systems_own_package_knows_posix(file: Path) -> None:
    tree = ast.parse(file.read_text())
    modules = {dotted.split(".")[0] for dotted in imported(tree)} & POSIX_MODULES
    taken = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & POSIX_NAMES
    named = {dotted.split(".")[1] for dotted in imported(tree) if dotted.startswith(("os.", "posix."))}
    used = modules | taken | (named & POSIX_NAMES)
    assert used == POSIX_OUTSIDE_SYSTEM.get(name_of(file), set())


ABOUT_ONE_BACKEND = {"commands.vault": "backends.vault", "importing.vault": "backends.vault"}
"""A command and a source that are about one backend alone; they ask its package for it."""


@pytest.mark.parametrize(
    "file", [file for file in FILES if not name_of(file).startswith("backends.")], ids=name_of
)
def test_nobody_outside_the_backends_asks_which_one_it_is(file: Path) -> None:
    concrete = {target.partition(":")[0].removeprefix(f"{NAME}.") for target in BACKENDS.values()}
    classes = {target.partition(":")[2] for target in BACKENDS.values()}
    own = ABOUT_ONE_BACKEND.get(name_of(file))
    asked = [
        target
        for target in own_imports(file)
        if target.rpartition(".")[2] in classes
        or any(f"{target}.".startswith(f"{module}.") for module in concrete if module != own)
    ]
    compared = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Compare)
        and any(isinstance(side, ast.Attribute) and side.attr == "backend" for side in ast.walk(node))
    ]
    assert asked == compared == []


@pytest.mark.parametrize(
    "file", [file for file in FILES if not name_of(file).startswith("hosts")], ids=name_of
)
def test_only_the_hosts_know_families_by_their_names(file: Path) -> None:
    assert sorted(names_of_families(ast.parse(file.read_text()))) == []


@pytest.mark.parametrize(
    "line",
    [
        'family.name == "x"',
        "match.target.family.name in ASKING",
        "family_of(scope).name != other",
        "TABLE[family.name]",
        "TABLE.get(target.family.name)",
        'provider = "azure-devops-server"',
        'row.name == "generic"',
    ],
)
def test_a_name_of_a_family_is_seen(line: str) -> None:
    assert len([*names_of_families(ast.parse(line))]) == 1


def test_no_module_of_the_table_stands_in_two_rows() -> None:
    assert len(ROWS) == len(set(ROWS))


@pytest.mark.parametrize(
    "file",
    [file for file in FILES if name_of(file).split(".")[0] in GIT_PATH and name_of(file) not in OFF_PATH],
    ids=name_of,
)
def test_a_module_on_gits_path_imports_nothing_heavy_when_it_is_loaded(file: Path) -> None:
    loaded = {dotted.split(".")[0] for dotted in on_import(ast.parse(file.read_text()))}
    assert loaded & (HEAVY | NETWORK) == set()


@pytest.mark.parametrize("file", SECOND_IMPLEMENTATION, ids=lambda file: file.stem)
def test_the_second_implementation_of_the_vault_format_has_nothing_of_the_program(file: Path) -> None:
    of_it = () if file.stem == "second_reader" else ("support.vault_vectors.", "support.second_reader.")
    names = [name for name in imported(ast.parse(file.read_text())) if name.startswith((NAME, "support"))]
    assert [name for name in names if not name.startswith(of_it)] == []


def test_a_get_without_an_agent_loads_nothing_heavy_and_no_network(tmp_path: Path) -> None:
    loaded_by(tmp_path, "store", REQUEST + b"password=t\n")
    stdout, loaded = loaded_by(tmp_path, "get", REQUEST)
    assert stdout == b"username=jane\npassword=t\n"
    assert {"operations.answering", "backends.vault", "system.files"} <= ours(loaded)
    assert {module for module in ours(loaded) if module.split(".")[0] not in GIT_PATH} == set()
    assert ours(loaded) & set(OFF_PATH) == set()
    assert {module.split(".")[0] for module in loaded} & (HEAVY | NETWORK) == set()


WALKING = {"cli", "agent.service"}
"""What walks the way to a sign-in's token for Git and other tools, where no token is stored."""


@pytest.mark.parametrize(
    "file", [file for file in FILES if name_of(file).split(".")[0] in GIT_PATH], ids=name_of
)
def test_of_gits_path_two_modules_alone_know_sign_ins_and_load_them_late(file: Path) -> None:
    known = {target.split(".")[0] for target in own_imports(file)}
    assert ("entra" in known) == (name_of(file) in WALKING)
    early = {dotted for dotted in on_import(ast.parse(file.read_text())) if dotted.startswith(NAME)}
    assert {dotted for dotted in early if dotted.split(".")[1:2] == ["entra"]} == set()


def test_a_get_uses_the_network_only_where_a_sign_in_answers(tmp_path: Path) -> None:
    loaded_by(tmp_path, "store", REQUEST + b"password=t\n")
    keep(Program(tmp_path), CONTOSO, "", sign_in="entra")
    stdout, loaded = loaded_by(tmp_path, "get", REQUEST)
    assert stdout == b"username=jane\npassword=t\n"
    assert {module for module in ours(loaded) if module.split(".")[0] not in GIT_PATH} == set()
    assert {module.split(".")[0] for module in loaded} & (HEAVY | NETWORK) == set()
    asking = REQUEST.replace(b"fabrikam", b"contoso")
    for operation in ("store", "erase"):
        _, loaded = loaded_by(tmp_path, operation, asking + b"password=eyJ\n")
        assert {module.split(".")[0] for module in loaded} & (HEAVY | NETWORK) == set()
    status, stdout, loaded = ended(tmp_path, "get", asking, NO_NETWORK)
    assert (status, stdout) == (5, b"")
    assert {"entra", "web.asking"} <= ours(loaded)
    assert {module.split(".")[0] for module in ours(loaded)} <= {*GIT_PATH, "entra", "web"}


def test_a_get_from_the_keyring_loads_no_vault_and_no_cryptography(tmp_path: Path) -> None:
    variables = {FILE: str(tmp_path / "keyring")}
    settings = {"agent": "never", "backend": "keyring", "keyringBackend": CLASS}
    for at, (name, value) in enumerate(settings.items()):
        variables |= {f"GIT_CONFIG_KEY_{at}": f"pat.{name}", f"GIT_CONFIG_VALUE_{at}": value}
    variables["GIT_CONFIG_COUNT"] = str(len(settings))
    loaded_by(tmp_path, "store", REQUEST + b"password=t\n", **variables)
    stdout, loaded = loaded_by(tmp_path, "get", REQUEST, **variables)
    assert stdout == b"username=jane\npassword=t\n"
    assert "backends.keyring" in ours(loaded)
    assert {module for module in ours(loaded) if "vault" in module} == set()
    assert "cryptography" not in loaded


def test_the_first_store_on_a_terminal_imports_no_command(tmp_path: Path) -> None:
    said = tmp_path / "modules"
    child = pexpect.spawn(*start("store", said), env=environment(tmp_path), timeout=20)
    child.send(REQUEST + b"password=t\n\n")
    child.expect_exact(b"the token is stored. The encrypted vault is ")
    child.expect(pexpect.EOF)
    loaded = set(said.read_text().splitlines())
    assert "operations.answering" in ours(loaded)
    assert {module for module in ours(loaded) if module.split(".")[0] == "commands"} == set()


def test_asking_the_agent_stands_on_built_in_modules_alone(tmp_path: Path) -> None:
    stdout, loaded = loaded_by(tmp_path, "capability")
    assert stdout == b"version 0\ncapability authtype\n"
    assert ours(loaded) == ANSWERED_BY_AGENT
    others = {module for module in loaded if module.split(".")[0] != NAME}
    assert others <= {*sys.builtin_module_names, "_socket", "gc"}
