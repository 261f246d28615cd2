"""As much of curl as the documents use, for machines that have none. Run as a command.

Standard library alone: it is started once for each call.
"""

from __future__ import annotations

import http.client
import sys
from pathlib import Path
from urllib.parse import urlsplit

OPTIONS = {
    "-H": "header",
    "-X": "method",
    "-d": "data",
    "-o": "output",
    "--json": "json",
}


def main(arguments: list[str]) -> int:
    told: dict[str, list[str]] = {name: [] for name in OPTIONS.values()}
    url, is_get = "", False
    rest = iter(arguments)
    for argument in rest:
        if argument in OPTIONS:
            told[OPTIONS[argument]].append(next(rest))
        elif argument == "-G":
            is_get = True
        elif argument == "-s":
            continue
        elif argument.startswith("-"):
            sys.stderr.write(f"curl: {argument} is not known here\n")
            return 2
        else:
            url = argument
    answer = ask(url, told, is_get=is_get)
    if told["output"]:
        Path(told["output"][0]).write_bytes(answer)
    else:
        sys.stdout.buffer.write(answer)
    return 0


def ask(url: str, told: dict[str, list[str]], *, is_get: bool) -> bytes:
    parts = urlsplit(url)
    query = "&".join([parts.query, *(told["data"] if is_get else [])]).strip("&")
    headers = dict(header.split(": ", 1) for header in told["header"])
    body = None
    if told["json"]:
        given = told["json"][0]
        body = sys.stdin.buffer.read() if given == "@-" else given.encode()
        headers |= {"Content-Type": "application/json", "Accept": "application/json"}
    method = (told["method"] or ["GET" if body is None else "POST"])[0]
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.request(method, f"{parts.path}?{query}" if query else parts.path, body, headers)
    return connection.getresponse().read()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
