// Single-letter keys of the desk. Whatever has one says so by data-key, and ? lists them all.
const STORED = "desk-keys-off";
const list = document.getElementById("desk-keys");
const TYPED = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=submit], [type=button], [type=file])";
const usable = () => [...document.querySelectorAll("[data-key]")].filter((one) => !one.disabled);
const nameOf = (one) => one.dataset.keyName ?? one.textContent.trim().replace("…", "");

let isOff = false;
try {
  isOff = localStorage.getItem(STORED) === "yes";
} catch {
  // Storage is blocked: the switch holds for this page.
}

function turn(off) {
  isOff = off;
  try {
    if (off) localStorage.setItem(STORED, "yes");
    else localStorage.removeItem(STORED);
  } catch {
    // As above.
  }
}

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const at = rows.indexOf(document.activeElement);
  rows[Math.min(Math.max(at + by, 0), rows.length - 1)]?.focus();
  return rows.length > 0;
}

function show() {
  const entries = usable().map((one) => [one.dataset.key, nameOf(one)]);
  if (document.querySelector("[data-row]")) entries.push(["j", "Next row"], ["k", "Previous row"]);
  entries.push(["?", "This list"]);
  list.querySelector("dl").replaceChildren(
    ...entries.flatMap(([key, name]) => {
      const [term, words] = [document.createElement("dt"), document.createElement("dd")];
      term.append(Object.assign(document.createElement("kbd"), { textContent: key }));
      words.textContent = name;
      return [term, words];
    }),
  );
  list.querySelector("input").checked = !isOff;
  list.showModal();
  return true;
}

// Returns whether the key is one of this page's; the browser keeps all others.
function act(key) {
  if (key === "?") return show();
  if (key === "j" || key === "k") return step(key === "j" ? 1 : -1);
  const one = usable().find((each) => each.dataset.key === key);
  if (one?.matches("a, button")) one.click();
  else one?.focus();
  return Boolean(one);
}

function press(event) {
  if (isOff || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (list.open) return;
  const field = event.target.closest(TYPED);
  if (field) {
    if (event.key === "Escape" && field.dataset.key) field.blur();
  } else if (act(event.key)) {
    event.preventDefault();
  }
}

if (list) {
  const opener = document.getElementById("show-keys");
  list.querySelector("input").addEventListener("change", (event) => turn(!event.target.checked));
  opener.addEventListener("click", show);
  opener.hidden = false;
  document.addEventListener("keydown", press);
}
