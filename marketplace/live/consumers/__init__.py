"""Websockets: a snapshot first, then every event of the log, in order, without gap or repeat.

What a socket sends is read from PostgreSQL. The channel layer only says when to look, so losing it costs a poll.
"""
