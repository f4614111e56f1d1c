# SPDX-License-Identifier: Apache-2.0


def report(ask):
    def client(url):
        from fhirpy import SyncFHIRClient
        from fhirpy.base.exceptions import OperationOutcome

        try:
            ask(SyncFHIRClient(url))
        except OperationOutcome as e:
            issue = e.resource["issue"][0]
            return f"OperationOutcome {issue['code']}: {issue['diagnostics']}"

    return client


clients = {
    "fhirpy": report(lambda client: client.resource("Patient", id="1").patch(active=True)),
    "fhirpy, $everything": report(lambda client: client.execute("Patient/1/$everything", method="get")),
}
