/**
 * Nothing in native/ can end the process: neither a call in the sources nor a symbol that the built
 * addon imports. The rules are at the head of native/sys/array.h; each exception has its reason.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const NATIVE = fileURLToPath(new URL('../../native/', import.meta.url));
const ADDON = fileURLToPath(new URL('../../build/Release/fdselect.node', import.meta.url));

/** Functions that end the process, or throw, which ends it too: the addon has no exceptions. */
const FORBIDDEN: [what: string, pattern: RegExp][] = [
  ['ends the process', /\b(abort|assert|_?exit|quick_exit|terminate|raise)\s*\(/],
  ['throws', /\bthrow\b(?!_)|\.at\(|\bstd::(stoi|stol|stoul|get)\b|\.value\(\)/],
  ['throws where there is no thread left', /std::(thread|jthread|async)\b/],
  ['throws where locking fails', /std::(mutex|lock_guard|unique_lock|condition_variable)/],
  [
    'throws where there is no memory',
    /std::function\b|\bnew (?!\(std::nothrow\))|make_(unique|shared)/,
  ],
  [
    'throws where there is no memory',
    /std::(vector|deque|list|map|set|unordered_\w+|basic_string|string|ostringstream|to_string)\b/,
  ],
];

const NAMES = 'std::string of a name, a path or an address: at most 64 KiB (arguments.cc), small';
const LOOK_UPS = 'the answer of getaddrinfo(3), which has allocated it itself before';
const MESSAGES = 'a few words for each item of a list that the program has made itself';
const SIGNALS = 'at most one for each signal: lib/signal passes no more, a few hundred bytes';

/** Small and bounded, whatever a program does; all of it is less than Node itself takes at a call. */
const ALLOWED: Record<string, { patterns: RegExp; reason: string }> = {
  'sys/address.h': { patterns: /std::string/, reason: NAMES },
  'sys/address.cc': { patterns: /std::string/, reason: NAMES },
  'sys/link_address.cc': { patterns: /std::string/, reason: NAMES },
  'sys/resolve.h': { patterns: /std::(string|vector)/, reason: LOOK_UPS },
  'sys/resolve.cc': { patterns: /std::(string|vector)/, reason: LOOK_UPS },
  'sys/background_lookup.h': { patterns: /std::vector/, reason: LOOK_UPS },
  'sys/background_lookup.cc': { patterns: /std::vector/, reason: LOOK_UPS },
  'binding/resolve.cc': { patterns: /std::(string|vector)/, reason: LOOK_UPS },
  'sys/message.h': { patterns: /std::vector<ControlMessage>/, reason: MESSAGES },
  'sys/message.cc': { patterns: /std::vector<ControlMessage>/, reason: MESSAGES },
  'binding/message.cc': {
    patterns: /std::vector<sys::ControlMessage>|const std::string bytes/,
    reason: `${MESSAGES}; control data of at most 16 MiB`,
  },
  'sys/signals.h': { patterns: /std::vector/, reason: SIGNALS },
  'sys/signals.cc': { patterns: /std::vector|make_unique|new Table/, reason: SIGNALS },
  'binding/signals.cc': { patterns: /std::vector/, reason: SIGNALS },
  'binding/uv_signal_pipe.h': { patterns: /std::vector/, reason: SIGNALS },
  'binding/uv_signal_pipe.cc': {
    patterns: /std::(vector|deque)|make_unique|\bnew char\[uv_\./,
    reason: `${SIGNALS}; the handles of libuv`,
  },
  'sys/fd_owner.cc': { patterns: /new Table\(\)/, reason: 'one of 100 bytes in a process' },
  'binding/addon.h': {
    patterns: /std::map/,
    reason: 'the open signal pipes of an environment, and its look-ups, which have a thread each',
  },
  'binding/address.cc': { patterns: /std::string/, reason: NAMES },
  'binding/arguments.h': { patterns: /std::string/, reason: NAMES },
  'binding/arguments.cc': { patterns: /std::string/, reason: NAMES },
  'binding/hidden_terminal.cc': {
    patterns: /::raise\(/,
    reason: 'a signal that has come while a password was asked for, once the terminal is restored',
  },
  'binding/io.cc': { patterns: /std::string/, reason: NAMES },
  'binding/module_constants.cc': { patterns: /std::string/, reason: NAMES },
  'binding/values.h': { patterns: /std::string/, reason: NAMES },
};

/** The lines of a source, without comments and strings, that break a rule, and the rules. */
function findings(file: string): string[] {
  return readFileSync(`${NATIVE}${file}`, 'utf8')
    .replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '')
    .replace(/"(?:[^"\\\n]|\\.)*"/g, '""')
    .split('\n')
    .flatMap((line, i) => {
      const rest = line.replace(new RegExp(ALLOWED[file]?.patterns ?? /(?!)/, 'g'), '');
      const broken = FORBIDDEN.find(([, pattern]) => pattern.test(rest));
      return broken === undefined ? [] : [`${file}:${i + 1} ${broken[0]}: ${line.trim()}`];
    });
}

const sources = ['sys', 'waiter', 'binding'].flatMap((folder) =>
  readdirSync(`${NATIVE}${folder}`).map((name) => `${folder}/${name}`),
);

test('no source of native/ makes a call that ends the process or throws', () => {
  expect(sources.length).toBeGreaterThan(40);
  expect(sources.flatMap(findings)).toEqual([]);
});

test('every exception is still needed', () => {
  const needless = Object.entries(ALLOWED).filter(
    ([file, { patterns }]) =>
      !existsSync(`${NATIVE}${file}`) || !patterns.test(readFileSync(`${NATIVE}${file}`, 'utf8')),
  );
  expect(needless.map(([file]) => file)).toEqual([]);
});

/** Undefined symbols of the addon that may end the process, and why each is not reached. */
const SYMBOLS: Record<string, string> = {
  napi_fatal_error: "node-addon-api's, where an exception cannot be made: Node is out of memory",
  napi_fatal_exception: 'ours: an uncaught exception of a callback, as Node reports its own',
  'operator new(unsigned long)': 'the exceptions above, and node-addon-api',
  'operator new[](unsigned long)': 'handles of libuv, of a size that libuv says',
  'std::__throw_bad_alloc()': 'as operator new',
  'std::__throw_bad_array_new_length()': 'as operator new[]',
  'std::__throw_length_error(char const*)': 'strings and vectors of more than 2^62 bytes',
  'std::__throw_logic_error(char const*)': 'a std::string of a null pointer',
};

const DANGEROUS =
  /abort|assert|_exit|\bexit\b|fatal|terminate|__throw|operator new(?!.*nothrow)|std::thread|__cxa_throw|__stack_chk_fail|_chk\b/;

test('the built addon imports no function that ends the process', () => {
  const lines = execFileSync('nm', ['-C', '-D', '--undefined-only', ADDON], { encoding: 'utf8' });
  const symbols = lines
    .split('\n')
    .map((line) => line.replace(/^\s*[UwV]\s+/, '').replace(/@.*$/, ''))
    .filter((symbol) => symbol !== '');
  expect(symbols).toContain('poll');
  const found = symbols.filter((symbol) => DANGEROUS.test(symbol) && !(symbol in SYMBOLS));
  expect(found).toEqual([]);
});
