/** Records asynchronous waits, which make no system call of their own until they end. */
import type { NativeBinding } from '../contract.js';
import type { AsyncRecord } from './format.js';

type Report = (record: Pick<AsyncRecord, 'k' | 'what' | 'id' | 'fds'>) => void;

/** The addon's functions for these waits, wrapped: they report what is watched and what is ready. */
export function asyncWaits(addon: NativeBinding, report: Report): Partial<NativeBinding> {
  const { openWaiter, watchWait, unwatchWait, armWait, collectWaits, disarmWait, endWait } = addon;
  /** The watched events of each wait, by driver and id. */
  const waits = new Map<string, Map<number, number>>();
  const watched = (driver: number, id: number) => {
    const fds = waits.get(`${driver} ${id}`) ?? new Map<number, number>();
    waits.set(`${driver} ${id}`, fds);
    return fds;
  };
  const put = (what: 'ready' | 'end', id: number) => report({ k: 'async', what, id });
  return {
    openWaiter: (kind, onReady) =>
      openWaiter(kind, (first, second) => {
        if (first !== undefined) put('ready', first);
        if (second !== undefined) put('ready', second);
        onReady(first, second);
      }),
    watchWait: (driver, id, fd, events, isOwn) => {
      watched(driver, id).set(fd, events);
      return watchWait(driver, id, fd, events, isOwn);
    },
    unwatchWait: (driver, id, fd) => {
      watched(driver, id).delete(fd);
      return unwatchWait(driver, id, fd);
    },
    armWait: (driver, id) => {
      report({ k: 'async', what: 'wait', id, fds: [...watched(driver, id)] });
      return armWait(driver, id);
    },
    collectWaits: (driver, ids) => {
      const count = collectWaits(driver, ids);
      for (const id of ids.subarray(0, Math.max(count, 0))) put('ready', id);
      return count;
    },
    disarmWait: (driver, id) => {
      put('end', id);
      return disarmWait(driver, id);
    },
    endWait: (driver, id) => {
      waits.delete(`${driver} ${id}`);
      return endWait(driver, id);
    },
  };
}
