/** Opening the user's browser, where there is one. */
import open from 'open';

/** Open the URL in the user's browser; when that fails the printed URL has to do. */
export async function openInBrowser(url: string): Promise<void> {
  try {
    const child = await open(url);
    child.once('error', () => undefined);
  } catch {
    process.stderr.write('No browser could be opened; open the address above in one.\n');
  }
}

/** Whether a browser makes sense here: not as root, and on Linux only with a display. */
export function browserCanOpen(): boolean {
  if (process.getuid?.() === 0) return false;
  if (process.platform !== 'linux') return true;
  return process.env['DISPLAY'] !== undefined || process.env['WAYLAND_DISPLAY'] !== undefined;
}
