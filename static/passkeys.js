// Shows what needs JavaScript, and says so when a passkey is refused.
document.getElementById("passkey")?.removeAttribute("hidden");
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const failed = document.getElementById("passkey-failed");
  failed.hidden = false;
  failed.scrollIntoView({ block: "center" });
});
