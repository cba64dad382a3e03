# Completion of git-credential-pat, and of "git credential-pat" through git's own completion.

# Prints the options of a command.
_git_credential_pat_options() {
	case $1 in
	"") echo "--backend --version" ;;
	seed) echo "--username --expires --days --label --permission --pinned --from-env --no-verify --no-configure --allow-http --provider" ;;
	list | "agent status" | "vault info") echo "--json" ;;
	doctor) echo "--json --offline" ;;
	verify) echo "--username --json" ;;
	token | header | restore) echo "--username" ;;
	exec) echo "--username --env --feed" ;;
	remove) echo "--username --all --yes" ;;
	import) echo "--dry-run --scrub --yes --no-configure --json" ;;
	configure | unconfigure) echo "--system" ;;
	"vault recover") echo "--yes" ;;
	agent) echo "--foreground --timeout" ;;
	esac
	echo "--help"
}

# Prints what may stand as the first word after a command, or as a command.
_git_credential_pat_arguments() {
	case $1 in
	"" | help) echo "seed list verify token header exec remove restore import configure unconfigure vault unlock lock agent doctor help" ;;
	seed | verify | token | header | exec | remove | restore) _git_credential_pat_scopes ;;
	import) echo "git-credentials netrc remotes az-devops tfx gcm environment" ;;
	vault) echo "info add-slot remove-slot rekey backup recover" ;;
	"vault add-slot") echo "keyring passphrase keyfile" ;;
	"vault backup" | "vault recover") compgen -f -- "$cur" ;;
	agent) echo "status stop" ;;
	esac
}

# Prints where tokens are kept, and asks nobody: of a locked vault it prints nothing.
_git_credential_pat_scopes() {
	GIT_TERMINAL_PROMPT=0 git-credential-pat list --json 2>/dev/null </dev/null |
		sed -n 's/^ *"scope": "\(.*\)",$/\1/p' | sort -u
}

# Prints what may follow the words before the cursor.
_git_credential_pat_words() {
	local word last= command= arguments=0
	for word in "${words[@]:1:cword-1}"; do
		case $last,$word in
		*,-- | *,credential-pat | --backend,* | --username,* | --env,* | --feed,* | *,-*) ;;
		*)
			case $command,$word in
			,* | vault,* | agent,status | agent,stop) command="${command:+$command }$word" ;;
			*) arguments=$((arguments + 1)) ;;
			esac
			;;
		esac
		last=$word
	done
	case $command,$last in
	*,--backend) echo "vault keyring" ;;
	*,--provider) echo "azure-devops-server github gitlab gitea bitbucket generic" ;;
	*,--from-env | *,--env) compgen -v -- "$cur" ;;
	*,--username | *,--expires | *,--days | *,--label | *,--permission | *,--feed | *,--timeout) ;;
	exec,--) compgen -c -- "$cur" ;;
	*)
		case $cur,$command,$arguments in
		-*) _git_credential_pat_options "$command" ;;
		*,exec,0 | *,import,0 | *,0) _git_credential_pat_arguments "$command" ;;
		*,exec,*) compgen -c -- "$cur" ;;
		*,import,*) compgen -f -- "$cur" ;;
		esac
		;;
	esac
}

_git_credential_pat_reply() {
	local IFS=$' \t\n'
	COMPREPLY=($(compgen -W "$(_git_credential_pat_words)" -- "$cur"))
	# readline takes a colon for the end of a word, and would put the URL behind "https:"
	[[ $cur != *:* ]] || ! declare -F __ltrim_colon_completions >/dev/null || __ltrim_colon_completions "$cur"
}

# git's completion calls this one, with cur, words and cword set.
_git_credential_pat() {
	_git_credential_pat_reply
}

_git_credential_pat_alone() {
	local cur=${COMP_WORDS[COMP_CWORD]} words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
	! declare -F _get_comp_words_by_ref >/dev/null || _get_comp_words_by_ref -n : cur words cword
	_git_credential_pat_reply
}

complete -F _git_credential_pat_alone git-credential-pat
