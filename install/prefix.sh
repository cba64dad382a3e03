# Sourced by install.sh and uninstall.sh after environment.sh: where things lie.
# shellcheck disable=SC2034  # what is set here is used by them

prefix=${HOME:?"HOME is not set; set it, or there is no home to install into"}/.local
while [ $# -gt 0 ]; do
	case $1 in
	--prefix=*) prefix=${1#--prefix=} ;;
	--prefix)
		[ $# -gt 1 ] || fail "--prefix needs a folder"
		prefix=$2
		shift
		;;
	-h | --help)
		sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
		exit 0
		;;
	*) fail "unknown argument \"$1\"; the only one is --prefix DIR" ;;
	esac
	shift
done
case $prefix in
/*) ;;
*) prefix=$PWD/$prefix ;;
esac
prefix=${prefix%/}
case $prefix in
*[[:cntrl:]]*) fail "the folder's name holds control characters; give another" ;;
esac

bin=$prefix/bin
share=$prefix/share
launcher=$bin/git-credential-pat
program=$prefix/lib/git-credential-pat
manifest=$program/installed-files
