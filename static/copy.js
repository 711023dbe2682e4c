// Shows the button that copies a text. Without this file, or where the browser refuses, the text
// is still there to be selected by hand.
for (const button of document.querySelectorAll("button[data-copies]")) {
  const text = document.getElementById(button.dataset.copies);
  const said = document.getElementById(button.dataset.says);
  if (text && said && navigator.clipboard) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.textContent);
        said.textContent = button.dataset.done;
      } catch {
        getSelection().selectAllChildren(text);
        said.textContent = button.dataset.failed;
      }
    });
  }
}
