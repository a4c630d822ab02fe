/** The name of a recording when none is given. */

/**
 * `xgotop-COMM-PID-TIME.arrow`, the time in UTC and sortable.
 *
 * @param comm - the process's name; what is not safe in a file name becomes `_`
 */
export function recordingName(comm: string, pid: number, now: Date): string {
  const time = now
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '');
  return `xgotop-${comm.replace(/[^\w.+-]/g, '_')}-${pid}-${time}.arrow`;
}
