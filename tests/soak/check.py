"""What the soak must show, once the daemon has ended."""

import json
import sqlite3
import statistics
import subprocess
import time


def line(points):
    """The slope of a line through points, by least squares."""
    mean_x, mean_y = (statistics.fmean(values) for values in zip(*points))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def flat(rows, faults):
    """Memory and descriptors: between lives of the same age, and within the longest life."""
    found, lives = {}, {}
    for row in rows:
        lives.setdefault(row["life"], []).append(row)
    # The first life fills the ledger. Of the others the first two and the last two, each some minutes old.
    aged = {life: [row for row in of if 180 <= row["age_s"] <= 480] for life, of in lives.items() if life > 0}
    aged = {life: of for life, of in aged.items() if of}
    if len(aged) >= 4:
        for what in ("rss_kb", "descriptors"):
            means = {life: round(statistics.fmean(row[what] for row in of), 1) for life, of in aged.items()}
            found[f"{what}_by_life_when_3_to_8_minutes_old"] = means
            order = [means[life] for life in sorted(means)]
            growth = (sum(order[-2:]) / sum(order[:2]) - 1) * 100
            found[f"{what}_growth_percent_between_lives"] = round(growth, 2)
            if growth > 5:
                faults.append(f"{what} of the last two lives: {growth:.1f} % more than of the first two")
    longest = max(lives.values(), key=len)
    last = longest[-30:] if len(longest) >= 45 else []
    if last:
        for what in ("rss_kb", "descriptors"):
            middle = statistics.median(row[what] for row in last)
            growth = line([(row["minute"], row[what]) for row in last]) * 30 / middle * 100
            found[f"{what}_growth_percent_in_30_min"] = round(growth, 2)
            found[f"{what}_in_the_longest_life"] = {row["age_s"] // 60: row[what] for row in longest[::5]}
            if growth > 5:
                faults.append(f"{what} grew by {growth:.1f} % in the last 30 minutes of the longest life")
    found |= {"longest_life_minutes": len(longest), "most_threads": max(row["threads"] for row in rows)}
    # Pools grow by a thread when many come at once; the unit allows 64.
    if found["most_threads"] > 64:
        faults.append(f"{found['most_threads']} threads")
    return found


def told(soak, connection, rows, faults):
    """Everything that anybody was told is in the ledger, and adds up to the same."""
    ledger = {seq: (row_id, state, amount) for seq, row_id, state, amount in
              connection.execute("SELECT seq, id, state, amount FROM determination")}
    for seq, said in soak.seen.rows.items():
        if ledger.get(seq) != said:
            faults.append(f"entry {seq} was told as {said} and is {ledger.get(seq)}")
    payouts = dict(connection.execute("SELECT id, payable_minor FROM payout"))
    if payouts != {row["id"]: row["payable_minor"] for row in rows}:
        faults.append("the last pages and the ledger have other payouts")
    binding = {seq for seq, (_, state, _) in ledger.items() if state in ("interim", "final", "restated")}
    lines = [json.loads(text)["seq"] for text in soak.world.path("payouts.jsonl").read_text().splitlines()]
    if lines != sorted(binding):
        faults.append(f"the payout log has {len(lines)} lines, the ledger {len(binding)} binding determinations")
    messages = {seq: said for seq, *said in soak.seen.told.values()}
    wrong = [seq for seq, said in messages.items() if list(ledger.get(seq, ()))[:2] != said]
    if wrong:
        faults.append(f"{len(wrong)} messages are of no entry, {wrong[:5]}")
    waiting = connection.execute("SELECT count(*) FROM outbox WHERE state <> 'delivered'").fetchone()[0]
    missing = binding - set(messages)
    if len(missing) > waiting:
        faults.append(f"{len(missing)} determinations were told to nobody, and {waiting} messages wait")
    return {"determinations": len(ledger), "binding": len(binding), "payouts": len(payouts),
            "payable": sum(payouts.values()) / 100, "seen": len(soak.seen.rows), "messages": len(messages),
            "messages_waiting": waiting}


def check(soak, rows, status):
    faults, world = list(dict.fromkeys(soak.seen.faults)), soak.world
    if status != 0:
        faults.append(f"the daemon ended with {status}")
    begun = time.monotonic()
    run = subprocess.run([soak.options.program, "verify", "--config", world.path("fairgauge.toml"), "--key",
                          world.path("key.pub"), "--checkpoint", world.path("seen.checkpoint")],
                         capture_output=True, text=True)
    if run.returncode != 0:
        faults.append(f"verify: {run.stdout}{run.stderr}")
    found = {"minutes": soak.options.minutes, "verify_s": round(time.monotonic() - begun, 1),
             "verify": run.stdout.splitlines(), "checkpoint_seen": soak.seen.checkpoint}
    connection = sqlite3.connect(f"file:{world.path('ledger.sqlite')}?mode=ro", uri=True)
    found |= told(soak, connection, rows, faults)
    found["polls"] = {f"{feed} {outcome}": count for feed, outcome, count in connection.execute(
        "SELECT feed, outcome, count(*) FROM poll GROUP BY feed, outcome")}
    found |= flat(soak.rows, faults)
    logs = [path.read_text(errors="replace") for path in sorted(world.folder.glob("log-*.txt"))]
    good = sum(log.count("settings and book were read again") for log in logs)
    if not good or any("panicked" in log for log in logs):
        faults.append("a log tells of a panic, or of no reload")
    found |= {"starts_s": soak.starts, "reloads": soak.reloads, "reloads_taken": good, "asked": soak.counts,
              "revisions": soak.weather.revisions, "last": soak.rows[-1] if soak.rows else None,
              "answers": {f"{kind} {code}": count for (kind, code), count in sorted(soak.seen.answers.items())},
              "faults": faults[:50]}
    text = json.dumps(found, indent=1)
    world.path("summary.json").write_text(text + "\n")
    print(text)
    return 1 if faults else 0
