/** A registry that has the packed package, and redirects all other requests to the real one. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { root } from '../../../scripts/prebuilds.mjs';

/**
 * Serves until the test is over.
 *
 * @param t - of node:test
 * @param upstream - the address of the real registry
 * @returns its own address
 */
export async function registry(t, tarball, upstream) {
  const bytes = readFileSync(tarball);
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { name, version } = manifest;
  const server = createServer(({ url }, response) => {
    if (url === `/${name}.tgz`) return response.end(bytes);
    if (url !== `/${name}`) {
      return response.writeHead(302, { location: new URL(url, upstream).href }).end();
    }
    const dist = {
      tarball: `${address}/${name}.tgz`,
      integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
    };
    response.setHeader('content-type', 'application/json');
    const versions = { [version]: { ...manifest, dist } };
    response.end(JSON.stringify({ name, 'dist-tags': { latest: version }, versions }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${server.address().port}`;
  t.after(() => server.close());
  return address;
}
