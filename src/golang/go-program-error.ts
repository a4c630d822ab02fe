/** Why an executable cannot be understood. Codes are stable, messages are for people. */
export type GoProgramErrorCode =
  'not-elf' | 'not-go' | 'unsupported-arch' | 'unsupported-version' | 'damaged';

/** The executable is not a Go program that this version can read. One line, without its path. */
export class GoProgramError extends Error {
  override readonly name = 'GoProgramError';
  readonly code: GoProgramErrorCode;

  constructor(code: GoProgramErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
