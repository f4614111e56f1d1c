#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the end-to-end tests on the Envoy of each version and prints a table of them:
# versions.sh VERSION...
set -eu

log=$(mktemp)
trap 'rm "$log"' EXIT
table=$(printf '%-8s %7s %7s %8s' Envoy passed failed seconds)
code=0
for version; do
	tools/install.sh ".tools/envoy-$version/envoy"
	echo "Testing on Envoy $version"
	start=$(date +%s)
	if ! ENVOY=$PWD/.tools/envoy-$version/envoy go test -C e2e -count=1 -v ./quickstart ./envoy >"$log" 2>&1; then
		code=1
		grep -Ev '^=== |^ *--- PASS' "$log"
	fi
	table=$(printf '%s\n%-8s %7d %7d %8d' "$table" "$version" \
		"$(grep -c '^ *--- PASS' "$log")" "$(grep -c '^ *--- FAIL' "$log")" $(($(date +%s) - start)))
done
echo "$table"
exit $code
