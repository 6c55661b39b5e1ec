"""The realtime gateway: sockets on one side, the event log on the other.

    python -m realtime     serve /ws and /socket.io on PORT

Any number of gateways can run: each reads the whole log and knows only its own sockets. Nothing is kept in a gateway
that a client could miss: what a socket did not get, it gets by coming back with its cursor, to this gateway or another.
See docs/realtime.md for the protocol and docs/architecture.md for the place of this package: above `shared`, beside
`functions`; what changes data is a request to an endpoint, made in this process.
"""
