# Completion of git-credential-pat, and of "git credential-pat" through git's own completion.

# Prints words, one a line.
_git_credential_pat_lines() {
	printf '%s\n' "$@"
}

# Prints the options of a command.
_git_credential_pat_options() {
	case $1 in
	"") _git_credential_pat_lines --backend --version ;;
	seed) _git_credential_pat_lines --username --expires --days --label --permission --pinned --exact --replace --from-env --no-verify --no-configure --allow-http --provider --for --create --entra-token-stdin --authtype --sign-in ;;
	list) _git_credential_pat_lines --json --within --ics ;;
	"agent status" | "vault info") _git_credential_pat_lines --json ;;
	doctor) _git_credential_pat_lines --json --offline ;;
	verify) _git_credential_pat_lines --username --json ;;
	token) _git_credential_pat_lines --username --copy ;;
	rotate) _git_credential_pat_lines --username --all --within --days --grace --extend-first --label --entra-token-stdin --yes --dry-run --json ;;
	extend) _git_credential_pat_lines --username --all --within --days --label --entra-token-stdin --yes --dry-run --json ;;
	revoke) _git_credential_pat_lines --username --all --yes --label --entra-token-stdin --json ;;
	header | restore) _git_credential_pat_lines --username ;;
	exec) _git_credential_pat_lines --tool --show --username --env --feed ;;
	remove) _git_credential_pat_lines --username --all --yes ;;
	import) _git_credential_pat_lines --dry-run --scrub --yes --no-verify --no-configure --json ;;
	configure) _git_credential_pat_lines --system --list --json --dry-run ;;
	unconfigure) _git_credential_pat_lines --system --dry-run ;;
	"vault recover") _git_credential_pat_lines --yes ;;
	agent) _git_credential_pat_lines --foreground --timeout ;;
	esac
	_git_credential_pat_lines --help
}

# Prints what may stand as the first word after a command, or as a command.
_git_credential_pat_arguments() {
	case $1 in
	"" | help)
		_git_credential_pat_lines seed list verify token rotate extend revoke header answer exec remove restore import configure unconfigure vault unlock lock agent doctor help
		[ -z "$1" ] || _git_credential_pat_taken topics
		;;
	seed | verify | token | rotate | extend | revoke | header | exec | remove | restore) _git_credential_pat_scopes ;;
	import) _git_credential_pat_taken sources ;;
	configure | unconfigure) _git_credential_pat_taken tool-names ;;
	answer) _git_credential_pat_taken frontends ;;
	vault) _git_credential_pat_lines info add-slot remove-slot rekey backup recover ;;
	"vault add-slot") _git_credential_pat_lines keyring passphrase keyfile ;;
	"vault backup" | "vault recover") compgen -f -- "$cur" ;;
	agent) _git_credential_pat_lines status stop ;;
	esac
}

# Prints the scopes of stored tokens. Asks nothing: if the vault is locked, it prints nothing.
_git_credential_pat_scopes() {
	GIT_TERMINAL_PROMPT=0 git-credential-pat list --json 2>/dev/null </dev/null |
		sed -n 's/^ *"scope": "\(.*\)",$/\1/p' | sort -u
}

# Prints what the program takes: its providers, backends or sources.
_git_credential_pat_taken() {
	git-credential-pat help "$1" 2>/dev/null </dev/null
}

# Prints what may follow the words before the cursor.
_git_credential_pat_words() {
	local word last= command= arguments=0
	for word in "${words[@]:1:cword-1}"; do
		case $last,$word in
		*,-- | *,credential-pat | --backend,* | --username,* | --env,* | --feed,* | --tool,* | --within,* | --ics,* | *,-*) ;;
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
	*,--backend) _git_credential_pat_taken backends ;;
	*,--provider) _git_credential_pat_taken providers ;;
	*,--for) _git_credential_pat_lines packages ;;
	*,--tool) _git_credential_pat_taken exec-tools ;;
	*,--authtype) _git_credential_pat_lines bearer ;;
	*,--sign-in) _git_credential_pat_lines entra federated managed ;;
	*,--from-env | *,--env) compgen -v -- "$cur" ;;
	*,--username | *,--expires | *,--days | *,--label | *,--permission | *,--feed | *,--timeout | *,--within) ;;
	*,--ics) compgen -f -- "$cur" ;;
	exec,--) compgen -c -- "$cur" ;;
	*)
		case $cur,$command,$arguments in
		-*) _git_credential_pat_options "$command" ;;
		*,0) _git_credential_pat_arguments "$command" ;;
		*,exec,*) compgen -c -- "$cur" ;;
		*,import,*) compgen -f -- "$cur" ;;
		*,rotate,* | *,extend,* | *,revoke,*) _git_credential_pat_scopes ;;
		*,configure,* | *,unconfigure,*) _git_credential_pat_taken tool-names ;;
		esac
		;;
	esac
}

_git_credential_pat_reply() {
	local word
	COMPREPLY=()
	# No "compgen -W", which would run what a path or a file's name has in $(...); what is offered is quoted.
	while IFS= read -r word; do
		[[ $word == "$cur"* ]] || continue
		[[ $word != *[!A-Za-z0-9_./:@%+,=~-]* ]] || printf -v word %q "$word"
		COMPREPLY+=("$word")
	done < <(_git_credential_pat_words)
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
