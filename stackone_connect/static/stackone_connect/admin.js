// Copies the value of the field that a button's `data-copy` names, and says so beside it. The button
// is hidden without this script.

for (const button of document.querySelectorAll("button[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  const status = button.parentElement.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    status.textContent = "";
    status.textContent = (await copy(field)) ? button.dataset.copied : button.dataset.failed;
  });
  field.addEventListener("focus", () => field.select());
}

async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value); // missing where the site is not secure
    return true;
  } catch {
    field.focus();
    field.select();
    return document.execCommand("copy");
  }
}
