# SPDX-License-Identifier: Apache-2.0


def report(ask):
    def client(url):
        import httpx2
        from scim2_client.engines.httpx2 import SyncSCIMClient
        from scim2_models import SCIMException, User

        try:
            ask(SyncSCIMClient(httpx2.Client(base_url=url), resource_models=[User]), User)
        except SCIMException as e:
            return f"{type(e).__name__} {e.status}: {e.detail}"

    return client


def patch(client, user):
    from scim2_models import PatchOp, PatchOperation

    client.modify(user, "1", PatchOp[user](operations=[PatchOperation(op="replace", path="nickName", value="a")]))


def bulk(client, user):
    from scim2_models import BulkOperation, BulkRequest

    client.bulk(BulkRequest[user](operations=[BulkOperation[user](method="DELETE", path="/Users/1")]))


clients = {
    "scim2-client": report(patch),
    "scim2-client, /Me": report(lambda client, user: client.query(user, url="/Me")),
    "scim2-client, /Bulk": report(bulk),
}
