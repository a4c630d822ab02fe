/**
 * Who may talk to the replay server: whoever holds the token, through a name of this machine.
 *
 * The token keeps out other users and pages of other servers on loopback; the Host header
 * is looked at because a page of any web site can let its own name resolve to 127.0.0.1
 * (DNS rebinding) and would then count as the same origin.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** Header by which the page shows the token. */
export const TOKEN_HEADER = 'x-xgotop-token';

/** 128 random bits, as they stand in the URL. */
export function createToken(): string {
  return randomBytes(16).toString('hex');
}

/** Compare in a time that does not tell how much of it was right. */
export function tokenMatches(given: string | null | undefined, token: string): boolean {
  if (given === null || given === undefined) return false;
  const a = Buffer.from(given);
  const b = Buffer.from(token);
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * Whether the Host header names this server: the address it listens on, or loopback. When it
 * listens on all addresses any of them will do, but no name: only names can be rebound.
 */
export function hostIsOurs(header: string | undefined, host: string, port: number): boolean {
  const given = header?.endsWith(`:${port}`) === true ? header.slice(0, -`:${port}`.length) : '';
  const name = given.replace(/^\[(.*)\]$/, '$1');
  if (name === host || ['127.0.0.1', 'localhost', '::1'].includes(name)) return true;
  return (host === '0.0.0.0' || host === '::') && isIP(name) !== 0;
}

/** The token of a request: its header, or the query's `token`. */
export function givenToken(request: IncomingMessage, url: URL): string | null {
  const header = request.headers[TOKEN_HEADER];
  return typeof header === 'string' ? header : url.searchParams.get('token');
}

/** Name of the cookie that lets the page load its own scripts and styles, and nothing else. */
export function assetCookieName(port: number): string {
  return `xgotop-${port}`;
}

/** Value of a cookie; undefined when it was not sent. */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const [key, value] = part.trim().split('=', 2);
    if (key === name) return value;
  }
  return undefined;
}

/**
 * Headers of every answer: nothing but this server's own files may run or be asked.
 *
 * `ws:` is named for browsers in which 'self' does not cover it.
 */
export function securityHeaders(host: string): Record<string, string> {
  return {
    'Content-Security-Policy': [
      "default-src 'self'",
      // Compacted recordings are decompressed by WebAssembly, which is fetched from a data: URL
      // in the script itself.
      "script-src 'self' 'wasm-unsafe-eval'",
      `connect-src 'self' ws://${host} data:`,
      "img-src 'self' data:",
      // The page starts its worker from its own script's text.
      "worker-src 'self' blob:",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
  };
}
