/** docs/python-modules.md has every public name of Python's modules, and names as present only those that exist. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs/python-modules.md'), 'utf8');

/** What CPython 3.12 and 3.13 have added on Linux: the CPython of this machine may be older. */
const ADDED: Record<string, string> = {
  fcntl: `FICLONE FICLONERANGE F_GETOWN_EX F_SETOWN_EX F_OWNER_TID F_OWNER_PID F_OWNER_PGRP
    F_GET_RW_HINT F_SET_RW_HINT F_GET_FILE_RW_HINT F_SET_FILE_RW_HINT RWH_WRITE_LIFE_NOT_SET
    RWH_WRITE_LIFE_NONE RWH_WRITE_LIFE_SHORT RWH_WRITE_LIFE_MEDIUM RWH_WRITE_LIFE_LONG
    RWH_WRITE_LIFE_EXTREME`,
  os: `PIDFD_NONBLOCK CLONE_FS CLONE_NEWNS setns unshare grantpt posix_openpt ptsname unlockpt
    process_cpu_count POSIX_SPAWN_CLOSEFROM TFD_CLOEXEC TFD_NONBLOCK TFD_TIMER_ABSTIME
    TFD_TIMER_CANCEL_ON_SET timerfd_create timerfd_gettime timerfd_gettime_ns timerfd_settime
    timerfd_settime_ns`,
  socket: `ETHERTYPE_ARP ETHERTYPE_IP ETHERTYPE_IPV6 ETHERTYPE_VLAN IP_ADD_SOURCE_MEMBERSHIP
    IP_BLOCK_SOURCE IP_DROP_SOURCE_MEMBERSHIP IP_PKTINFO IP_UNBLOCK_SOURCE SO_BINDTOIFINDEX
    TCP_CC_INFO TCP_FASTOPEN_CONNECT TCP_FASTOPEN_KEY TCP_FASTOPEN_NO_COOKIE TCP_INQ TCP_MD5SIG
    TCP_MD5SIG_EXT TCP_QUEUE_SEQ TCP_REPAIR TCP_REPAIR_OPTIONS TCP_REPAIR_QUEUE TCP_REPAIR_WINDOW
    TCP_SAVED_SYN TCP_SAVE_SYN TCP_THIN_DUPACK TCP_THIN_LINEAR_TIMEOUTS TCP_TIMESTAMP TCP_TX_DELAY
    TCP_ULP TCP_ZEROCOPY_RECEIVE ETH_P_ALL NI_IDN`,
  tty: 'cfmakeraw cfmakecbreak',
};

/** `get_map` is `getMap`; constants and names without underscores are unchanged. */
function ourName(name: string): string {
  return /^_?[A-Z]/.test(name) ? name : name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
}

interface Row {
  names: string[];
  verdict: string;
}

/** A Python module or class, where it is here, and its rows. */
interface Section {
  python: string;
  /** For a class: its name. */
  owner: string | undefined;
  modules: string[];
  rows: Row[];
}

const SECTIONS: Section[] = PAGE.split(/^##+ /m).flatMap((text) => {
  const [, python, owner, places] =
    /^([\w.]+), in (?:`(\w+)` of )?(`fdselect.*)$/m.exec(text.split('\n')[0] as string) ?? [];
  if (python === undefined) return [];
  const modules = [...(places as string).matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);
  const rows = [...text.matchAll(/^\| ([^|]+) \| (here|differs|not) \|/gm)].map(
    ([, cell, verdict]): Row => ({
      names: [...(cell as string).matchAll(/`([^`]+)`|every other integer/g)].map(
        ([found, name]) => name ?? found,
      ),
      verdict: verdict as string,
    }),
  );
  return [{ python, owner, modules, rows }];
});

/** How specific a row's name is for a Python name: all of it, so many characters, a kind; or null. */
function match(pattern: string, name: string): number | null {
  if (pattern === name) return Infinity;
  if (pattern === 'every other integer') return /^[A-Z_\d]+$/.test(name) ? 0 : null;
  const beginning = pattern.endsWith('…') ? pattern.slice(0, -1) : null;
  return beginning !== null && name.startsWith(beginning) ? beginning.length : null;
}

/** The verdict of the row that names it best; undefined if none does. */
function verdictOf({ rows }: Section, name: string): string | undefined {
  let best: { size: number; verdict: string } | undefined;
  for (const { names, verdict } of rows) {
    for (const pattern of names) {
      const size = match(pattern, name);
      if (size !== null && (best === undefined || size > best.size)) best = { size, verdict };
    }
  }
  return best?.verdict;
}

const python: Record<string, string[]> = JSON.parse(
  execFileSync('python3', [join(import.meta.dirname, 'names.py')], { encoding: 'utf8' }),
);
const namesOf = (module: string) => [
  ...new Set([...(python[module] ?? []), ...(ADDED[module]?.split(/\s+/) ?? [])]),
];

/** Everything that can be used of a section: exports, or members of a class and its instances. */
async function available({ modules, owner }: Section): Promise<(name: string) => boolean> {
  const exports = Object.assign({}, ...(await Promise.all(modules.map((name) => import(name)))));
  if (owner === undefined) return (name) => name in exports;
  const kind = exports[owner];
  const using = new kind();
  const members = [kind, using, kind.prototype];
  using.close?.();
  return (name) => members.some((object) => name in object);
}

test('it has a section for each module and class', () => {
  expect(SECTIONS.map((section) => section.python).sort()).toEqual(Object.keys(python).sort());
});

test.each(SECTIONS)('$python: every public name is in the table', (section) => {
  const names = namesOf(section.python);
  expect(names.length).toBeGreaterThan(3);
  expect(names.filter((name) => verdictOf(section, name) === undefined)).toEqual([]);
});

test.each(SECTIONS)('$python: names that the table calls present are exported', async (section) => {
  const isAvailable = await available(section);
  // A name that the table has alone counts also where this CPython lacks it.
  const named = section.rows.flatMap(({ names }) => names.filter((name) => /^\w+$/.test(name)));
  const names = [...new Set([...namesOf(section.python), ...named])];
  const here = names.filter((name) => verdictOf(section, name) === 'here');
  expect(here.filter((name) => !isAvailable(ourName(name)))).toEqual([]);
  const not = names.filter((name) => verdictOf(section, name) === 'not');
  expect(not.filter((name) => isAvailable(ourName(name)))).toEqual([]);
});
