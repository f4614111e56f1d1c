# SPDX-License-Identifier: Apache-2.0


def openai(url):
    from openai import APIStatusError, OpenAI

    try:
        OpenAI(base_url=url + "/v1", api_key="test").models.delete("model")
    except APIStatusError as e:
        return f"{type(e).__name__} {e.code}: {e.body['message']}"


clients = {"openai": openai}
