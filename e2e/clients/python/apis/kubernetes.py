# SPDX-License-Identifier: Apache-2.0

import json


def kubernetes(url):
    from kubernetes import client

    api = client.CoreV1Api(client.ApiClient(client.Configuration(host=url)))
    try:
        api.patch_namespaced_pod("pod", "default", {}, field_manager="test", _content_type="application/apply-patch+yaml")
    except client.ApiException as e:
        status = json.loads(e.body)
        return f"ApiException {e.status} {e.reason} with the body of a Status {status['reason']}: {status['message']}"


clients = {"kubernetes": kubernetes}
