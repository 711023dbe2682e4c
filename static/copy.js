// Shows the button that copies a text. Without this file, or where the browser refuses, the text
// is still there to be selected by hand.
for (const button of document.querySelectorAll("button[data-copies]")) {
  const text = document.getElementById(button.dataset.copies);
  const status = document.getElementById(button.dataset.says);
  if (text && status && navigator.clipboard) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.textContent);
        status.textContent = button.dataset.done;
      } catch {
        getSelection().selectAllChildren(text);
        status.textContent = button.dataset.failed;
      }
    });
  }
}
