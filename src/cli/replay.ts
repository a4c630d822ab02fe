/** `xgotop replay`: serve a recording and open the viewer on it. */
import { Command, InvalidArgumentError } from 'commander';
import open from 'open';
import { startReplayServer } from '../replay/replay-server.ts';

interface ReplayOptions {
  port: number;
  host: string;
  open: boolean;
}

/** The command, to be added to the program. */
export function replayCommand(): Command {
  return new Command('replay')
    .description('Play a recording back in the browser, also one that is still being written.')
    .argument('<recording>', 'the file, e.g. run.arrow')
    .option('--port <port>', 'port to listen on; 0 takes a free one', parsePort, 0)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--no-open', 'only print the address')
    .addHelpText(
      'before',
      'Examples:\n  xgotop replay run.arrow\n  xgotop replay run.arrow --port 8080 --no-open\n',
    )
    .action(async (recording: string, options: ReplayOptions) => {
      const server = await startReplayServer({
        recordingPath: recording,
        port: options.port,
        host: options.host,
      });
      process.stdout.write(`${server.url}\n`);
      if (options.open && browserCanOpen()) await openInBrowser(server.url);
      process.stderr.write('Ctrl-C ends it.\n');
      await interrupted();
      await server.close();
    });
}

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

/** Until the first Ctrl-C or SIGTERM; a second one ends the process as usual. */
function interrupted(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('a port is a number from 0 to 65535');
  }
  return port;
}
