// Starts everything. Runs once: htmx swaps pages inside the same document, so what plays goes on.
import "./htmx_setup.js";
import "./alpine_setup.js";
import { start } from "./components.js";
import "./menus.js";
import "./theme.js";
import "./player.js";
import "./waveform.js";
import "./ab_player.js";
import "./alignment.js";
import "./landmarks.js";
import "./score_player.js";
import "./cue_sheet.js";
import "./threshold.js";
import "./uploader.js";
import "./file_compare.js";
import "./jobs.js";
import "./forms.js";
import "./search.js";

start();
