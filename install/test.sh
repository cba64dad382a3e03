#!/bin/sh
# Makes the environment for tests in .venv and runs the whole suite there; arguments go to pytest. Instead:
#   sh install/test.sh --campaign [ROW ...]         attack each promise of docs/threat-model.md, and print one table
#   sh install/test.sh --campaign=full [ROW ...]    the same at the size that the promises are stated for;
#                                                   with --write the table goes into docs/threat-model.md
#   sh install/test.sh --mutations [WORD ...]       break the program in many ways; some test must fail each time
#                                                   (a quarter of an hour; --parts N --part K for every Nth)
set -eu
. "$(dirname -- "$0")/environment.sh"

what=${1-}
case $what in
-h | --help)
	sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
	exit 0
	;;
--campaign=full) ;;
--campaign=*) fail "there is --campaign and --campaign=full" ;;
esac
need_git
say "Making the environment $project/.venv ..."
make_environment "$project/.venv" ".[test]"
python=$project/.venv/bin/python
cd "$project"
case $what in
--campaign | --campaign=full | --mutations)
	shift
	cd tests
	;;
esac
case $what in
--campaign) exec "$python" -m reliability.campaign "$@" ;;
--campaign=full) exec "$python" -m reliability.campaign --full "$@" ;;
--mutations) exec "$python" -m reliability.mutations "$@" ;;
*) exec "$python" -m pytest "$@" ;;
esac
