# SPDX-License-Identifier: Apache-2.0

def gql(url):
    from gql import Client, FileVar
    from gql import gql as query
    from gql.transport.exceptions import TransportQueryError
    from gql.transport.requests import RequestsHTTPTransport

    upload = query("mutation ($file: Upload!) { upload(file: $file) }")
    upload.variable_values = {"file": FileVar(__file__)}
    try:
        Client(transport=RequestsHTTPTransport(url)).execute(upload, upload_files=True)
    except TransportQueryError as e:
        error = e.errors[0]
        return f"TransportQueryError {error['extensions']['code']}: {error['message']} Alternatives {error['extensions']['alternatives']}."


clients = {"gql": gql}
