/** Errors of socket calls with the address of the call. */
import { check, type OSError } from '../values/index.js';
import { type Address, formatAddress } from './address.js';

/** As check(); the error of bind(2), connect(2), sendto(2), accept(2) has `address` and `port`. */
export function checkAt(result: number, syscall: string, address: () => Address | null): number {
  if (result >= 0) return result;
  try {
    return check(result, syscall);
  } catch (error) {
    throw withAddress(error as OSError, address());
  }
}

export function withAddress(error: OSError, address: Address | null): OSError {
  return Object.assign(error, addressFields(address));
}

function addressFields(address: Address | null): Pick<OSError, 'address' | 'port'> {
  if (address === null) return {};
  if (!Array.isArray(address)) return { address };
  const [host, port] = address;
  if (typeof host === 'string' && typeof port === 'number') return { address: host, port };
  return { address: formatAddress(address) };
}
