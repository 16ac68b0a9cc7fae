/** How contenders in Node are started, on the Node that runs the suite and on a current one. */
import type { Command, Contender, JobHost, Mechanism } from '../../runner/contender.js';
import { compiled, root } from '../../runner/paths.js';
import { node26, node26File } from '../../runner/requirements.js';

export const MECHANISMS: readonly Mechanism[] = ['select', 'poll', 'epoll'];

export const node = process.execPath;
export const host = compiled('contenders/host.js');

/**
 * The roles of a module in Node. Loops share a process with those of the same mechanism, so that C is
 * measured with the same fds and threads; others would leave their garbage and their types in it.
 */
export function inNode(module: string, mechanism?: Mechanism) {
  const job: JobHost = { key: `node-${mechanism}`, command: [node, host, 'jobs'], module };
  return {
    echo: { echo: [node, host, 'echo', module] },
    calls: { calls: job },
    churn: { churn: job },
    wake: {
      wake: [node, host, 'wake', module, 'other'],
      wakeItself: (count: number): Command => [node, host, 'wake', module, 'self', String(count)],
    },
  } satisfies Record<string, Partial<Contender>>;
}

/** `fdselect serve NAME`, as users start it. */
export function serve(name: string, ...options: string[]): Command {
  return [node, `${root}/dist/cli.js`, 'serve', name, '--port', '0', '--quiet', ...options];
}

/** The same contender on Node 26. */
export function onNode26(contender: Contender, roles: ('echo' | 'calls')[]): Contender {
  const { name, label, family, mechanism, echo, calls, limits } = contender;
  const swap = ([, ...rest]: Command): Command => [node26File, ...rest];
  return {
    name: `${name}-26`,
    label: `${label}, Node 26`,
    family: `${family}, Node 26`,
    needs: node26,
    isOnNode26: true,
    ...(mechanism !== undefined && { mechanism }),
    ...(limits !== undefined && { limits }),
    ...(roles.includes('echo') && echo !== undefined && { echo: swap(echo) }),
    ...(roles.includes('calls') &&
      calls !== undefined && {
        calls: { ...calls, key: `${calls.key}-26`, command: swap(calls.command) },
      }),
  };
}
