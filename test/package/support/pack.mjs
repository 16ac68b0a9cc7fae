/** Makes the tarball that the tests install. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { prebuilds, root } from '../../../scripts/prebuilds.mjs';

const LEFT_OUT = new Set(['.git', 'node_modules', 'build', 'prebuilds']);

function run(command, args, cwd) {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** The prebuilt binaries that are there and newer than every source. */
function freshPrebuilds() {
  const sources = readdirSync(join(root, 'native'), { recursive: true })
    .filter((name) => /\.(cc|h|inc|txt)$/.test(name))
    .map((name) => statSync(join(root, 'native', name)).mtimeMs);
  const newest = Math.max(...sources, statSync(join(root, 'binding.gyp')).mtimeMs);
  return prebuilds
    .map(({ file }) => file)
    .filter((file) => existsSync(join(root, file)) && statSync(join(root, file)).mtimeMs > newest);
}

/**
 * Packs a copy of the package into a folder, with the prebuilt binaries of `npm run prebuild:all`.
 * Where these are missing or older than native/, it makes the one for this machine.
 *
 * @returns the path of the tarball
 */
export function pack(folder) {
  const source = join(folder, 'source');
  mkdirSync(source);
  for (const name of readdirSync(root)) {
    const isLeft = LEFT_OUT.has(name) || name.startsWith('build-');
    if (!isLeft) cpSync(join(root, name), join(source, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(source, 'node_modules'));
  const fresh = freshPrebuilds();
  for (const file of fresh) cpSync(join(root, file), join(source, file), { recursive: true });
  if (fresh.length < prebuilds.length) {
    console.error(
      `test:package: ${fresh.length} of ${prebuilds.length} prebuilt binaries are up to date ` +
        "(npm run prebuild:all makes them): this machine's is made now",
    );
    run('npm', ['run', '--silent', 'prebuild'], source);
  }
  run('npx', ['publint', '--strict'], source);
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], source);
  return join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz')),
  );
}
