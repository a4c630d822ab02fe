/** `xgotop replay`: serve a recording and open the viewer on it. */
import { Command, InvalidArgumentError } from 'commander';
import { FormatError, openRecording } from '../format/index.ts';
import { openFileSource } from '../query/index.ts';
import { startReplayServer } from '../replay/replay-server.ts';
import { BIND_HELP, LOOPBACK, warnOfExposure } from './bind-address.ts';
import { browserCanOpen, openInBrowser } from './open-browser.ts';
import { parsePid } from './parse-pid.ts';
import { replayLive } from './replay-live.ts';

interface ReplayOptions {
  live?: boolean;
  pid?: number;
  port: number;
  bind: string;
  open: boolean;
}

/** The command, to be added to the program. */
export function replayCommand(): Command {
  return new Command('replay')
    .description('Play a recording back in the browser, also one that is still being written.')
    .usage('[options] RECORDING | --live -p PID')
    .argument('[recording]', 'the file, e.g. run.arrow')
    .option('--live', 'watch a running process instead of a recording')
    .option('-p, --pid <pid>', 'with --live: the process', parsePid)
    .option('--port <port>', 'port to listen on; 0 takes a free one', parsePort, 0)
    .option('--bind <address>', BIND_HELP, LOOPBACK)
    .option('--no-open', 'only print the address')
    .addHelpText(
      'before',
      'Examples:\n  xgotop replay run.arrow\n  xgotop replay run.arrow --port 8080 --no-open\n  xgotop replay --live -p 4312\n',
    )
    .action(async (recording: string | undefined, options: ReplayOptions, command: Command) => {
      if (options.live) {
        if (options.pid === undefined) command.error('error: --live needs the process: -p PID');
        await replayLive(options.pid, options);
        return;
      }
      if (recording === undefined) command.error('error: name a recording, or --live -p PID');
      await refuseUnreadable(recording);
      const server = await startReplayServer({
        recordingPath: recording,
        port: options.port,
        host: options.bind,
      });
      warnOfExposure(options.bind);
      process.stdout.write(`${server.url}\n`);
      if (options.open && browserCanOpen()) await openInBrowser(server.url);
      process.stderr.write('Ctrl-C ends it.\n');
      await interrupted();
      await server.close();
    });
}

/**
 * What the page could only refuse is refused before a browser is opened.
 *
 * @throws UserError, FormatError
 */
async function refuseUnreadable(path: string): Promise<void> {
  const source = await openFileSource(path);
  try {
    await openRecording(source);
  } catch (error) {
    // One that is being written may not have its schema yet.
    if (!(error instanceof FormatError) || error.code !== 'truncated') throw error;
  } finally {
    source.close();
  }
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
