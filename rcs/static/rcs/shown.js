import { shownMessages } from "./phone.js";

shownMessages();
