"""`rollstep soak`: datagrams that nobody would send, by the million, against everything that reads one.

grammar (which bytes of a datagram are numbers), mutate (honest datagrams made wrong), journal (the datagrams at hand, where a dead
process leaves them), parsers, cores and matches (what is attacked), worker (one process that does it), run (the command).

Each target goes on in *chunks*; what happens in one follows from the seed and its number alone, so that a failure can be run again.
May import the engine's insides, as the attacker is to know them.
"""
