"""Who reads the daemon while it works: pages, programs, slow ones and rude ones; and who is told by webhook."""

import base64
import hashlib
import hmac
import http.client
import http.server
import json
import random
import socket
import threading
import time
import urllib.parse


class Seen:
    """What the daemon has acknowledged to anybody: it must be in the ledger at the end."""

    def __init__(self, folder):
        self.folder, self.lock = folder, threading.Lock()
        self.rows = {}          # number of the entry -> (id, state, amount)
        self.checkpoint = 0     # entries of the newest checkpoint
        self.told = {}          # name of a message -> (entry, id, state)
        self.answers, self.faults = {}, []

    def take(self, rows):
        with self.lock:
            for row in rows:
                said = (row["id"], row["state"], row["amount"])
                if self.rows.setdefault(row["seq"], said) != said:
                    self.faults.append(f"entry {row['seq']} was {self.rows[row['seq']]} and is {said}")

    def sign(self, note):
        size = int(note.split(b"\n")[1])
        with self.lock:
            if size > self.checkpoint:
                self.checkpoint = size
                new = self.folder / "seen.new"
                new.write_bytes(note)
                new.rename(self.folder / "seen.checkpoint")

    def count(self, kind, status):
        with self.lock:
            self.answers[(kind, status)] = self.answers.get((kind, status), 0) + 1
            if status >= 500 and status != 503:
                self.faults.append(f"{kind} was answered with {status}")


class Readers:
    def __init__(self, port, metrics, token, seen, seed):
        self.port, self.metrics, self.seen, self.dice = port, metrics, seen, random.Random(f"{seed}/readers")
        self.heads = {"Authorization": f"Bearer {token}"}
        # A request for as much as one may ask for.
        self.large = (f"GET /v1/payouts?limit=1000 HTTP/1.1\r\nHost: here\r\n"
                      f"Authorization: Bearer {token}\r\n\r\n").encode()
        self.ended = False
        self.policies, self.entries, self.last = [], [], 1

    def start(self):
        tasks = [self.page, *[self.look] * 2, *[self.slow] * 3, *[self.rude] * 2, *[self.events] * 2, self.sign]
        for task in tasks:
            threading.Thread(target=self.for_ever, args=(task,), daemon=True).start()

    def for_ever(self, task):
        while not self.ended:
            try:
                task()
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.5)  # The daemon is down, or came down in the midst.

    def get(self, path, kind, port=None, **heads):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=60)
        try:
            connection.request("GET", path, headers={**self.heads, **heads})
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        self.seen.count(kind, answer.status)
        return answer.status, body

    def pages(self, path):
        """All rows of a list, page by page; none where one page was refused."""
        rows, cursor = [], ""
        while True:
            status, body = self.get(path + cursor, "page")
            if status != 200:
                return None
            page = json.loads(body)
            rows += page["items"]
            if page["next"] is None:
                return rows
            cursor = "&cursor=" + urllib.parse.quote(page["next"], safe="")

    def page(self):
        rows = self.pages("/v1/payouts?limit=500")
        if rows:
            self.seen.take(rows)
            self.entries = [row["seq"] for row in rows]
            self.last = max(self.entries)
            self.policies = sorted({row["policy"] for row in rows})
        time.sleep(15)

    def look(self):
        time.sleep(self.dice.uniform(0.3, 1.2))
        if not self.policies:
            return
        policy, entry = self.dice.choice(self.policies), self.dice.choice(self.entries)
        kind, path, heads = self.dice.choice([
            ("overview", "/en", {}), ("log", "/zh/payouts", {}), ("policy", f"/en/policies/{policy}", {}),
            ("feeds", "/en/feeds", {}), ("certificate", f"/en/certificate/{entry}", {}), ("acts", "/en/acts", {}),
            ("policies", "/v1/policies?limit=100", {}), ("one", f"/v1/policies/{policy}", {}),
            ("progress", f"/v1/policies/{policy}/progress", {}), ("series", f"/v1/policies/{policy}/series", {}),
            ("history", f"/v1/payouts?policy={policy}&history=true", {}),
            ("explain", f"/v1/determinations/{entry}/explain", {}), ("proof", f"/v1/determinations/{entry}/proof", {}),
            ("tlog-proof", f"/v1/determinations/{entry}/tlog-proof", {}), ("alerts", "/v1/alerts", {}),
            ("csv", "/v1/payouts?limit=1000", {"Accept": "text/csv"}),
            ("parquet", "/v1/payouts?limit=1000", {"Accept": "application/vnd.apache.parquet"}),
            ("document", "/v1/openapi.json", {}), ("nothing", "/v1/nothing", {}), ("amiss", "/v1/payouts?polcy=x", {}),
            ("stranger", "/v1/payouts", {"Authorization": "Bearer wrong"}),
            ("ready", "/readyz", {}), ("metrics", "/metrics", {})])
        self.get(path, kind, self.metrics if kind in ("ready", "metrics") else None, **heads)

    def slow(self):
        """Takes a large answer some bytes at a time, and goes in the midst of it."""
        with socket.socket() as stream:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            stream.settimeout(40)
            stream.connect(("127.0.0.1", self.port))
            stream.sendall(self.large)
            for _ in range(self.dice.randrange(20, 200)):
                if not stream.recv(400):
                    break
                time.sleep(0.25)
        self.seen.count("slow", 0)

    def rude(self):
        """Connects and says nothing, half a head, or takes nothing of its answer."""
        with socket.socket() as stream:
            stream.settimeout(60)
            stream.connect(("127.0.0.1", self.port))
            stream.sendall(self.dice.choice([b"", b"GET /v1/pay", b"\x16\x03\x01\x00\x00", self.large, self.large * 50]))
            time.sleep(self.dice.choice([0, 1, 12, 35]))
        self.seen.count("rude", 0)

    def events(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        try:
            connection.request("GET", f"/v1/events?after={self.last}", headers=self.heads)
            answer = connection.getresponse()
            self.seen.count("events", answer.status)
            while answer.status == 200 and not self.ended and (line := answer.readline()):
                if line.startswith(b"data:"):
                    self.seen.take([json.loads(line[5:])])
        finally:
            connection.close()
        time.sleep(1)

    def sign(self):
        status, note = self.get("/v1/log/checkpoint", "checkpoint")
        if status == 200:
            self.seen.sign(note)
        time.sleep(2)


class Office(http.server.ThreadingHTTPServer):
    """Who is told by webhook; now and then it is out of order."""
    daemon_threads = True

    def __init__(self, seen, seed):
        super().__init__(("127.0.0.1", 0), Told)
        self.seen, self.dice, self.key = seen, random.Random(f"{seed}/office"), b""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # The daemon was killed while it told.


class Told(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body, office = self.rfile.read(int(self.headers["content-length"])), self.server
        name, at = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        signed = f"{name}.{at}.".encode() + body
        ours = "v1," + base64.b64encode(hmac.new(office.key, signed, hashlib.sha256).digest()).decode()
        seen = office.seen
        if ours not in self.headers["webhook-signature"].split(" "):
            seen.faults.append(f"message {name} is not signed with the secret")
        data = json.loads(body)["data"]
        said = (data["seq"], data["row"]["id"], data["row"]["state"])
        out_of_order = office.dice.randrange(200) == 0
        if not out_of_order:
            with seen.lock:
                if seen.told.setdefault(name, said) != said:
                    seen.faults.append(f"message {name} said something else before")
        self.send_response(500 if out_of_order else 204)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass
