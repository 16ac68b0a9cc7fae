/** The state of the page: which moment of which recordings is shown. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { gapAfter, type Speed } from '../../replay/pace.js';
import { parse } from '../../replay/parse.js';
import { type Prediction, predictionBefore, type Question } from '../../replay/predictions.js';
import {
  type Column,
  columnOf,
  openingOf,
  placeOf,
  placeOfBeat,
  type Stop,
  timelineOf,
} from '../../replay/timeline.js';
import type { PageScenario, WhatIf } from '../data.js';
import { pageScenarioOf } from '../scenario.js';
import { type Address, readAddress, writeAddress } from './address.js';
import { remembered, useMedia } from './browser.js';

/** Below this width one column is shown at a time. */
const NARROW = '(max-width: 699.98px)';
const PREDICTIONS = 'predictions';
/**
 * Milliseconds between two changes of the address. A key that is held down makes 30 steps a second;
 * Safari throws after 100 changes in 30 s, Firefox and Chromium after 200 in 10 s.
 */
const ADDRESS_PAUSE = 500;

export interface View {
  scenario: string;
  whatIf: string;
  stop: Stop;
  /** The names of the columns that are shown; the first is the one on a narrow screen. */
  columns: string[];
  text: boolean;
  code: boolean;
  help: boolean;
  embed: boolean;
  isPlaying: boolean;
  speed: Speed;
}

export type Replay = ReturnType<typeof useReplay>;

const namesOf = (scenario: PageScenario) => scenario.whatIfs[0].columns.map(({ name }) => name);

function viewOf(address: Address, scenarios: readonly PageScenario[]): View {
  const scenario =
    scenarios.find(({ name }) => name === address.s) ?? (scenarios[0] as PageScenario);
  const known = namesOf(scenario);
  const columns = (address.v ?? scenario.shown ?? known).filter((name) => known.includes(name));
  const whatIf = scenario.whatIfs.find(({ name }) => name === address.w) ?? scenario.whatIfs[0];
  const { b: beat, i = Number.POSITIVE_INFINITY } = address;
  return {
    scenario: scenario.name,
    whatIf: whatIf.name,
    stop: beat === undefined ? openingOf(columnsOf(whatIf)) : { beat, i },
    columns: columns.length > 0 ? columns : known,
    text: address.t ?? false,
    embed: address.embed ?? false,
    ...{ code: false, help: false, isPlaying: false, speed: 'step' },
  };
}

const parsed = new WeakMap<object, Column>();

function columnsOf(whatIf: WhatIf): Column[] {
  return whatIf.columns.map((one) => {
    const column = parsed.get(one) ?? columnOf(one.name, parse(one.text, one.name));
    parsed.set(one, column);
    return column;
  });
}

