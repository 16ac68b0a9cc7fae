/** Converts the bytes that users pass to Uint8Array, the one type that the addon takes. */
import { types } from '../native/index.js';
import { rangeError, typeError } from './errors.js';

/** Anything that holds bytes: Buffer, every typed array, DataView, ArrayBuffer, SharedArrayBuffer. */
export type BytesLike = ArrayBufferView | ArrayBufferLike;

/** The same memory as a Uint8Array, without copying. The value may come from another realm. */
export function toBytes(name: string, data: unknown): Uint8Array {
  if (data instanceof Uint8Array) return data;
  return viewOf(data) ?? refuse(name, 'a Buffer, TypedArray, DataView or ArrayBuffer', data);
}

/** As {@link toBytes}; a string is encoded as UTF-8. */
export function toBytesOrText(name: string, data: unknown): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (typeof data === 'string') return Buffer.from(data);
  return (
    viewOf(data) ?? refuse(name, 'a string, Buffer, TypedArray, DataView or ArrayBuffer', data)
  );
}

/** The bytes of a path or name; a string is encoded as UTF-8. */
export function byteString(name: string, value: unknown): Uint8Array {
  if (typeof value !== 'string') {
    return types.isUint8Array(value) ? value : refuse(name, 'a string or a Buffer', value);
  }
  // Buffer.from() replaces half of a surrogate pair by U+FFFD, which would be another name.
  if (!value.isWellFormed()) throw rangeError(name, 'well-formed Unicode', value);
  return Buffer.from(value);
}

/** Whether a value is an Int32Array, of any realm. */
export function isInt32Array(value: unknown): value is Int32Array {
  return value instanceof Int32Array || types.isInt32Array(value);
}

function viewOf(data: unknown): Uint8Array | null {
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  // Not instanceof, which is false for an ArrayBuffer of another realm (node:vm, jsdom, Jest).
  return types.isAnyArrayBuffer(data) ? new Uint8Array(data) : null;
}

function refuse(name: string, expected: string, data: unknown): never {
  throw typeError(name, expected, data);
}
