import type { Ref } from "react";

import type { SessionRequest } from "./connect/api";
import { LinkButton } from "./parts";
import { CATEGORIES } from "./words";

interface ConnectFormProps {
  busy: boolean;
  shortcuts: ReadonlyMap<string, string>;
  button: Ref<HTMLButtonElement>;
  onOpen: (request: SessionRequest) => void;
}

/** A category to choose from, or straight to one provider. */
export function ConnectForm({ busy, shortcuts, button, onOpen }: ConnectFormProps) {
  function submit(form: FormData) {
    const category = String(form.get("category") ?? "");
    onOpen(category ? { category } : {});
  }
  return (
    <>
      <form
        className="connect connect-form"
        onSubmit={(event) => {
          event.preventDefault();
          submit(new FormData(event.currentTarget));
        }}
      >
        <fieldset className="segments">
          <legend>Kind of system</legend>
          {CATEGORIES.map(([value, text]) => (
            <label key={value}>
              <input type="radio" name="category" value={value} defaultChecked={value === ""} />
              <span>{text}</span>
            </label>
          ))}
        </fieldset>
        <button type="submit" ref={button} aria-disabled={busy}>
          Connect
        </button>
      </form>
      {shortcuts.size > 0 && (
        <p className="shortcuts">
          Or go straight to{" "}
          {[...shortcuts].map(([provider, name], index) => (
            <span key={provider}>
              {index > 0 && <span aria-hidden="true"> · </span>}
              <LinkButton onClick={() => onOpen({ provider })}>{name}</LinkButton>
            </span>
          ))}
        </p>
      )}
    </>
  );
}
