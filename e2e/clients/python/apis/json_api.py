# SPDX-License-Identifier: Apache-2.0

def jsonapi_client(url):
    from jsonapi_client import Filter, Session
    from jsonapi_client.exceptions import DocumentError

    try:
        Session(url).get("articles", Filter("include=author"))
    except DocumentError as e:
        return f"DocumentError: {e}"


clients = {"jsonapi-client": jsonapi_client}
