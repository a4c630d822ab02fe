/** Times that somebody typed. */

const UNIT_NS: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  min: 60e9,
};
const WITH_UNIT = /^(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|min|m)?$/;
const MINUTES = /^(\d+):(\d{1,2}(?:\.\d*)?)$/;

/**
 * `1.234 s`, `250ms`, `1:02.5`, and `6.203 112 4 s` as times are shown; without a unit seconds.
 *
 * @returns ns since the recording started; undefined when it is no time
 */
export function parseTime(text: string): number | undefined {
  const written = text.toLowerCase().replace(/\s/g, '');
  const [, minutes, seconds] = MINUTES.exec(written) ?? [];
  if (minutes !== undefined) return (Number(minutes) * 60 + Number(seconds)) * 1e9;
  const [, number, unit = 's'] = WITH_UNIT.exec(written) ?? [];
  return number === undefined ? undefined : Number(number) * UNIT_NS[unit]!;
}
