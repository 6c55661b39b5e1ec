"""One port for the API and its sockets, as the load balancer has it in production.

`/ws` and `/socket.io` are the realtime gateway's, which runs inside of this process; every other request is passed on
to the functions as it came: method, path and headers unchanged, bodies in both directions as they arrive.
"""
