import { shownMessages } from "../messaging/composing/phone.js";
import { draw } from "./preview.js";

shownMessages(draw);
