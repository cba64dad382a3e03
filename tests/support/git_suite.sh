#!/bin/sh
# Builds what Git's own tests of credential helpers need, from the sources of a newer Debian's Git:
#   sh git_suite.sh FOLDER
# Then FOLDER/t has the tests. A second run finds all done. It takes a C compiler, make, xz and zlib's headers.
set -eu
. "$(dirname -- "$0")/debian_git.sh"

[ ! -e "$folder/built" ] || exit 0
apt_of deb-src
(cd "$work" && apt-get -qq -c apt.conf source --download-only git)
tar -xf "$work"/git_*.orig.tar.xz -C "$folder" --strip-components=1
set -- NO_CURL=1 NO_EXPAT=1 NO_OPENSSL=1 NO_GETTEXT=1 NO_TCLTK=1 NO_PERL=1 NO_PYTHON=1 NO_ICONV=1 CFLAGS=-O0
make -s -C "$folder" -j "$(getconf _NPROCESSORS_ONLN)" "$@" \
	git t/helper/test-tool bin-wrappers/git bin-wrappers/test-tool GIT-BUILD-OPTIONS >"$folder/build.log" 2>&1 ||
	fail "the build failed; see $folder/build.log"
make -s -C "$folder/templates" SHELL_PATH=/bin/sh
touch "$folder/built"
