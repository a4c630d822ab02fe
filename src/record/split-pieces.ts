/**
 * Cut a row of pieces in two.
 *
 * @param pieces - not copied, not changed
 * @returns views of the first `byteLength` bytes, and of what is left; no piece is empty
 */
export function splitPieces(
  pieces: readonly Uint8Array[],
  byteLength: number,
): [first: Uint8Array[], rest: Uint8Array[]] {
  const first: Uint8Array[] = [];
  const rest: Uint8Array[] = [];
  let left = byteLength;
  for (const piece of pieces) {
    const taken = Math.min(left, piece.byteLength);
    if (taken > 0) first.push(piece.subarray(0, taken));
    if (taken < piece.byteLength) rest.push(piece.subarray(taken));
    left -= taken;
  }
  return [first, rest];
}
