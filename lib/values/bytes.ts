/** Bytes as users give them, as the one type that the addon takes. */
import { typeError } from './errors.js';

/** Whatever holds bytes: Buffer, every typed array, DataView, ArrayBuffer, SharedArrayBuffer. */
export type BytesLike = ArrayBufferView | ArrayBufferLike;

/** The same memory as a Uint8Array; nothing is copied. */
export function toBytes(name: string, data: unknown): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return new Uint8Array(data);
  throw typeError(name, 'a Buffer, TypedArray, DataView or ArrayBuffer', data);
}
