// The generator page: three tools and the Python behind them.

import "./checker.js";
import "./generator.js";
import "./loading.js";
import "./reports.js";
import { byId, wireCopyButtons } from "./elements.js";

wireCopyButtons();
// The script runs, so the note that it cannot is wrong.
byId("tlsrpt-inert").remove();
