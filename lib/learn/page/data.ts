/** What a replay page shows: scenarios, each with its recordings. The page holds it as JSON. */
import type { Prediction } from '../replay/predictions.js';

/** A column: one recording, side by side with those of other mechanisms. */
interface PageColumn {
  name: string;
  /** The text of the recording: JSON Lines. */
  text: string;
}

/** A set of recordings that were made in the same way; a scenario has one or several. */
export interface WhatIf {
  /** How the address names it; empty for the first. */
  name: string;
  title: string;
  /** The lines of the program that differ from the first. */
  change?: { from: string; to: string };
  columns: PageColumn[];
}

export interface PageScenario {
  name: string;
  title: string;
  /** One or two sentences: what happens here. */
  intro?: string;
  /** The columns that are shown at first; without it all of them. */
  shown?: string[];
  /** The program, by the name of its file; without it that of the recordings. */
  source?: Record<string, string>;
  /** What the threads play, from thread 0 on. */
  actors?: string[];
  whatIfs: [WhatIf, ...WhatIf[]];
  predictions: Prediction[];
}

export interface PageData {
  scenarios: PageScenario[];
}

/** The element of the page with the data; `data-encoding` is `gzip` where it is base64 of gzip. */
export const DATA_ELEMENT = 'data';
