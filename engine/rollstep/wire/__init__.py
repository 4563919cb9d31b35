"""Bytes only: the input packet (compiled) and everything else that peers send. Knows no socket, no clock and no session.

input_packet (one datagram per frame, built and taken in by the core), greeting (before there are keys), noise (the handshake),
sealing (every datagram after it), control (record, agreement, farewell), reveal (commit and reveal), identity (who somebody is
from match to match), inquest (what frozen peers tell each other after a desync), join_line.
May import game and below.
"""
