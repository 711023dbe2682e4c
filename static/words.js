// Counts words while they are written. Without this file the count is told after saving.
for (const shown of document.querySelectorAll("[data-words-of]")) {
  const text = document.getElementById(shown.dataset.wordsOf);
  const count = () => {
    const words = text.value.split(/\s+/).filter(Boolean).length;
    shown.textContent = words;
    shown.parentElement.classList.toggle("error", words > Number(shown.dataset.most));
  };
  text.addEventListener("input", count);
}
