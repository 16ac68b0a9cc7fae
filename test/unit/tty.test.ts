/** fdselect/tty: the attributes of terminals. */
import { execFileSync } from 'node:child_process';
import { select } from 'fdselect';
import { openpty, read, write } from 'fdselect/os';
import {
  type Attributes,
  B9600,
  B38400,
  CBAUD,
  CC,
  cfmakecbreak,
  cfmakeraw,
  ECHO,
  ICANON,
  NCCS,
  setcbreak,
  setraw,
  TCIFLUSH,
  TCOOFF,
  TCOON,
  TCSADRAIN,
  TCSANOW,
  tcdrain,
  tcflow,
  tcflush,
  tcgetattr,
  tcgetwinsize,
  tcsendbreak,
  tcsetattr,
  tcsetwinsize,
  VEOF,
  VINTR,
  VMIN,
} from 'fdselect/tty';
import { describe, expect, test } from 'vitest';
import { close, closing, openPipe } from '../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

function terminal(): [master: number, slave: number] {
  return openpty().map(closing) as [number, number];
}

describe('attributes', () => {
  test('are the list that CPython gives of a new terminal, with numbers in cc', () => {
    const [, slave] = terminal();
    const script = `
import json, os, termios
a = termios.tcgetattr(os.openpty()[1])
print(json.dumps(a[:6] + [[c if isinstance(c, int) else c[0] for c in a[6]]]))`;
    const python = JSON.parse(execFileSync('python3', ['-c', script], { encoding: 'utf8' }));
    expect(tcgetattr(slave)).toEqual(python);
    expect(tcgetattr(slave)[6]).toHaveLength(NCCS);
    expect(tcgetattr(slave)[CC][VMIN]).toBe(python[6][VMIN]);
  });

  test('are set as they were got, changed', () => {
    const [master, slave] = terminal();
    const attributes = tcgetattr(slave);
    attributes[3] &= ~ECHO;
    attributes[4] = B9600;
    attributes[5] = B9600;
    attributes[6][VEOF] = 0x21;
    tcsetattr(slave, TCSANOW, attributes);
    // The speed is a part of cflag, too.
    attributes[2] = (attributes[2] & ~CBAUD) | B9600;
    expect(tcgetattr(slave)).toEqual(attributes);
    write(master, 'x\n');
    expect(String(read(slave, 5))).toBe('x\n');
    expect(select([master], [], [], 0)[0]).toEqual([]); // no echo
    expect(thrown(() => tcsetattr(slave, 99, attributes))).toEqual(osError('EINVAL', 'tcsetattr'));
  });

  test('name the bad item', () => {
    const [, slave] = terminal();
    const refusal = (index: number, value: unknown) => {
      const attributes: unknown[] = tcgetattr(slave);
      attributes[index] = value;
      return String(thrown(() => tcsetattr(slave, TCSANOW, attributes as Attributes)));
    };
    const cc = tcgetattr(slave)[6];
    expect(refusal(0, 'x')).toContain('attributes[0] (iflag) must be an integer');
    expect(refusal(3, -1)).toContain('attributes[3] (lflag) must be from 0');
    expect(refusal(6, cc.slice(1))).toContain('attributes[6] (cc) must be an array of 32 items');
    expect(refusal(6, cc.with(VINTR, 256))).toContain('cc[0] must be from 0 to 255');
    expect(refusal(4, 12345)).toContain('EINVAL');
    expect(refusal(7, 0)).toContain('attributes must be an array of 7 items');
    expect(thrown(() => tcsetattr(slave, TCSANOW, null as never))).toEqual(typeError);
    expect(thrown(() => tcsetattr(slave, '0' as never, tcgetattr(slave)))).toEqual(typeError);
  });

  test('of a file that is not a terminal: ENOTTY', () => {
    const [r] = openPipe();
    const attributes = tcgetattr(terminal()[1]);
    expect(thrown(() => tcgetattr(r))).toEqual(osError('ENOTTY', 'tcgetattr'));
    expect(thrown(() => tcsetattr(r, 0, attributes))).toEqual(osError('ENOTTY', 'tcsetattr'));
    expect(thrown(() => tcgetwinsize(r))).toEqual(osError('ENOTTY', 'tcgetwinsize'));
    expect(thrown(() => tcsetwinsize(r, [1, 1]))).toEqual(osError('ENOTTY', 'tcsetwinsize'));
    close(r);
    expect(thrown(() => tcgetattr(r))).toEqual(osError('EBADF', 'tcgetattr'));
  });
});

