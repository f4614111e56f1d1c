#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the command, which Go keeps, and runs it where the caller is: for pre-commit and for GitHub.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
go build -C "$root/cmd/notimplemented" -o "$root/build/notimplemented" .
exec "$root/build/notimplemented" "$@"
