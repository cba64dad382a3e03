"""The pure core: which token answers a request, and what an approval or a rejection changes."""
