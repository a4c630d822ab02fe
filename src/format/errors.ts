/** What can be wrong with the bytes of a recording. Codes are stable, messages are not. */
export type FormatErrorCode = 'not-a-recording' | 'too-new' | 'truncated' | 'bad-value';

/** The bytes are not a recording this version can read. Says where, so that it can be looked up. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly code: FormatErrorCode;
  /** Bytes from the start of the recording. */
  readonly byteOffset: number;

  constructor(code: FormatErrorCode, byteOffset: number, detail: string) {
    super(`${code} at byte ${byteOffset}: ${detail}`);
    this.code = code;
    this.byteOffset = byteOffset;
  }
}

/** The world is not as needed (permission, missing file, old kernel): a fact and what to do. */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** What the user can do about it, one line; undefined when there is nothing. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}
