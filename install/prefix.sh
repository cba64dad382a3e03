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

# refuse_others FOLDER: ends if root would make something in the home of another user, who could not change it then.
# What it asks is what the program asks: does the system know that user, does sudo run this, does the user use Git?
refuse_others() {
	folder=$1
	while [ ! -d "$folder" ]; do folder=$(dirname -- "$folder"); done
	# shellcheck disable=SC2012  # ls gives the owner as a number, then by name if it has one
	number=$(LC_ALL=C ls -ldn -- "$folder/." | awk '{ print $3; exit }')
	# shellcheck disable=SC2012  # as above
	owner=$(LC_ALL=C ls -ld -- "$folder/." | awk '{ print $3; exit }')
	[ "$number" != 0 ] || return 0
	[ ! -k "$folder" ] || return 0 # a folder for all users, as /tmp, is no home
	if [ "$owner" = "$number" ] && [ -z "${SUDO_UID-}" ]; then
		used=$(find "$folder/.gitconfig" "$folder/.config/git/config" -prune ! -user 0 2>/dev/null) || :
		[ -n "$used" ] || return 0
		owner="user $number"
	fi
	fail "$folder belongs to $owner, and root changes nothing there; run it without sudo, or as \"sudo -H\""
}

if [ "$(id -u)" = 0 ]; then
	refuse_others "$HOME"
	refuse_others "${prefix:-/}"
fi

bin=$prefix/bin
share=$prefix/share
launcher=$bin/git-credential-pat
program=$prefix/lib/git-credential-pat
manifest=$program/installed-files
