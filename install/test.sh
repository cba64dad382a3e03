#!/bin/sh
# Makes the environment for tests in .venv and runs the whole suite there. Arguments go to pytest.
set -eu
. "$(dirname -- "$0")/environment.sh"

need_git
say "Making the environment $project/.venv ..."
make_environment "$project/.venv" ".[test]"
cd "$project"
exec "$project/.venv/bin/python" -m pytest "$@"
