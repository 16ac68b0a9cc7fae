/** fdselect/linux: inotify. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { select } from 'fdselect';
import {
  IN_ALL_EVENTS,
  IN_CREATE,
  IN_DELETE_SELF,
  IN_IGNORED,
  IN_ISDIR,
  IN_MODIFY,
  IN_MOVED_FROM,
  IN_MOVED_TO,
  IN_NONBLOCK,
  IN_ONESHOT,
  IN_ONLYDIR,
  inotifyAddWatch,
  inotifyInit,
  inotifyRmWatch,
  readInotify,
} from 'fdselect/linux';
import { getBlocking, getInheritable, O_CREAT, O_WRONLY, open as osOpen } from 'fdselect/os';
import { expect, onTestFinished, test } from 'vitest';
import { parseEvents } from '../../lib/linux/inotify-events.ts';
import { close, closing, openPipe } from '../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'fdselect-inotify-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('inotifyInit: closes on exec; blocking unless asked otherwise', () => {
  const fds = [closing(inotifyInit()), closing(inotifyInit(IN_NONBLOCK))];
  expect(fds.map(getInheritable)).toEqual([false, false]);
  expect(fds.map(getBlocking)).toEqual([true, false]);
  expect(thrown(() => readInotify(fds[1] as number))).toEqual(osError('EAGAIN', 'read'));
});

test('events have the watch, the kind of change, and the name in the folder', () => {
  const fd = closing(inotifyInit());
  const path = folder();
  const wd = inotifyAddWatch(fd, path, IN_CREATE | IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO);
  writeFileSync(join(path, 'é'), 'x');
  mkdirSync(join(path, 'sub'));
  renameSync(join(path, 'é'), join(path, 'b'));
  expect(select([fd], [], [], 0)[0]).toEqual([fd]);
  const events = readInotify(fd);
  const cookie = events[3]?.cookie as number;
  expect(cookie).toBeGreaterThan(0);
  expect(events).toEqual([
    { wd, mask: IN_CREATE, cookie: 0, name: 'é' },
    { wd, mask: IN_MODIFY, cookie: 0, name: 'é' },
    { wd, mask: IN_CREATE | IN_ISDIR, cookie: 0, name: 'sub' },
    { wd, mask: IN_MOVED_FROM, cookie, name: 'é' },
    { wd, mask: IN_MOVED_TO, cookie, name: 'b' },
  ]);
});

test('a name that is not UTF-8 is a Buffer; one of the watched file itself is empty', () => {
  const fd = closing(inotifyInit());
  const path = folder();
  inotifyAddWatch(fd, Buffer.from(path), IN_CREATE);
  const name = Buffer.from([0x66, 0xff]);
  closing(osOpen(Buffer.concat([Buffer.from(`${path}/`), name]), O_CREAT | O_WRONLY));
  expect(readInotify(fd).map((event) => event.name)).toEqual([name]);
  const file = join(path, 'file');
  writeFileSync(file, '');
  readInotify(fd);
  const wd = inotifyAddWatch(fd, file, IN_DELETE_SELF | IN_ONESHOT);
  rmSync(file);
  expect(readInotify(fd)).toEqual([
    { wd, mask: IN_DELETE_SELF, cookie: 0, name: '' },
    { wd, mask: IN_IGNORED, cookie: 0, name: '' },
  ]);
});

test('inotifyRmWatch ends a watch, once', () => {
  const fd = closing(inotifyInit());
  const wd = inotifyAddWatch(fd, folder(), IN_ALL_EVENTS);
  inotifyRmWatch(fd, wd);
  expect(readInotify(fd)).toEqual([{ wd, mask: IN_IGNORED, cookie: 0, name: '' }]);
  expect(thrown(() => inotifyRmWatch(fd, wd))).toEqual(osError('EINVAL', 'inotify_rm_watch'));
});

test('an overflow has no watch descriptor, and a mask above 2^31 is unsigned', () => {
  const bytes = Buffer.alloc(48);
  new DataView(bytes.buffer, bytes.byteOffset).setInt32(0, -1, true);
  bytes.writeUInt32LE(0x4000, 4);
  bytes.writeUInt32LE(0x80000001, 20);
  bytes.writeUInt32LE(16, 28);
  bytes.write('name', 32);
  expect(parseEvents(bytes)).toEqual([
    { wd: -1, mask: 0x4000, cookie: 0, name: '' },
    { wd: 0, mask: 0x80000001, cookie: 0, name: 'name' },
  ]);
});

test('errors and bad arguments', () => {
  const fd = closing(inotifyInit());
  const [r] = openPipe();
  const path = folder();
  expect(thrown(() => inotifyInit(1))).toEqual(osError('EINVAL', 'inotify_init1'));
  expect(thrown(() => inotifyAddWatch(fd, '/nowhere', IN_CREATE))).toEqual(
    osError('ENOENT', 'inotify_add_watch'),
  );
  writeFileSync(join(path, 'x'), '');
  expect(thrown(() => inotifyAddWatch(fd, join(path, 'x'), IN_ONLYDIR | IN_CREATE))).toEqual(
    osError('ENOTDIR', 'inotify_add_watch'),
  );
  expect(thrown(() => inotifyAddWatch(r, path, IN_CREATE))).toEqual(
    osError('EINVAL', 'inotify_add_watch'),
  );
  expect(thrown(() => inotifyAddWatch(fd, 5 as never, 1))).toEqual(typeError);
  expect(thrown(() => inotifyAddWatch(fd, 'a\0', 1))).toEqual(rangeError);
  expect(String(thrown(() => inotifyAddWatch(fd, '/', 2 ** 32)))).toContain('mask must be from');
  expect(thrown(() => inotifyAddWatch(fd, 'x'.repeat(5000), 1))).toEqual(
    osError('ENAMETOOLONG', 'inotify_add_watch'),
  );
  expect(thrown(() => inotifyRmWatch(fd, 'x' as never))).toEqual(typeError);
  close(fd);
  expect(thrown(() => readInotify(fd))).toEqual(osError('EBADF', 'read'));
});
