# SPDX-License-Identifier: Apache-2.0

def google_cloud_storage(url):
    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.storage import Client

    client = Client(project="test", credentials=AnonymousCredentials(), client_options={"api_endpoint": url})
    bucket = client.bucket("bucket")
    bucket.labels = {"key": "value"}
    try:
        bucket.patch()
    except GoogleAPICallError as e:
        # The message starts with the request.
        return f"{type(e).__name__} {e.reason}: {e.message.split(': ', 1)[1]} Metadata {e.metadata}."


clients = {"google-cloud-storage": google_cloud_storage}
