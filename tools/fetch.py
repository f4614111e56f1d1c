# SPDX-License-Identifier: Apache-2.0
"""Unpacks a .tar.gz, without its outermost folder, if it has the right SHA-256:
fetch.py URL SHA256 DIRECTORY. With a URL alone, it only checks that the archive
can be downloaded. Python, since Envoy's package needs it anyway and a fresh
machine may have no curl."""

import hashlib
import io
import os
import shutil
import signal
import sys
import tarfile
import urllib.request

SILENCE = 5  # seconds that a server may take for the next bytes


def body(url, method):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=SILENCE) as response:
            return response.read()
    except OSError as error:
        sys.exit(f"{url}: {getattr(error, 'reason', error)}")


def main(url, sha256=None, directory=None):
    if sha256 is None:
        signal.alarm(2 * SILENCE)  # a resolver knows no time limit
        body(url, "HEAD")
        return
    archive = body(url, "GET")
    if (found := hashlib.sha256(archive).hexdigest()) != sha256:
        sys.exit(f"{url} has the SHA-256 {found}, want {sha256}")
    part = directory + ".part"
    shutil.rmtree(part, ignore_errors=True)
    shutil.rmtree(directory, ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(part)
    os.rename(os.path.join(part, os.listdir(part)[0]), directory)
    os.rmdir(part)


main(*sys.argv[1:])
