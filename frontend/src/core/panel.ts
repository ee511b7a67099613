// What a panel needs that is shown: for React pages a chunk of its own.

export { modelOf } from "./model.js";
export { View } from "./view.js";
export { Messages } from "../messages/index.js";
