/**
 * What DuckDB says went wrong, as a UserError: its words with the place in the query, and a
 * hint where experience shows that its words do not help.
 */
import { UserError } from '../format/errors.ts';

/** @param error - what the DuckDB client threw; a UserError is given back as it is */
export function sqlError(error: unknown): UserError {
  if (error instanceof UserError) return error;
  const message = (error instanceof Error ? error.message : String(error))
    .replace(/^Failed to extract statements: /, '')
    .replace(/^Failed to execute prepared statement: /, '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trimEnd();
  if (message.startsWith('INTERRUPT Error')) {
    return new UserError('the query was interrupted', undefined, { cause: error });
  }
  return new UserError(isForbidden(message) ? firstLine(message) : message, hintFor(message), {
    cause: error,
  });
}

function hintFor(message: string): string | undefined {
  if (isForbidden(message)) {
    return 'A query sees the recording and nothing else: no files, no network, no extensions, no settings.';
  }
  if (/Table (Function )?with name .* does not exist/.test(message)) {
    return 'xgotop query --views lists the views and their columns.';
  }
  return undefined;
}

function isForbidden(message: string): boolean {
  return (
    message.startsWith('Permission Error:') || message.includes('configuration has been locked')
  );
}

function firstLine(message: string): string {
  return message.slice(0, (message + '\n').indexOf('\n'));
}
