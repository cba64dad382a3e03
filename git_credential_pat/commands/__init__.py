COMMANDS=()
def run(b,a): return 0
