#!/usr/bin/env bash
# Installs a browser for the tests that look at reports, where that is possible: on Debian and its
# kin, as root. Elsewhere it says so and changes nothing; those tests skip then, with the reason.
set -euo pipefail

for browser in chromium chromium-browser chrome; do
  if command -v "$browser" >/dev/null; then
    echo "browser: $(command -v "$browser")"
    exit 0
  fi
done
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo "browser: none, and no way to install one without apt-get and root"
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
if apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; then
  echo "browser: $(command -v chromium)"
else
  echo "browser: none, apt-get could not install chromium"
fi
