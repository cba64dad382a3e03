#!/bin/sh
# Takes away what install.sh put there, and this helper's lines in git's configuration. Tokens stay.
#   sh install/uninstall.sh [--prefix DIR]      (DIR is ~/.local unless given)
set -eu
. "$(dirname -- "$0")/environment.sh"
. "$here/prefix.sh"

[ -f "$manifest" ] || fail "nothing is installed in $prefix; if it lies elsewhere, give --prefix DIR"
"$launcher" unconfigure all || fail "the configuration of Git or of a tool still names the program; see above, or run install.sh if it does not start"
"$launcher" agent stop >/dev/null || :
facts=$("$launcher" vault info 2>/dev/null) || :

notes=$(mktemp)
trap 'rm -f "$notes"' EXIT
# The last made goes first, so that a folder is empty when its turn comes; one with other things stays.
sed '1!G;h;$!d' "$manifest" >"$notes"
rm -rf -- "$program"
while IFS= read -r path; do
	if [ -d "$path" ] && [ ! -L "$path" ]; then
		rmdir -- "$path" 2>/dev/null || true
	else
		rm -f -- "$path"
	fi
done <"$notes"
say "Uninstalled from $prefix."
if [ -n "$facts" ]; then
	say "Your tokens stay where they are:"
	printf '%s\n' "$facts" | sed -n -e 's/^path: */  /p' -e 's/^slot [0-9]*: *[a-z]*, in /  /p'
fi
