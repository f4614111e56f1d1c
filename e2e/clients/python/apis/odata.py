# SPDX-License-Identifier: Apache-2.0


def report(ask):
    def client(url):
        from odata import ODataService
        from odata.exceptions import ODataError

        try:
            ask(ODataService(url).default_context.connection, url)
        except ODataError as e:
            return f"ODataError {e.code}: {e.message}"

    return client


clients = {
    "python-odata": report(lambda connection, url: connection.execute_patch(url + "/People('1')", {"Name": "a"})),
    "python-odata, $batch": report(lambda connection, url: connection.execute_post(url + "/$batch", {"requests": []})),
}
