// What every page gains from scripts. All of it works without: menus are <details>, the looks are a form.

document.addEventListener("click", (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) return copyText(copy);
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
        if (!menu.contains(event.target)) menu.open = false;
    }
});

document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
});

async function copyText(button) {
    const text = document.getElementById(button.dataset.copy).textContent;
    await navigator.clipboard.writeText(text);
    say("Copied.");
    const before = [...button.childNodes];
    button.textContent = "Copied";
    setTimeout(() => button.replaceChildren(...before), 1500);
}

// Only a secure context has a clipboard (https, or this machine).
if (navigator.clipboard) {
    for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
}

export function say(sentence) {
    const place = document.getElementById("said");
    if (place) place.textContent = sentence;
}

for (const form of document.querySelectorAll("[data-theme-switch]")) {
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        const looks = event.submitter.value;
        if (looks === "system") delete document.documentElement.dataset.theme;
        else document.documentElement.dataset.theme = looks;
        for (const button of document.querySelectorAll("[data-theme-switch] button")) {
            button.setAttribute("aria-pressed", String(button.value === looks));
        }
        document.dispatchEvent(new CustomEvent("dialboard:looks"));
        fetch(form.action, { method: "POST", body: new FormData(form, event.submitter), redirect: "manual" });
    });
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    document.dispatchEvent(new CustomEvent("dialboard:looks"));
});

// Nothing vanishes when the server cannot be reached; a line says so until it can.
const lost = (is) => document.body.classList.toggle("is-offline", is);
window.addEventListener("offline", () => lost(true));
window.addEventListener("online", () => lost(false));
document.addEventListener("htmx:error", () => lost(true));
document.addEventListener("htmx:after:request", () => lost(false));

// A tile that could not be loaded keeps its place and what it showed; it tries again by itself.
document.addEventListener("htmx:response:error", (event) => event.target.closest?.(".tile")?.classList.add("failed"));
