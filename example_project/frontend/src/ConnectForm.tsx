import type { ConnectSession } from "@stackone-connect/react";
import { useState } from "react";

import { CATEGORIES } from "./messages";

interface ConnectFormProps {
  connect: ConnectSession;
  shortcuts: ReadonlyMap<string, string>;
}

/** A category to choose from, or straight to one provider. */
export function ConnectForm({ connect, shortcuts }: ConnectFormProps) {
  const [category, setCategory] = useState("");
  return (
    <>
      <form
        className="connect connect-form"
        onSubmit={(event) => event.preventDefault()}
      >
        <fieldset className="segments">
          <legend>Kind of system</legend>
          {CATEGORIES.map(([value, text]) => (
            <label key={value}>
              <input
                type="radio"
                name="category"
                value={value}
                checked={value === category}
                onChange={() => setCategory(value)}
              />
              <span>{text}</span>
            </label>
          ))}
        </fieldset>
        <button type="submit" {...connect.buttonProps(category ? { category } : {})}>
          Connect
        </button>
      </form>
      {shortcuts.size > 0 && (
        <p className="shortcuts">
          Or go straight to{" "}
          {[...shortcuts].map(([provider, name], index) => (
            <span key={provider}>
              {index > 0 && <span aria-hidden="true"> · </span>}
              <button type="button" className="link" {...connect.buttonProps({ provider })}>
                {name}
              </button>
            </span>
          ))}
        </p>
      )}
    </>
  );
}
