// Single-letter keys of the desk. Whatever has one says so by data-key, and ? lists them all.
const OFF = "desk-keys-off";
const list = document.getElementById("desk-keys");
const isOff = () => localStorage.getItem(OFF) === "yes";
const typed = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const usable = () => [...document.querySelectorAll("[data-key]")].filter((one) => !one.disabled);
const nameOf = (one) => one.dataset.keyName ?? one.textContent.trim().replace("…", "");

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const at = rows.indexOf(document.activeElement);
  rows[Math.min(Math.max(at + by, 0), rows.length - 1)]?.focus();
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
  list.querySelector("input").checked = !isOff();
  list.showModal();
}

function act(key) {
  if (key === "j" || key === "k") return step(key === "j" ? 1 : -1);
  const one = usable().find((each) => each.dataset.key === key);
  if (!one) return;
  if (one.matches("a, button")) one.click();
  else one.focus();
}

if (list) {
  list.querySelector("input").addEventListener("change", (event) => {
    if (event.target.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "yes");
  });
  document.getElementById("show-keys").addEventListener("click", show);
  document.getElementById("show-keys").hidden = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && typed(event.target)) return event.target.blur();
    if (typed(event.target) || list.open || isOff()) return;
    if (event.key !== "?" && !/^[a-z]$/.test(event.key)) return;
    event.preventDefault();
    if (event.key === "?") show();
    else act(event.key);
  });
}
