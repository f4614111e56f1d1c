# SPDX-License-Identifier: Apache-2.0

"""Does with a client of PyPI what the configuration of its API in docs/formats.md calls
unimplemented, and prints what the client reports: ask.py API CLIENT URL. The clients
of an API are those of its module in apis."""

import importlib
import sys

api, client, url = sys.argv[1:]
module = importlib.import_module("apis." + api.lower().translate(str.maketrans(" :-", "___")))
print(module.clients[client](url))