describe('modes', () => {
  test('raw: bytes come as they are typed; the former attributes are returned', () => {
    const [master, slave] = terminal();
    const before = tcgetattr(slave);
    expect(setraw(slave)).toEqual(before);
    write(master, '\x03\r');
    expect([...read(slave, 9)]).toEqual([3, 13]);
    tcsetattr(slave, TCSADRAIN, before);
    expect(tcgetattr(slave)).toEqual(before);
  });

  test('cbreak: keys come as they are typed, Enter as a newline, without echo', () => {
    const [master, slave] = terminal();
    expect(setcbreak(slave, TCSANOW)[3] & ICANON).toBe(ICANON);
    write(master, 'q\r');
    expect(String(read(slave, 9))).toBe('q\n');
    expect(select([master], [], [], 0)[0]).toEqual([]);
  });

  test('cfmakeraw and cfmakecbreak change the list that they are given', () => {
    const mode = tcgetattr(terminal()[1]);
    cfmakecbreak(mode);
    expect([mode[3] & (ECHO | ICANON), mode[6][VMIN]]).toEqual([0, 1]);
    cfmakeraw(mode);
    expect([mode[0], mode[1] & 1, mode[5]]).toEqual([0, 0, B38400]);
    expect(thrown(() => cfmakeraw([] as never))).toEqual(typeError);
  });

  test('refuse a file that is not a terminal', () => {
    const [r] = openPipe();
    expect(thrown(() => setraw(r))).toEqual(osError('ENOTTY', 'tcgetattr'));
    expect(thrown(() => setcbreak(-1))).toEqual(rangeError);
    expect(thrown(() => setraw(terminal()[1], 77))).toEqual(osError('EINVAL', 'tcsetattr'));
  });
});

test('the size of the window', () => {
  const [master, slave] = terminal();
  expect(tcgetwinsize(slave)).toEqual([0, 0]);
  tcsetwinsize(slave, [24, 80]);
  expect(tcgetwinsize(master)).toEqual([24, 80]);
  expect(thrown(() => tcsetwinsize(slave, [24] as never))).toEqual(typeError);
  expect(String(thrown(() => tcsetwinsize(slave, [1, 65536])))).toContain('winsize[1] (columns)');
});

test('the line: drain, flow, flush, break', () => {
  const [master, slave] = terminal();
  const [r] = openPipe();
  tcdrain(slave);
  tcflow(slave, TCOOFF);
  expect(select([], [slave], [], 0)[1]).toEqual([]);
  tcflow(slave, TCOON);
  expect(select([], [slave], [], 0)[1]).toEqual([slave]);
  write(master, 'x\n');
  tcflush(slave, TCIFLUSH);
  expect(select([slave], [], [], 0)[0]).toEqual([]);
  tcsendbreak(slave, 0);
  expect(thrown(() => tcflush(slave, 99))).toEqual(osError('EINVAL', 'tcflush'));
  expect(thrown(() => tcflow(slave, 'x' as never))).toEqual(typeError);
  expect(thrown(() => tcdrain(r))).toEqual(osError('ENOTTY', 'tcdrain'));
  expect(thrown(() => tcsendbreak(r, 0))).toEqual(osError('ENOTTY', 'tcsendbreak'));
});
