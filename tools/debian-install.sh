#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs those of the given Debian packages that are missing.
set -eu

missing=
for package; do
	status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) || status=
	[ "$status" = installed ] || missing="$missing $package"
done
[ "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
	echo "No apt-get here to install$missing." >&2
	exit 1
fi
if [ "$(id -u)" != 0 ]; then
	echo "Only root can install what is missing: apt-get install --no-install-recommends$missing" >&2
	exit 1
fi
echo "Installing$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # one word a package
apt-get install -qq --no-install-recommends $missing >/dev/null
