"""What all tests share: where they stand, what they need of a machine, and fixtures.

A folder is named for what its tests try: `core` the rules themselves (messages, scopes, settings), `git` real
Git, `terminal` what is asked and typed, `oskeyring` the operating system's keyring, and so on. Beside this
file lie tests of the program as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from support import api_fixtures, gnupg, keyring_fixtures, program_fixtures
from support.packages import fixtures as package_fixtures
from support.requirements import Requirements, add_options
from support.standing_alone import outlive_terminal, stand_alone
from support.token_hosts import fixtures as token_fixtures

if TYPE_CHECKING:
    import pytest

pytest_addoption = add_options
# A busy machine is no fault of a test, however long an example takes.
settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")


def pytest_configure(config: pytest.Config) -> None:
    stand_alone()
    if hasattr(config, "workerinput"):
        outlive_terminal()
    config.pluginmanager.register(Requirements(config), "requirements")
    own = (api_fixtures, gnupg, keyring_fixtures, package_fixtures, program_fixtures, token_fixtures)
    for fixtures in own:
        config.pluginmanager.register(fixtures)
