"""What the program of the benchmark, `bench.py`, is made of.

`contender.py`: a command in a home of its own. `ours.py` and `rivals.py`: those that are measured, one
set-up each, in the tables OURS and RIVALS; `rivals.sh` makes two of them. `targets.py`: what must be
reached. `running.py`: one run, as under git. `measure.py`, by way of `meter.py`: time and memory of all.
`agents.py`: what is asked of agents beside that. `report.py` and `chart.py`: how the figures are shown.
"""
