"""What `help TOPIC` prints: short recipes, which docs/usage.md explains."""

RECIPES = {
    "several-organizations": """\
Each organization has its own token, also on one host:

  git credential-pat seed https://dev.azure.com/fabrikam
  git credential-pat seed https://dev.azure.com/contoso
  git credential-pat list

seed has Git send the organization with each request. A token for one project
is used instead of that of its organization:

  git credential-pat seed https://dev.azure.com/fabrikam/web

Two accounts in one GitLab group or one Bitbucket workspace:

  git credential-pat seed https://gitlab.com/group --username jane
  git remote set-url origin https://jane@gitlab.com/group/project.git""",
    "tools": """\
Have pip, uv, docker, Cargo, Go and others ask for your tokens themselves:

  git credential-pat configure --list
  git credential-pat configure all

Each finds the token of the organization in the URL. docker, podman and
Terraform name only a host: they are given a token if one organization of it is
stored. For several, and for npm, bun and others that cannot ask, hand the
token to one command:

  git credential-pat exec https://dev.azure.com/fabrikam -- npm install

To take everything back:

  git credential-pat unconfigure all""",
    "containers": """\
Give a container one token on standard input, and nothing of your vault:

  git credential-pat token fabrikam | docker run --rm -i IMAGE sh -c \\
    'git credential-pat seed https://dev.azure.com/fabrikam && git clone URL'

While an image is built, seed, clone and delete in one step:

  RUN --mount=type=secret,id=pat export HOME=/tmp/home && mkdir $HOME && \\
    git config --global pat.agent never && git credential-pat seed \\
    https://dev.azure.com/fabrikam </run/secrets/pat && git clone URL && \\
    rm -rf $HOME

A container has no keyring, so a key file opens its vault.""",
    "ci": """\
Keep the token in the service's secrets, and use a home that ends with the job:

  export HOME="$(mktemp -d)"
  git config --global pat.agent never
  git credential-pat seed https://dev.azure.com/fabrikam --from-env AZURE_PAT
  git clone https://dev.azure.com/fabrikam/web/_git/web

The token is on no command line and in no log. A rejected token fails the job
here (status 1). To skip this check, add --no-verify.""",
    "expiry": """\
The host says when a token expires, or you do:

  git credential-pat seed https://dev.azure.com/fabrikam --expires 2027-01-31

Starting seven days before, Git's output warns once a day and names the page
where to make a new token. To see all dates, and to be warned earlier:

  git credential-pat list
  git config --global pat.expiryWarning 14

An expired token is never used. Put another one in its place in time, or seed
one that you have made over it:

  git credential-pat rotate https://dev.azure.com/fabrikam
  git credential-pat seed https://dev.azure.com/fabrikam

Where the host lets a program renew a token, a timer can do it in time:

  git config --global pat.renew auto
  git credential-pat configure renew""",
}

OF_GIT = """\
get, store, erase and capability are for Git, which calls them itself. get,
store and erase read a request from standard input. To see what Git gets, with
the token in plain text:

  printf 'url=https://dev.azure.com/fabrikam\\n\\n' | git credential fill

gitcredentials(7) explains it. To print a token for a script:

  git credential-pat token https://dev.azure.com/fabrikam"""
"""What `help` prints for an operation of Git."""
