// Signs an act with a person's own key. The key is read here, signs here, and is sent nowhere.

import { canonical, hex, sha256 } from "./proof.js";

const form = document.getElementById("act");
const words = JSON.parse(form.dataset.words);
const field = (id) => document.getElementById(id);
const answer = field("answer");
const chosen = () => form.querySelector("[name=what]:checked").value;
const MOST_FILE = 16 * 1024 * 1024;

function say(kind, text) {
    answer.className = `answer ${kind}`;
    answer.textContent = text;
    answer.hidden = false;
}

function base64(bytes) {
    let text = "";
    for (let at = 0; at < bytes.length; at += 0x8000) {
        text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    }
    return btoa(text);
}

/** The private key of a PEM file; none where it is no Ed25519 key. */
async function keyOf(file) {
    try {
        const pem = await file.text();
        const [, inside] = /-----BEGIN PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END PRIVATE KEY-----/.exec(pem);
        const bytes = Uint8Array.from(atob(inside.replace(/\s/g, "")), (letter) => letter.charCodeAt(0));
        // Some programs write the public half behind the private one, which browsers do not take.
        const [, algorithm, seed] = /^30..02010[01](300506032b657004220420)([0-9a-f]{64})/.exec(hex(bytes));
        const alone = Uint8Array.from(`302e020100${algorithm}${seed}`.match(/../g), (pair) => parseInt(pair, 16));
        return await crypto.subtle.importKey("pkcs8", alone, { name: "Ed25519" }, false, ["sign"]);
    } catch {
        return null;
    }
}

/** How the settlement stands; none where there is none. */
async function stands() {
    const found = await fetch(`${form.dataset.url}/settlement?of=${encodeURIComponent(field("of").value.trim())}`);
    return found.ok ? found.json() : null;
}

/** What is signed: the same bytes that the command line signs. */
function actOf(settlement, evidence) {
    const what = chosen();
    const act = {
        fairgauge_act: 1,
        act: what,
        by: field("by").value.trim(),
        why: field("why").value.trim(),
        policy: settlement.policy,
        cover: settlement.cover,
        period_start: settlement.period_start,
        seq: settlement.seq,
        at: new Date().toISOString(),
    };
    if (what === "restate") {
        act.cause = field("cause").value;
    }
    if (what === "approve") {
        act.approves = settlement.proposed;
    }
    if (what === "dispute" && field("alternative").value.trim() !== "") {
        act.alternative = field("alternative").value.trim();
    }
    if (what === "dispute" && evidence.length > 0) {
        act.evidence = evidence;
    }
    return canonical(act);
}

async function handIn() {
    const key = await keyOf(field("key").files[0]);
    if (key === null) {
        return say("bad", words.badKey);
    }
    const settlement = await stands();
    if (settlement === null) {
        return say("bad", words.unknown);
    }
    if (chosen() === "approve" && settlement.proposed === undefined) {
        return say("bad", words.noProposal);
    }
    const files = chosen() === "dispute" ? [...field("evidence").files] : [];
    if (files.some((file) => file.size > MOST_FILE)) {
        return say("bad", words.failed);
    }
    const attached = await Promise.all(files.map(async (file) => new Uint8Array(await file.arrayBuffer())));
    const act = actOf(settlement, await Promise.all(attached.map(async (bytes) => hex(await sha256(bytes)))));
    field("bytes").textContent = act;
    const signature = new Uint8Array(await crypto.subtle.sign({ name: "Ed25519" }, key, new TextEncoder().encode(act)));
    const request = { act, signature: base64(signature) };
    if (attached.length > 0) {
        request.attached = attached.map(base64);
    }
    say("", words.sending);
    const sent = await fetch("/v1/acts", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(request),
    });
    const said = await sent.json();
    if (sent.ok) {
        const recorded = said.entry === null ? "" : ` (${words.entry} ${said.entry})`;
        return say("good", `${words[said.outcome]}: ${said.text}${recorded}`);
    }
    if (sent.status === 503) {
        return say("", words.waiting);
    }
    say("bad", `${sent.status === 422 ? words.refused : words.failed}: ${said.detail}`);
}

/** The command that does the same. */
function showCommand() {
    const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
    const value = (id, otherwise) => quoted(field(id).value.trim() || otherwise);
    const parts = ["fairgauge", chosen(), value("of", "POLICY/COVER/FIRST-DAY"), "--by", value("by", "NAME"), "--why", value("why", "TEXT"), "--key", "FILE"];
    if (chosen() === "restate") {
        parts.push("--cause", field("cause").value);
    }
    if (chosen() === "dispute") {
        [...field("evidence").files].forEach((file) => parts.push("--evidence", quoted(file.name)));
        if (field("alternative").value.trim() !== "") {
            parts.push("--alternative", value("alternative", ""));
        }
    }
    field("line").textContent = parts.join(" ");
    for (const part of form.querySelectorAll("[data-for]")) {
        part.hidden = part.dataset.for !== chosen();
    }
}

form.addEventListener("input", showCommand);
form.addEventListener("submit", (event) => {
    event.preventDefault();
    const send = form.querySelector("[type=submit]");
    send.disabled = true;
    handIn().catch((error) => say("bad", `${words.failed}: ${error}`)).finally(() => {
        send.disabled = false;
    });
});
for (const button of document.querySelectorAll("button[data-act]")) {
    button.addEventListener("click", () => {
        form.querySelector(`[name=what][value=${button.dataset.act}]`).checked = true;
        field("of").value = button.dataset.of;
        showCommand();
        field("by").focus();
    });
}
showCommand();

const able = await crypto.subtle?.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]).then(() => true, () => false) ?? false;
field("nocrypto").hidden = able;
form.querySelector("[type=submit]").disabled = !able;