export function useReplay(given: readonly PageScenario[]) {
  const [scenarios, setScenarios] = useState(given);
  const [view, setView] = useState(() => viewOf(readAddress(location.hash), given));
  const [question, setQuestion] = useState<Question | null>(null);
  const [asked, setAsked] = useState<ReadonlySet<Prediction>>(new Set());
  const [predicts, setPredicts] = useState(() => remembered(PREDICTIONS) !== 'off');
  const isNarrow = useMedia(NARROW);

  const scenario = scenarios.find(({ name }) => name === view.scenario) as PageScenario;
  const whatIf = scenario.whatIfs.find(({ name }) => name === view.whatIf) ?? scenario.whatIfs[0];
  const timeline = useMemo(() => timelineOf(columnsOf(whatIf)), [whatIf]);
  const place = placeOf(timeline, view.stop);
  const stop = timeline.stops[place] as Stop;
  const chosen = timeline.columns.filter(({ name }) => view.columns.includes(name));
  const first = chosen.find(({ name }) => name === view.columns[0]) ?? chosen[0];
  const shown = isNarrow && first ? [first] : chosen;

  const change = useCallback(
    (fields: Partial<View>) => setView((before) => ({ ...before, ...fields })),
    [],
  );
  const go = (to: number) => {
    setQuestion(null);
    change({ stop: timeline.stops[Math.min(Math.max(to, 0), timeline.stops.length - 1)] as Stop });
  };
  const predictionAt = (to: number) => {
    if (!predicts || question !== null) return undefined;
    return predictionBefore(timeline.stops[to], scenario.predictions, whatIf.name, asked);
  };
  /** Goes on, or asks first what will be. */
  const forward = (to: number) => {
    const prediction = predictionAt(to);
    if (prediction === undefined) return go(to);
    setAsked(new Set([...asked, prediction]));
    setQuestion({ prediction, choice: null });
    change({ isPlaying: false });
  };

  useAddress(view, stop, scenarios, whatIf.name, isNarrow, setView);
  const gap = gapAfter(timeline, place, view.speed);
  const hasMore = place < timeline.stops.length - 1;
  usePlaying(view.isPlaying, gap.ms, hasMore, () => forward(place + 1), change);

  return {
    ...{ scenarios, scenario, whatIf, view, timeline, place, stop, shown, isNarrow, question },
    ...{ predicts, change },
    /** While it plays: what the pause before the next step stands for. */
    pause: view.isPlaying ? gap.says : null,
    next: () => forward(place + 1),
    back: () => go(place - 1),
    nextBeat: () => forward(placeOfBeat(timeline, place, 1)),
    previousBeat: () => go(placeOfBeat(timeline, place, -1)),
    first: () => go(0),
    last: () => go(timeline.stops.length - 1),
    go,
    choose: (choice: number) => setQuestion(question && { ...question, choice }),
    setPredicts: (on: boolean) => {
      setPredicts(on);
      setQuestion(null);
      remembered(PREDICTIONS, on ? 'on' : 'off');
    },
    /** Shows another scenario from its beginning. */
    openScenario: (name: string) => {
      setQuestion(null);
      const { text, embed } = view;
      setView({ ...viewOf({ s: name }, scenarios), text, embed });
      history.pushState(null, '', writeAddress({ s: name }));
    },
    /** Adds a recording from a file, and shows it. Throws RecordingError. */
    openFile: (name: string, text: string) => {
      parse(text, name);
      const all = [...scenarios.filter((one) => one.name !== name), pageScenarioOf(name, text)];
      setScenarios(all);
      setView(viewOf({ s: name }, all));
    },
    /** Shows a column or hides it; on a narrow screen shows this one instead of the other. */
    toggleColumn: (name: string) => {
      const known = namesOf(scenario);
      const others = view.columns.filter((one) => one !== name);
      if (isNarrow) change({ columns: [name, ...others] });
      else if (!view.columns.includes(name)) {
        change({ columns: known.filter((one) => one === name || others.includes(one)) });
      } else if (others.length > 0) change({ columns: others });
    },
    nextWhatIf: () => {
      const at = scenario.whatIfs.indexOf(whatIf);
      change({ whatIf: scenario.whatIfs[(at + 1) % scenario.whatIfs.length]?.name ?? '' });
    },
  };
}

/** Keeps the address as the page is, and the page as the address is. */
function useAddress(
  view: View,
  stop: Stop,
  scenarios: readonly PageScenario[],
  whatIf: string,
  isNarrow: boolean,
  setView: (view: View) => void,
): void {
  const { columns, text, embed } = view;
  const address = writeAddress({
    s: view.scenario,
    v: isNarrow ? columns.slice(0, 1) : columns,
    b: stop.beat,
    i: stop.i,
    w: whatIf,
    t: text,
    embed,
  });
  const written = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    if (location.hash === address) return;
    const write = () => {
      written.current = performance.now();
      history.replaceState(null, '', address);
    };
    const pause = written.current + ADDRESS_PAUSE - performance.now();
    if (pause <= 0) return write();
    const timer = setTimeout(write, pause);
    return () => clearTimeout(timer);
  }, [address]);
  useEffect(() => {
    const read = () => setView(viewOf(readAddress(location.hash), scenarios));
    addEventListener('hashchange', read);
    addEventListener('popstate', read);
    return () => {
      removeEventListener('hashchange', read);
      removeEventListener('popstate', read);
    };
  }, [scenarios, setView]);
}

function usePlaying(
  isPlaying: boolean,
  ms: number,
  hasMore: boolean,
  step: () => void,
  change: (fields: Partial<View>) => void,
): void {
  useEffect(() => {
    if (!isPlaying) return;
    if (!hasMore) return change({ isPlaying: false });
    const timer = setTimeout(step, ms);
    return () => clearTimeout(timer);
  });
}
