import { loadHub } from "@stackone-connect/react/hub";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { readConfig } from "./config";
import "./page.css";
import { Boundary } from "./parts";

const broken = (
  <p className="notice bad" role="alert">
    This page ran into an error. Nothing that you connected is lost. <a href="">Reload the page</a>
  </p>
);

const page = document.getElementById("content");
const told = document.getElementById("config");
if (page && told) {
  const config = readConfig(told);
  createRoot(page).render(
    <StrictMode>
      <Boundary fallback={broken}>
        <App config={config} loadHub={loadHub} />
      </Boundary>
    </StrictMode>,
  );
}
