// What every page does: light or dark, and printing.

const KEEP = 365 * 24 * 3600;
const button = document.getElementById("theme");
const label = button?.getAttribute("aria-label");

function show() {
    const theme = document.documentElement.dataset.theme ?? "auto";
    const name = button.dataset[theme];
    button.querySelector(".themename").textContent = name;
    button.title = name;
    button.setAttribute("aria-label", `${label}: ${name}`);
}

if (button) {
    button.hidden = false;
    button.addEventListener("click", () => {
        const root = document.documentElement;
        const next = { auto: "light", light: "dark", dark: "auto" }[root.dataset.theme ?? "auto"];
        if (next === "auto") {
            delete root.dataset.theme;
        } else {
            root.dataset.theme = next;
        }
        const age = next === "auto" ? 0 : KEEP;
        document.cookie = `theme=${next}; Path=/; Max-Age=${age}; SameSite=Lax`;
        show();
        document.dispatchEvent(new Event("themechange"));
    });
    show();
}

const print = document.getElementById("print");
if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
}
