# SPDX-License-Identifier: Apache-2.0


def elasticsearch(url):
    from elasticsearch import ApiError, Elasticsearch

    try:
        Elasticsearch(url).search(scroll="1m")
    except ApiError as e:
        return str(e)


def opensearch(url):
    from opensearchpy import OpenSearch, TransportError

    try:
        OpenSearch(url).search(params={"scroll": "1m"})
    except TransportError as e:
        return str(e)


clients = {"elasticsearch": elasticsearch, "opensearch-py": opensearch}
