# SPDX-License-Identifier: Apache-2.0

def webdav4(url):
    from webdav4.client import Client, HTTPError

    try:
        Client(url).copy("/a", "/b")
    except HTTPError as e:
        return f"HTTPError: {e}"


clients = {"webdav4": webdav4}
