// Sends a form once, however often its button is pressed while the answer is on its way. What
// the first press leads to is then shown, a new key above all, which is shown only once.
const PAUSE = 5000; // ms; pressing again after that is meant
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, PAUSE);
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
