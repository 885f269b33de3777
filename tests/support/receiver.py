"""A receiver of webhooks as an integrator writes one: HMAC by the library `standardwebhooks`, Ed25519 by `cryptography`.

    receiver.py PORT SECRETS PUBLIC CLOCK LOG

PORT 0 takes a free one; the first line of the output says which. PUBLIC is whpk_…, CLOCK a file with the present instant
in seconds, LOG a file to which each request adds a line of JSON. Each message that is good is altered in many ways, and
each of these must be refused by both.
"""

import base64
import datetime
import http.server
import json
import sys
import threading

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import webhooks

port, secret, public, clock, log = sys.argv[1:]
hook = webhooks.Webhook(secret)
key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_")))
lock = threading.Lock()


class Told(datetime.datetime):
    """The library's clock, as the test tells it."""

    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(float(open(clock).read()), tz=tz)


webhooks.datetime = Told


def by_secret(headers, body):
    """Whether the library accepts it."""
    try:
        hook.verify(body, headers)
        return True
    except (webhooks.WebhookVerificationError, ValueError):
        return False


def by_key(headers, body):
    """The same with the public key alone; the age is checked as the library does it."""
    try:
        age = abs(float(open(clock).read()) - float(headers["webhook-timestamp"]))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        given = [one.split(",", 1) for one in headers["webhook-signature"].split(" ")]
        signature = next(text for version, text in given if version == "v1a")
        key.verify(base64.b64decode(signature, validate=True), signed)
        return age <= 300
    except (InvalidSignature, KeyError, ValueError, StopIteration):
        return False


def altered(headers, body):
    """Messages that somebody changed on the way."""
    for place in {0, 1, len(body) // 3, len(body) // 2, len(body) - 2, len(body) - 1}:
        yield headers, body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
    yield headers, body + b" "
    yield headers, body[:-1]
    yield headers, json.dumps(json.loads(body)).encode()
    for name, value in {
        "webhook-id": headers["webhook-id"][:-1] + "_",
        "webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1),
        "webhook-signature": " ".join(
            one[:-6] + ("A" if one[-6] != "A" else "B") + one[-5:] for one in headers["webhook-signature"].split(" ")
        ),
    }.items():
        yield {**headers, name: value}, body
        yield {other: kept for other, kept in headers.items() if other != name}, body
    versions = headers["webhook-signature"].split(" ")
    swapped = [one.replace("v1,", "v2,").replace("v1a,", "v1,") for one in versions]
    yield {**headers, "webhook-signature": " ".join(swapped)}, body


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items() if name.lower().startswith("webhook-")}
        good = by_secret(headers, body), by_key(headers, body)
        tried = [(by_secret(h, b), by_key(h, b)) for h, b in altered(headers, body)]
        line = {
            "id": headers.get("webhook-id"),
            "good": good,
            "altered": len(tried),
            "taken": sum(one or other for one, other in tried),
            "kind": self.headers["content-type"],
            "body": body.decode(),
        }
        with lock, open(log, "a") as file:
            file.write(json.dumps(line) + "\n")
        self.send_response(204 if all(good) else 401)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Receiver)
print(server.server_address[1], flush=True)
server.serve_forever()
