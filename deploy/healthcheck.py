"""For a container's HEALTHCHECK: exit 0 where /health answers 200.

It asks under a name that the server answers to, and below the path that it is served at.
"""

import http.client
import os
import sys

host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
base_path = "/" + os.environ.get("BASE_PATH", "").strip("/")
port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000

connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
try:
    connection.request("GET", f"{base_path.rstrip('/')}/health", headers={"Host": host})
    answer = connection.getresponse()
    sys.stdout.write(answer.read(1000).decode(errors="replace") + "\n")
    healthy = answer.status == 200
except OSError as error:
    sys.stdout.write(f"{error}\n")
    healthy = False
sys.exit(0 if healthy else 1)
