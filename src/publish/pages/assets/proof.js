// Checks a proof bundle from its text and a public key alone: which is what `fairgauge verify` checks, but for computing the
// determination again. It asks nobody for anything.

const FORM = "fairgauge-proof@1";
/** Kinds of entries that determine. */
const DETERMINES = ["decision", "interim", "final", "restate"];
/** A log has fewer than 2^53 entries. */
const LONGEST_PATH = 63;

const utf8 = new TextEncoder();
const sameText = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Why a bundle proves nothing: at which step, and what. */
export class Refused extends Error {
    constructor(step, text) {
        super(text);
        this.step = step;
    }
}

function refuse(step, text) {
    throw new Refused(step, text);
}

export async function sha256(bytes) {
    return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

export const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function joined(...parts) {
    const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of parts) {
        all.set(part, at);
        at += part.length;
    }
    return all;
}

/** Bytes of standard base64 with its padding; none where another text would mean the same. */
export function fromBase64(text) {
    if (typeof text !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) {
        return null;
    }
    let plain;
    try {
        plain = atob(text);
    } catch {
        return null;
    }
    return btoa(plain) === text ? Uint8Array.from(plain, (letter) => letter.charCodeAt(0)) : null;
}

const same = (a, b) => a.length === b.length && a.every((byte, place) => byte === b[place]);

/** Canonical JSON (RFC 8785) of texts, whole numbers, lists and objects. */
export function canonical(value) {
    if (Array.isArray(value)) {
        return `[${value.map(canonical).join(",")}]`;
    }
    if (value !== null && typeof value === "object") {
        const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
        return `{${members.join(",")}}`;
    }
    if (typeof value === "number" && !Number.isSafeInteger(value)) {
        throw new RangeError("a number that is no whole one");
    }
    return JSON.stringify(value);
}

/** The public key of a line NAME+NUMBER+BASE64. */
async function openKey(line) {
    const parts = line.trim().split("+");
    const [name, number] = parts;
    const typed = fromBase64(parts.slice(2).join("+"));
    if (parts.length < 3 || !name || /\s/.test(name) || !/^[0-9a-f]{8}$/.test(number) || typed === null) {
        refuse("key", "this is no public key: it is written NAME+NUMBER+BASE64, on one line");
    }
    if (typed.length !== 33 || typed[0] !== 1) {
        refuse("key", "this is no Ed25519 key");
    }
    const id = (await sha256(joined(utf8.encode(name), Uint8Array.of(10), typed))).slice(0, 4);
    if (hex(id) !== number) {
        refuse("key", "the key was altered: its number is not that of its name and bytes");
    }
    const key = await crypto.subtle.importKey("raw", typed.slice(1), { name: "Ed25519" }, false, ["verify"])
        .catch(() => refuse("key", "this is no Ed25519 key"));
    return { name, id, key };
}

/** Origin, size and root of a signed note, where the key has signed it. */
async function openNote(note, { name, id, key }) {
    const step = "note";
    const cut = typeof note === "string" ? note.lastIndexOf("\n\n") : -1;
    if (cut < 0 || !note.endsWith("\n")) {
        refuse(step, "the checkpoint is no signed note");
    }
    const text = note.slice(0, cut + 1);
    // Control characters other than the ends of lines have no place in a note.
    if ([...note].some((letter) => letter < " " && letter !== "\n")) {
        refuse(step, "the checkpoint is no signed note");
    }
    const lines = note.slice(cut + 2, -1).split("\n");
    let signed = 0;
    for (const line of lines) {
        const found = /^— (\S+) ([A-Za-z0-9+/=]+)$/u.exec(line);
        const bytes = found && fromBase64(found[2]);
        if (!bytes || bytes.length < 5) {
            refuse(step, "a signature of the checkpoint is none");
        }
        if (found[1] !== name || !same(bytes.slice(0, 4), id)) {
            continue;
        }
        const good = bytes.length === 68 && await crypto.subtle.verify({ name: "Ed25519" }, key, bytes.slice(4), utf8.encode(text));
        if (!good) {
            refuse(step, "the checkpoint was altered: the signature is not of this text");
        }
        signed += 1;
    }
    if (signed !== 1) {
        refuse(step, "the checkpoint is not signed with this key");
    }
    const [origin, size, root, ...more] = text.slice(0, -1).split("\n");
    const bytes = fromBase64(root);
    if (origin !== name || !/^(0|[1-9][0-9]*)$/.test(size ?? "") || bytes?.length !== 32 || more.some((line) => line === "")) {
        refuse(step, "the checkpoint is none of this log");
    }
    if (!Number.isSafeInteger(Number(size))) {
        refuse(step, "the log has more entries than this page can count");
    }
    return { origin, size: Number(size), root: bytes };
}

/** The root to which a path leads from a leaf (RFC 6962, as RFC 9162 2.1.3.2 checks it); none where it does not fit. */
async function rootOf(leaf, index, size, path) {
    let [node, last, hash] = [index, size - 1, leaf];
    const half = (number) => Math.floor(number / 2);
    for (const sibling of path) {
        if (last === 0) {
            return null;
        }
        if (node % 2 === 1 || node === last) {
            hash = await sha256(joined(Uint8Array.of(1), sibling, hash));
            while (node % 2 === 0 && node !== 0) {
                [node, last] = [half(node), half(last)];
            }
        } else {
            hash = await sha256(joined(Uint8Array.of(1), hash, sibling));
        }
        [node, last] = [half(node), half(last)];
    }
    return last === 0 ? hash : null;
}

