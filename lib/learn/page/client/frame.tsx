/** The frame around the picture: the head with the choice of scenario, files and colours. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { remembered } from './browser.js';
import type { Replay } from './replay.js';

const SCHEMES = ['light dark', 'light', 'dark'] as const;
const NAMES = { 'light dark': 'as the system', light: 'light', dark: 'dark' };

export function Frame({ replay, children }: { replay: Replay; children: ComponentChildren }) {
  const [error, setError] = useState<string | null>(null);
  const open = async (file: File | undefined) => {
    if (file === undefined) return;
    try {
      replay.openFile(file.name, await file.text());
      setError(null);
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem));
    }
  };
  const drop = {
    onDragOver: (event: DragEvent) => event.preventDefault(),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      void open(event.dataTransfer?.files[0]);
    },
  };
  return (
    <div class="page" {...drop}>
      {replay.view.embed ? null : (
        <header>
          <h1>{replay.scenario.title}</h1>
          <ScenarioChoice replay={replay} />
          <label class="button file">
            Open a file
            <input
              type="file"
              accept=".jsonl"
              onChange={(event) => void open(event.currentTarget.files?.[0])}
            />
          </label>
          <ColorSwitch />
        </header>
      )}
      {error === null ? null : (
        <p class="problem" role="alert">
          {error}
        </p>
      )}
      {children}
    </div>
  );
}

function ScenarioChoice({ replay }: { replay: Replay }) {
  const { scenarios, scenario, openScenario } = replay;
  if (scenarios.length < 2) return null;
  return (
    <label class="choice">
      <span>Scenario</span>
      <select
        value={scenario.name}
        onChange={({ currentTarget }) => openScenario(currentTarget.value)}
      >
        {scenarios.map(({ name, title }) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}

function ColorSwitch() {
  const [scheme, setScheme] = useState(
    () => SCHEMES.find((one) => one === remembered('colours')) ?? SCHEMES[0],
  );
  useEffect(() => {
    document.documentElement.style.colorScheme = scheme;
  }, [scheme]);
  const turn = () => {
    const next = SCHEMES[(SCHEMES.indexOf(scheme) + 1) % SCHEMES.length] ?? SCHEMES[0];
    remembered('colours', next);
    setScheme(next);
  };
  return (
    <button type="button" onClick={turn}>
      Colours: {NAMES[scheme]}
    </button>
  );
}
