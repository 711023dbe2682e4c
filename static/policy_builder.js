// Keeps the plain words beside the form of a draft up to date, moves its rows by hand or button
// without loading the page again, and asks before typed text is left behind. Without this file
// the buttons do all of it.
const form = document.querySelector("form.builder");
const words = document.getElementById("preview-words");
const stale = document.getElementById("preview-stale");
const moved = document.getElementById("moved");
const button = form.querySelector("button[name=preview]");
const PAUSE = 400; // ms after the last change
let timer, asked;

async function ask() {
  asked?.abort();
  asked = new AbortController();
  const body = new URLSearchParams(new FormData(form));
  try {
    // A redirect would lead to the page of signing in.
    const answer = await fetch(form.dataset.preview, { method: "POST", body, redirect: "error", signal: asked.signal });
    if (!answer.ok) throw new Error(answer.statusText);
    words.innerHTML = await answer.text();
    show(false);
  } catch (error) {
    if (error.name !== "AbortError") show(true);
  }
}

function show(isStale) {
  stale.hidden = !isStale;
  button.hidden = !isStale;
}

function changed() {
  form.dataset.unsaved = "";
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
}

// The neighbour makes way, so that the row in hand keeps the focus and the pointer.
function shift(row, back) {
  const other = back ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  if (back) row.after(other);
  else row.before(other);
  const rows = [...row.parentElement.children];
  rows.forEach((each, index) => (each.querySelector("[name$=-ORDER]").value = index + 1));
  const name = row.querySelector("legend").textContent.trim();
  moved.textContent = `${name}: ${rows.indexOf(row) + 1} of ${rows.length}`;
  changed();
}

function drag(row, event) {
  const middle = (one) => one && one.getBoundingClientRect().top + one.offsetHeight / 2;
  const follow = ({ clientY }) => {
    if (clientY < middle(row.previousElementSibling)) shift(row, true);
    else if (clientY > middle(row.nextElementSibling)) shift(row, false);
  };
  const handle = event.currentTarget;
  const end = () => {
    row.classList.remove("in-hand");
    handle.removeEventListener("pointermove", follow);
  };
  event.preventDefault();
  handle.setPointerCapture(event.pointerId);
  row.classList.add("in-hand");
  handle.addEventListener("pointermove", follow);
  handle.addEventListener("lostpointercapture", end, { once: true });
}

for (const row of form.querySelectorAll(".steps > .step")) {
  const handle = row.querySelector(".handle");
  handle.hidden = false;
  handle.addEventListener("pointerdown", (event) => drag(row, event));
  for (const [name, back] of [["up", true], ["down", false]]) {
    row.querySelector(`.${name}`).addEventListener("click", (event) => {
      event.preventDefault();
      shift(row, back);
    });
  }
}
form.addEventListener("input", ({ target }) => {
  const legend = target.name?.match(/-(name|label)$/) && target.closest(".step").querySelector("legend");
  if (legend) legend.textContent = target.value;
  changed();
});
form.addEventListener("submit", () => delete form.dataset.unsaved);
addEventListener("beforeunload", (event) => {
  if ("unsaved" in form.dataset) event.preventDefault();
});
show(false);
