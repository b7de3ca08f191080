import { shownMessages } from "../composing/phone.js";
import { draw } from "./preview.js";

shownMessages(draw);
