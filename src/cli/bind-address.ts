/** Listening on another address than loopback, and what that means, in words. */
import { isIPv4 } from 'node:net';

export const LOOPBACK = '127.0.0.1';
export const BIND_HELP = 'address to listen on; other than loopback, others can read the recording';

/** Whether only this machine can connect. */
export function isLoopback(address: string): boolean {
  return (
    address === 'localhost' || address === '::1' || (isIPv4(address) && /^127\./.test(address))
  );
}

/** Says on stderr what is exposed to whom; nothing on loopback. */
export function warnOfExposure(address: string): void {
  if (isLoopback(address)) return;
  const where = address === '0.0.0.0' || address === '::' ? 'any address of this machine' : address;
  process.stderr.write(
    `xgotop: whoever reaches ${where} and has the printed address can read all of the recording:\n` +
      'names of functions, files and types, sizes, times, labels, the command line and the host.\n' +
      'It goes over the network as plain HTTP, its token too. ' +
      'Safer: ssh -L, and no --bind.\n',
  );
}
