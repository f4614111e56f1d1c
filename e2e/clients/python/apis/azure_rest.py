# SPDX-License-Identifier: Apache-2.0

def azure_core(url):
    from azure.core import PipelineClient
    from azure.core.exceptions import HttpResponseError
    from azure.core.rest import HttpRequest

    response = PipelineClient(url).send_request(HttpRequest("PATCH", url + "/widgets/1", json={}))
    try:
        response.raise_for_status()
    except HttpResponseError as e:
        return f"HttpResponseError {e.error.code}: {e.error.message} Target {e.error.target}."


clients = {"azure-core": azure_core}
