// Refreshes the control page, and posts its forms without reloading it. Without this script the
// page works with plain forms.
const EVERY = 3000;
const toggle = document.querySelector(".live");
const box = toggle.querySelector("input");
toggle.hidden = false;

let busy = false;

// Replaces the parts that changed; a button that had the focus gets it back, or its part does.
function show(html, parts) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!next || !parts(part.dataset.live) || part.innerHTML === next.innerHTML) continue;
    const focused = part.contains(document.activeElement) ? document.activeElement : null;
    const scrolled = [...part.querySelectorAll(".scroll")].map((box) => box.scrollLeft);
    part.replaceChildren(...next.childNodes);
    part.querySelectorAll(".scroll").forEach((box, index) => (box.scrollLeft = scrolled[index] || 0));
    if (!focused) continue;
    const buttons = [...part.querySelectorAll("button")];
    const target = (button) => button.value?.split(":")[1];
    const again =
      buttons.find((button) => button.value === focused.value) ||
      buttons.find((button) => target(focused) && target(button) === target(focused)) ||
      part.querySelector(".scroll, button");
    again?.focus({ preventScroll: true });
  }
}

async function refresh() {
  if (busy || !box.checked || document.hidden) return;
  busy = true;
  try {
    const response = await fetch(location.pathname + location.search, { headers: { accept: "text/html" } });
    // A message stays until the next action.
    if (response.ok) show(await response.text(), (part) => !["message", "refused"].includes(part));
  } catch {
    // The server may be restarting; the next refresh tries again.
  } finally {
    busy = false;
  }
}

document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (submitter?.dataset.confirm && !confirm(submitter.dataset.confirm)) {
    event.preventDefault();
    return;
  }
  event.preventDefault();
  busy = true;
  const body = new URLSearchParams(new FormData(form, submitter));
  try {
    const response = await fetch(form.action, { method: "POST", body });
    show(await response.text(), () => true);
    // For a page that shows this one in a frame.
    document.dispatchEvent(new Event("stackone-sandbox:changed"));
  } catch {
    document.querySelector('[data-live="message"]').textContent = "The sandbox does not respond.";
  } finally {
    busy = false;
  }
});

document.addEventListener("visibilitychange", refresh);
box.addEventListener("change", refresh);
setInterval(refresh, EVERY);
