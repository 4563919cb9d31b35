"""The operating system: the only modules of the engine that read a clock, a socket or its randomness.

clock, udp, entropy, machine. Imported by session alone.
"""
