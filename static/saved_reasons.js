// Fills a saved reason into the field beside its list. Without this file the list stays hidden, and
// a link leads to the page that they can be copied from.
for (const list of document.querySelectorAll("select[data-fills]")) {
  const field = document.getElementById(list.dataset.fills);
  list.closest("[hidden]").hidden = false;
  list.addEventListener("change", () => {
    const text = list.selectedOptions[0].dataset.text;
    if (!text) return;
    // What was typed stays in front of it.
    field.value = [field.value.trimEnd(), text].filter(Boolean).join("\n\n");
    list.selectedIndex = 0;
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
