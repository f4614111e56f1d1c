# SPDX-License-Identifier: Apache-2.0

"""Does with a client of PyPI what the configuration of its API in docs/formats.md calls
unimplemented, and prints what the client reports: clients.py CLIENT URL."""

import json
import sys


def boto3(url):
    from botocore.exceptions import ClientError

    try:
        s3(url).get_object_tagging(Bucket="bucket", Key="key")
    except ClientError as e:
        return f"ClientError {e.response['Error']['Code']}: {e.response['Error']['Message']}"


def boto3_head(url):
    from botocore.exceptions import ClientError

    try:
        s3(url).head_object(Bucket="bucket", Key="key", VersionId="1")
    except ClientError as e:
        return f"ClientError {e.response['Error']['Code']}: {e.response['Error']['Message']}"


def s3(url):
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(s3={"addressing_style": "path"}),
    )


def minio(url):
    from minio import Minio
    from minio.error import S3Error

    client = Minio(url.removeprefix("http://"), access_key="test", secret_key="test", secure=False, region="us-east-1")
    try:
        client.get_object_tags("bucket", "key")
    except S3Error as e:
        return f"S3Error {e.code}: {e.message}"


def azure_storage_blob(url):
    from azure.core.exceptions import HttpResponseError
    from azure.storage.blob import BlobClient

    blob = BlobClient(url + "/account", "container", "blob", credential={"account_name": "account", "account_key": "dGVzdA=="})
    try:
        blob.get_blob_tags()
    except HttpResponseError as e:
        return f"HttpResponseError {e.error_code}: {e.message.splitlines()[0]}"


def azure_core(url):
    from azure.core import PipelineClient
    from azure.core.exceptions import HttpResponseError
    from azure.core.rest import HttpRequest

    response = PipelineClient(url).send_request(HttpRequest("PATCH", url + "/widgets/1", json={}))
    try:
        response.raise_for_status()
    except HttpResponseError as e:
        return f"HttpResponseError {e.error.code}: {e.error.message} Target {e.error.target}."


def python_odata(url):
    from odata import ODataService
    from odata.exceptions import ODataError

    try:
        ODataService(url).default_context.connection.execute_patch(url + "/People('1')", {"Name": "a"})
    except ODataError as e:
        return f"ODataError {e.code}: {e.message}"


def scim2_client(url):
    import httpx2
    from scim2_client.engines.httpx2 import SyncSCIMClient
    from scim2_models import PatchOp, PatchOperation, SCIMException, ServiceProviderConfig, User

    client = SyncSCIMClient(httpx2.Client(base_url=url), resource_models=[User])
    patch = PatchOp[User](operations=[PatchOperation(op="replace", path="nickName", value="a")])
    try:
        client.modify(User, "1", patch)
    except SCIMException as e:
        return f"{type(e).__name__} {e.status}: {e.detail}"


def fhirpy(url):
    from fhirpy import SyncFHIRClient
    from fhirpy.base.exceptions import OperationOutcome

    try:
        SyncFHIRClient(url).resource("Patient", id="1").patch(active=True)
    except OperationOutcome as e:
        issue = e.resource["issue"][0]
        return f"OperationOutcome {issue['code']}: {issue['diagnostics']}"


def kubernetes(url):
    from kubernetes import client

    api = client.CoreV1Api(client.ApiClient(client.Configuration(host=url)))
    try:
        api.patch_namespaced_pod("pod", "default", {}, field_manager="test", _content_type="application/apply-patch+yaml")
    except client.ApiException as e:
        status = json.loads(e.body)
        return f"ApiException {e.status} {e.reason} with the body of a Status {status['reason']}: {status['message']}"


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


def jsonapi_client(url):
    from jsonapi_client import Filter, Session
    from jsonapi_client.exceptions import DocumentError

    try:
        Session(url).get("articles", Filter("include=author"))
    except DocumentError as e:
        return f"DocumentError: {e}"


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


def jsonrpclib_pelix(url):
    from jsonrpclib import ServerProxy
    from jsonrpclib.jsonrpc import TransportError

    try:
        ServerProxy(url).hello()
    except TransportError as e:
        return f"TransportError {e.args[1]}: {e.args[2]}"


def webdav4(url):
    from webdav4.client import Client, HTTPError

    try:
        Client(url).copy("/a", "/b")
    except HTTPError as e:
        return f"HTTPError: {e}"


clients = {
    "boto3": boto3,
    "boto3, HEAD": boto3_head,
    "minio": minio,
    "azure-storage-blob": azure_storage_blob,
    "azure-core": azure_core,
    "python-odata": python_odata,
    "scim2-client": scim2_client,
    "fhirpy": fhirpy,
    "kubernetes": kubernetes,
    "google-cloud-storage": google_cloud_storage,
    "jsonapi-client": jsonapi_client,
    "gql": gql,
    "jsonrpclib-pelix": jsonrpclib_pelix,
    "webdav4": webdav4,
}

if __name__ == "__main__":
    print(clients[sys.argv[1]](sys.argv[2]))
