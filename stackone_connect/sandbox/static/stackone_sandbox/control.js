// Keeps the control page up to date, and its buttons from reloading it. Without this script the
// page works by plain forms.
const EVERY = 3000;
const toggle = document.querySelector(".live");
const box = toggle.querySelector("input");
toggle.hidden = false;

let busy = false;

// Puts in what changed; a button that had the focus gets it back, or its part of the page does.
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
    const about = (button) => button.value?.split(":")[1];
    const again =
      buttons.find((button) => button.value === focused.value) ||
      buttons.find((button) => about(focused) && about(button) === about(focused)) ||
      part.querySelector(".scroll, button");
    again?.focus({ preventScroll: true });
  }
}

async function refresh() {
  if (busy || !box.checked || document.hidden) return;
  busy = true;
  try {
    const answer = await fetch(location.pathname, { headers: { accept: "text/html" } });
    // What was said stays until something else is.
    if (answer.ok) show(await answer.text(), (part) => !["said", "refused"].includes(part));
  } catch {
    // The server is restarting; the next round tries again.
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
    const answer = await fetch(form.action, { method: "POST", body });
    show(await answer.text(), () => true);
  } catch {
    document.querySelector('[data-live="said"]').textContent = "The sandbox does not answer.";
  } finally {
    busy = false;
  }
});

document.addEventListener("visibilitychange", refresh);
box.addEventListener("change", refresh);
setInterval(refresh, EVERY);
