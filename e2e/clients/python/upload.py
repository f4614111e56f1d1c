# SPDX-License-Identifier: Apache-2.0

"""Uploads a file with a client of PyPI, and prints what it got: upload.py CLIENT FILE URL."""

import sys


def httpx(body, url):
    import httpx

    with httpx.Client(http2=True, verify=False) as client:
        response = client.patch(url, content=body)
        return f"{response.text} over {response.http_version}"


def requests(body, url):
    import requests
    import urllib3

    urllib3.disable_warnings()
    response = requests.patch(url, data=body, verify=False)
    return f"{response.text} over HTTP/{response.raw.version / 10}"


client, file, url = sys.argv[1:]
with open(file, "rb") as opened:
    body = opened.read()
print({"httpx": httpx, "requests": requests}[client](body, url).replace("HTTP/2.0", "HTTP/2"))
