"""Runs the programs of an image as its user: run-image.py ROOT"""

import os
import secrets
import subprocess
import sys
import time

ROOT = sys.argv[1]
USER = 65532
ENVIRONMENT = {
    "CUSIP_LOG": "info",
    "CUSIP_LOG_FORMAT": "json",
    "CUSIP_API_TOKEN": secrets.token_hex(16),
    "CUSIP_DB_HOST": "127.0.0.1",
}


def enter():
    os.chroot(ROOT)
    os.chdir("/")
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)


def run(*command):
    return subprocess.run(command, preexec_fn=enter, env=ENVIRONMENT, capture_output=True, text=True, check=False)


print(run("/usr/local/bin/cusip", "--version").stdout, end="")
refused = run("/usr/local/bin/cusip", "synth", "/tmp/files", "--date", "2024-01-15")
assert "Read-only file system" in refused.stderr, refused

started = time.monotonic()
api = subprocess.Popen(["/usr/local/bin/cusip-api"], preexec_fn=enter, env=ENVIRONMENT)
while run("/usr/local/bin/cusip-api", "--check-live").returncode != 0:
    assert api.poll() is None and time.monotonic() - started < 60
print(f"cusip-api is live after {time.monotonic() - started:.2f} s", flush=True)
with open(f"/proc/{api.pid}/status", encoding="ascii") as status:
    print(*(line.strip() for line in status if line.startswith(("Uid", "VmRSS"))), sep="\n")
api.terminate()
assert api.wait(30) == 0, api.returncode
