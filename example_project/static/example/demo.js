// After something was pressed in the sandbox, the customer's page reads its lists again, as it does
// when somebody comes back to its tab. StackOne's webhook takes a moment to arrive.

/** Milliseconds after the press. */
const LOOKS = [300, 1000, 2000, 4000, 8000];
const customer = document.getElementById("customer");
const sandbox = document.getElementById("sandbox");
let timers = [];

const look = () => customer.contentDocument?.dispatchEvent(new Event("visibilitychange"));

function lookSoon() {
  timers.forEach(clearTimeout);
  timers = LOOKS.map((wait) => setTimeout(look, wait));
}

const watch = () => sandbox.contentDocument?.addEventListener("stackone-sandbox:changed", lookSoon);

// It may have loaded before this script.
watch();
sandbox.addEventListener("load", watch);