/** What an entry says, where the log holds it. */
async function openMember(member, checkpoint) {
    const step = "entries";
    const { index, body, path } = member ?? {};
    if (!Number.isSafeInteger(index) || index < 0 || typeof body !== "string" || !Array.isArray(path)) {
        refuse(step, "an entry of the bundle has another form");
    }
    const hashes = path.map(fromBase64);
    if (hashes.length > LONGEST_PATH || hashes.some((hash) => hash?.length !== 32)) {
        refuse(step, `the path of entry ${index} is no list of hashes`);
    }
    let entry;
    try {
        entry = JSON.parse(body);
        if (canonical(entry) !== body) {
            throw new SyntaxError("not canonical");
        }
    } catch {
        refuse(step, `entry ${index} is not in canonical form`);
    }
    if (entry === null || typeof entry !== "object" || entry.seq !== index) {
        refuse(step, `entry ${index} says that it is another one`);
    }
    const leaf = await sha256(joined(Uint8Array.of(0), utf8.encode(body)));
    const root = index < checkpoint.size ? await rootOf(leaf, index, checkpoint.size, hashes) : null;
    if (root === null || !same(root, checkpoint.root)) {
        refuse(step, `entry ${index} is not in the log that the checkpoint signs`);
    }
    return entry;
}

/** The most numbers of a list: one of a few bytes may not ask for more than any determination rests on. */
const MOST_LEAVES = 1_000_000;

/** The numbers of a list such as `3-17,19`. */
function numbers(list) {
    const found = new Set();
    for (const part of list === "" ? [] : list.split(",")) {
        const [, from, to] = /^([0-9]+)(?:-([0-9]+))?$/.exec(part) ?? [];
        const [first, last] = [Number(from), Number(to ?? from)];
        if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || last < first || last - first >= MOST_LEAVES - found.size) {
            return null;
        }
        for (let number = first; number <= last; number += 1) {
            found.add(number);
        }
    }
    return found;
}

function only(value, names, optional = []) {
    const good = value !== null && typeof value === "object" && !Array.isArray(value)
        && names.every((name) => name in value) && Object.keys(value).every((name) => names.includes(name) || optional.includes(name));
    if (!good) {
        refuse("entries", "this is no proof bundle, or one of another form");
    }
}

async function hashIs(text, wanted) {
    return typeof text === "string" && typeof wanted === "string" && hex(await sha256(utf8.encode(text))) === wanted;
}

/**
 * Checks the text of a bundle against a line NAME+NUMBER+BASE64.
 *
 * Returns the checkpoint and what determination and policy say. Throws `Refused` with the first step that fails.
 */
export async function verify(text, vkey, step = () => {}) {
    const key = await openKey(vkey);
    step("key");
    let bundle;
    try {
        bundle = JSON.parse(text);
    } catch {
        refuse("note", "this file is no JSON, so no proof bundle");
    }
    only(bundle, ["form", "determination", "policy", "terms", "readings", "heard", "steps", "checkpoint"], ["observations"]);
    if (bundle.form !== FORM || !Array.isArray(bundle.readings)) {
        refuse("note", `this page checks bundles of the form ${FORM}`);
    }
    const checkpoint = await openNote(bundle.checkpoint, key);
    step("note");
    for (const member of [bundle.determination, bundle.policy]) {
        only(member, ["index", "body", "path"]);
    }
    const determination = await openMember(bundle.determination, checkpoint);
    const policy = await openMember(bundle.policy, checkpoint);
    if (!DETERMINES.includes(determination.kind) || policy.kind !== "policy") {
        refuse("entries", "its entries are no determination and no policy");
    }
    const readings = [];
    let before = -1;
    for (const observed of bundle.readings) {
        only(observed, ["index", "body", "path", "rows"]);
        const entry = await openMember(observed, checkpoint);
        if (entry.kind !== "obs" || entry.seq <= before) {
            refuse("entries", `entry ${entry.seq} holds no readings, or is not behind the one before it`);
        }
        before = entry.seq;
        readings.push({ entry, rows: observed.rows });
    }
    step("entries");
    if (determination.policy !== policy.policy || determination.terms !== policy.terms || !(await hashIs(bundle.terms, policy.terms))) {
        refuse("terms", "the term sheet is not the one that was hashed, or the policy is another one");
    }
    step("terms");
    for (const { entry, rows } of readings) {
        if (!(await hashIs(rows, entry.rows_sha256))) {
            refuse("rows", `the readings of entry ${entry.seq} are not those that were hashed`);
        }
    }
    step("rows");
    let list = determination.observations;
    if ("observations_sha256" in determination) {
        if (!(await hashIs(bundle.observations, determination.observations_sha256))) {
            refuse("rest", "the list of entries of readings is not the one that was hashed");
        }
        list = bundle.observations;
    } else if (bundle.observations !== undefined) {
        refuse("rest", "there is a list of entries of readings that the determination does not name");
    }
    const wanted = typeof list === "string" ? numbers(list) : null;
    if (wanted === null) {
        refuse("rest", "the determination names no entries of readings");
    }
    readings.forEach(({ entry }) => wanted.delete(entry.seq));
    if (wanted.size > 0) {
        refuse("rest", `it rests on entry ${[...wanted][0]}, which is not in the bundle`);
    }
    step("rest");
    return { checkpoint: { ...checkpoint, root: hex(checkpoint.root) }, determination, policy };
}

/** The text of a file's bytes; they have to be UTF-8. */
export function textOf(bytes) {
    return sameText.decode(bytes);
}

/** Whether this browser can do it here. */
export async function able() {
    try {
        await crypto.subtle.digest("SHA-256", new Uint8Array());
        await crypto.subtle.importKey("raw", new Uint8Array(32).fill(1), { name: "Ed25519" }, false, ["verify"]);
        return true;
    } catch (error) {
        return error instanceof DOMException && error.name === "DataError";
    }
}
