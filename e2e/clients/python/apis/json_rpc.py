# SPDX-License-Identifier: Apache-2.0

def jsonrpclib_pelix(url):
    from jsonrpclib import ServerProxy
    from jsonrpclib.jsonrpc import TransportError

    try:
        ServerProxy(url).hello()
    except TransportError as e:
        return f"TransportError {e.args[1]}: {e.args[2]}"


clients = {"jsonrpclib-pelix": jsonrpclib_pelix}
