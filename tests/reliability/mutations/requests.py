"""Breaks in what a request means and which token answers it."""

from reliability.mutations.mutation import Mutation

MUTATIONS = (
    Mutation(
        "match a visualstudio.com host by substring",
        "hosts/azure_devops.py",
        "next((host.removesuffix(suffix) for suffix in _LABEL_SUFFIXES if host.endswith(suffix)), None)",
        "next((host.partition(suffix)[0] for suffix in _LABEL_SUFFIXES if suffix in host), None)",
        ("campaign:near_misses=20000",),
    ),
)
