// The page that checks a bundle: takes the file and the key, and says step by step what holds.

import { able, Refused, textOf, verify } from "./proof.js";

const form = document.getElementById("check");
const words = JSON.parse(form.dataset.words);
const file = document.getElementById("bundle");
const vkey = document.getElementById("vkey");
const result = document.getElementById("result");
const drop = document.getElementById("drop");

function element(name, text, kind) {
    const made = document.createElement(name);
    made.textContent = text;
    if (kind) {
        made.className = kind;
    }
    return made;
}

function say(good, parts) {
    result.className = `card result ${good ? "good" : "bad"}`;
    result.dataset.good = String(good);
    result.replaceChildren(element("h2", good ? words.good : words.bad), ...parts);
    result.hidden = false;
    result.focus();
}

function listOf(held, failed) {
    const list = element("ul", "", "steps");
    list.append(...held.map((step) => element("li", words.steps[step])));
    if (failed) {
        list.append(element("li", failed, "bad"));
    }
    return list;
}

function says({ checkpoint, determination, policy }) {
    const list = element("dl", "", "says");
    const add = (name, text, kind) => {
        const row = element("div", "", kind);
        row.append(element("dt", name), element("dd", text));
        list.append(row);
    };
    const index = determination.index;
    add(words.policy, determination.policy);
    add(words.product, policy.product);
    add(words.cover, determination.cover);
    add(words.period, `${determination.period.start} – ${determination.period.end}`);
    add(words.state, words.kinds[determination.kind]);
    add(words.outcome, words.outcomes[determination.outcome] ?? determination.outcome);
    add(words.index, index ? `${index.value} ${index.unit}` : words.none);
    add(words.amount, `${determination.amount} ${determination.currency}`);
    add(words.as_of, determination.as_of);
    add(words.entry, String(determination.seq));
    add(words.reason, determination.reason, "wide");
    add(words.log, `${checkpoint.origin} · ${words.size.replace("{0}", String(checkpoint.size))}`, "wide");
    add(words.root, checkpoint.root, "wide hash");
    return [element("h3", words.says), list];
}

async function check() {
    const held = [];
    try {
        const text = textOf(await file.files[0].arrayBuffer());
        const proved = await verify(text, vkey.value, (step) => held.push(step));
        say(true, [listOf(held), ...says(proved)]);
    } catch (error) {
        say(false, [listOf(held, error instanceof Refused ? error.message : String(error))]);
    }
}

form.addEventListener("submit", (event) => {
    event.preventDefault();
    check();
});
document.getElementById("use")?.addEventListener("click", () => {
    vkey.value = document.getElementById("suggested").textContent;
    vkey.focus();
});
for (const kind of ["dragover", "dragenter"]) {
    drop.addEventListener(kind, (event) => {
        event.preventDefault();
        drop.classList.add("over-it");
    });
}
drop.addEventListener("dragleave", () => drop.classList.remove("over-it"));
drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over-it");
    file.files = event.dataTransfer.files;
});
document.getElementById("nocrypto").hidden = await able();
