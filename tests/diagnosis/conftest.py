from pathlib import Path

import pytest
from support.program import AZURE_TOKEN, Program


@pytest.fixture
def healthy(program: Program) -> Program:
    """Return a program with one token and everything as it should be."""
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN)
    return program


@pytest.fixture
def repository(healthy: Program) -> Path:
    """Return a repository of the healthy home, with one remote that the token is for."""
    folder = healthy.home / "repository"
    assert healthy.git("init", "--quiet", str(folder)).status == 0
    url = "https://dev.azure.com/fabrikam/web/_git/api"
    assert healthy.git("remote", "add", "origin", url, cwd=folder).status == 0
    return folder
