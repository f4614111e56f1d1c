# SPDX-License-Identifier: Apache-2.0


def report(ask, **more):
    def client(url):
        from azure.core.exceptions import HttpResponseError
        from azure.storage.blob import BlobClient

        credential = {"account_name": "account", "account_key": "dGVzdA=="}
        try:
            ask(BlobClient(url + "/account", "container", "blob", credential=credential, **more))
        except HttpResponseError as e:
            return f"HttpResponseError {e.error_code}: {e.message.splitlines()[0]}"

    return client


clients = {
    "azure-storage-blob": report(lambda blob: blob.get_blob_tags()),
    "azure-storage-blob, HEAD": report(lambda blob: blob.get_blob_properties(), snapshot="2026-01-01"),
}
