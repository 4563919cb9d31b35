"""Bytes only: the input packet (compiled) and the control messages. Knows no socket, no clock and no session.

input_packet (one datagram per frame, built and taken in by the core), control (hello and bye), inquest
(what frozen peers tell each other after a desync).
May import game and below.
"""
