/**
 * Charts as the page draws them: data only, so that they can be kept in the page as JSON. The page
 * shows the main parts first, and the others when the reader asks for all.
 */

/** A bar for each contender, with the interval in which its value lies. */
export interface BarChart {
  kind: 'bars';
  /** The label of the axis. */
  axis: string;
  /** The position of the line of the base. */
  reference: number;
  bars: {
    label: string;
    family: string;
    isMain: boolean;
    value: number;
    low: number;
    high: number;
  }[];
}

/** Bars made of parts. */
export interface StackChart {
  kind: 'stack';
  axis: string;
  rows: { label: string; isMain: boolean; values: number[] }[];
  /** What the values of each row are. */
  parts: string[];
}

/** Curves on logarithmic axes. */
export interface LineChart {
  kind: 'lines';
  xAxis: string;
  yAxis: string;
  /** The unit that numbers on the axis are written with; nines: 10 is written as 90 %. */
  x: 'number' | 'nines';
  y: 'ns' | '/s';
  lines: {
    label: string;
    family: string;
    isMain: boolean;
    /** Which of the styles: two lines of a family have different ones. */
    style: number;
    points: [x: number, y: number][];
  }[];
}

export type Chart = BarChart | StackChart | LineChart;

/** Charts of which the reader chooses one. */
export interface Figure {
  title: string;
  choices: { label: string; chart: Chart }[];
}
