"""The `rollstep` command.

cli (arguments and exit codes), load (which game), match and its parts (peer: one process per player; proxy: the bad
network between them), replays (verify, info), lab (simulated networks), bench (numbers beside C), show (words and
tables for people).
Uses rollstep's public names, rollstep.testing and rollstep.replay; bench also rollstep.compile and rollstep.runner.
"""
