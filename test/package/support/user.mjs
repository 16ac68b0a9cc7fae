/** A user of the package: an empty folder, a package manager, and no compiler. */
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../../scripts/prebuilds.mjs';

/** The packed package; test/package/run.mjs makes it. */
export const tarball = process.env.FDSELECT_TARBALL;
if (tarball === undefined) throw new Error('run me with: npm run test:package NAME');

/** What this machine's tools come from; kept from one run to the next. */
const cache = join(root, 'node_modules/.cache/fdselect-package');

function ask(command, args) {
  return execFileSync(command, args, { encoding: 'utf8' }).trim();
}

/**
 * npm's settings for a slow registry: what the cache has is not asked for again, and a connection on
 * which nothing comes is given up after a minute. npm waits for five, as long as a command here may take.
 */
const patience = { npm_config_prefer_offline: 'true', npm_config_fetch_timeout: '60000' };

/**
 * Installs packages of the registry and returns the path of a file in one of them. Two test files may
 * want the same at the same time: so a folder gets its name when all of it is there.
 * @param packages - such as `pnpm@10`
 */
export function tool(packages, path) {
  const whole = join(cache, packages.join('_').replaceAll('/', '_'));
  if (!existsSync(whole)) {
    mkdirSync(cache, { recursive: true });
    const folder = mkdtempSync(`${whole}.`);
    const options = [
      '--no-save',
      '--no-audit',
      '--ignore-scripts',
      '--silent',
      '--force',
      '--prefix',
      folder,
    ];
    const env = { ...process.env, ...patience };
    execFileSync('npm', ['install', ...options, ...packages], { stdio: 'inherit', env });
    try {
      renameSync(folder, whole);
    } catch (error) {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      rmSync(folder, { recursive: true }); // the other test file was first
    }
  }
  return join(whole, 'node_modules', path);
}

const settings = (() => {
  const [registry, npmCache] = ['registry', 'cache'].map((key) =>
    ask('npm', ['config', 'get', key]),
  );
  return { registry, npmCache };
})();

/** A folder with these commands and no others: no compiler, no make, no Python. */
function commandsOnly(folder, commands) {
  mkdirSync(folder);
  for (const [name, target] of Object.entries(commands)) symlinkSync(target, join(folder, name));
  for (const name of ['sh', 'env', 'uname', 'dirname', 'sed', 'basename', 'readlink']) {
    const path = ['/bin', '/usr/bin'].map((place) => join(place, name)).find(existsSync);
    if (path !== undefined && !(name in commands)) symlinkSync(path, join(folder, name));
  }
  return folder;
}

export class User {
  /** @param t - of node:test: the folder is removed after it */
  constructor(t, { node = process.execPath, commands = {} } = {}) {
    const home = realpathSync(mkdtempSync(join(tmpdir(), 'fdselect-user-')));
    t.after(() => rmSync(home, { recursive: true, force: true }));
    this.folder = join(home, 'project');
    mkdirSync(this.folder);
    const npm = dirname(realpathSync(ask('sh', ['-c', 'command -v npm'])));
    const path = commandsOnly(join(home, 'bin'), {
      node,
      npm: join(npm, 'npm-cli.js'),
      npx: join(npm, 'npx-cli.js'),
      ...commands,
    });
    // How this machine reaches the registry.
    const network = Object.entries(process.env).filter(([name]) => /proxy|cert|^ssl_/i.test(name));
    this.env = {
      ...Object.fromEntries(network),
      HOME: home,
      PATH: [path].join(delimiter),
      npm_config_registry: settings.registry,
      npm_config_cache: settings.npmCache,
      ...patience,
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_update_notifier: 'false',
      NO_COLOR: '1',
    };
    this.write('package.json', '{ "name": "user", "version": "1.0.0", "private": true }\n');
  }

  write(name, text) {
    writeFileSync(join(this.folder, name), text);
    if (text.startsWith('#!')) chmodSync(join(this.folder, name), 0o755);
  }

  /** Runs a command in the folder. @returns what it prints on stdout; throws where it fails */
  run(command, ...args) {
    const { status, signal, stdout, stderr, error } = this.attempt(command, ...args);
    const line = [command, ...args].join(' ');
    assert.equal(error?.code ?? status ?? signal, 0, `${line}\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** As `run`, while this process goes on, such as with a server. */
  async runAsync(command, ...args) {
    const options = { cwd: this.folder, env: this.env, timeout: 300_000 };
    const { stdout } = await promisify(execFile)(this.path(command), args, options);
    return stdout;
  }

  /** As `run`, whatever the exit code is. */
  attempt(command, ...args) {
    const options = { cwd: this.folder, env: this.env, encoding: 'utf8', timeout: 300_000 };
    return spawnSync(this.path(command), args, options);
  }

  /** A command of this user. */
  path(command) {
    return command.includes('/') ? command : join(this.env.PATH, command);
  }

  /** Checks that the package works in this folder. @param node - how a program is run */
  checkPrograms(node = ['node']) {
    for (const [name, text] of Object.entries(programs)) {
      this.write(name, text);
      assert.equal(this.run(...node, name), 'works\n', `${node.join(' ')} ${name}`);
    }
  }

  /** Checks that `fdselect serve` serves. @param fdselect - the command, as it is typed */
  async checkServer(...fdselect) {
    const [command, ...args] = [...fdselect, 'serve', 'echo-poll', '--port', '0'];
    const options = { cwd: this.folder, env: this.env, detached: true };
    const child = spawn(this.path(command), args, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    const ended = once(child, 'close');
    try {
      const port = await new Promise((resolve, reject) => {
        child.stdout.on('data', () => {
          const [, found] = /^listening on 127\.0\.0\.1:(\d+)$/m.exec(output) ?? [];
          if (found !== undefined) resolve(Number(found));
        });
        child.on('error', reject);
        ended.then(() => reject(new Error(`${command} ${args.join(' ')} ended:\n${output}`)));
      });
      assert.equal(await echoed(port, 'hello'), 'hello');
      // Package managers start a process of their own between: the signal goes to all of them.
      process.kill(-child.pid, 'SIGTERM');
      await ended;
    } finally {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
      await ended;
    }
    return output;
  }
}

/** What comes back from a server for a text and an end of file. */
async function echoed(port, text) {
  const socket = createConnection(port, '127.0.0.1');
  socket.end(text);
  let answer = '';
  for await (const chunk of socket.setEncoding('utf8')) answer += chunk;
  return answer;
}

/** Uses the addon, and says so. */
const program = `
const [r, w] = os.pipe();
const poller = fdselect.poll();
poller.register(r, fdselect.POLLIN);
if (fdselect.select([r], [w], [], 0)[1][0] !== w || poller.poll(0).length !== 0) {
  throw new Error('wrong answer');
}
os.write(w, 'x');
fdselect.selectAsync([r], [], []).then(([[ready]]) => console.log(ready === r ? 'works' : 'wrong'));
`;

const programs = {
  'module.mjs': `import * as fdselect from 'fdselect';\nimport * as os from 'fdselect/os';\n${program}`,
  'script.cjs': `const fdselect = require('fdselect');\nconst os = require('fdselect/os');\n${program}`,
};
