"""`rollstep soak`: datagrams that nobody would send, by the million, against everything that reads one.

grammar (which bytes of a datagram are numbers), mutate (honest datagrams made wrong), target (what is attacked in chunks, and
the journal of where we are); parsers, cores and matches are the targets, game what is played, insider a peer that lies,
footprint how much a session holds; worker (one process that attacks one target), run (the command).

What happens in a chunk follows from the seed and its number alone, so that a failure can be run again.
May import the engine's insides, as the attacker is to know them.
"""
