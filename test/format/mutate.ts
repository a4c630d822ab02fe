/** Damage that somebody thought of: what is done to bytes so that a reader trips over them. */

/** Values that lengths and offsets are set to. */
const EXTREMES = [
  0n, 1n, -1n, 7n, 8n, 63n, 64n, 127n, 255n, 4096n, 65535n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn,
  1n << 32n, 1n << 40n, 1n << 53n, (1n << 63n) - 1n, -(1n << 63n),
]; // prettier-ignore

/**
 * The bytes, damaged in one to three ways.
 *
 * @param random - in [0, 1)
 * @returns new bytes, and what was done in words
 */
export function mutated(
  bytes: Uint8Array,
  random: () => number,
): { bytes: Uint8Array; what: string } {
  const below = (limit: number) => Math.floor(random() * limit);
  let found = bytes.slice();
  const done: string[] = [];
  for (let times = 1 + below(3); times > 0; times--) {
    const at = below(found.length);
    // Ranges are short, as a rule, and on boundaries where messages are.
    const length = Math.min(found.length - at, 1 + below(random() < 0.7 ? 64 : 4096));
    const aligned = random() < 0.5 ? Math.floor(at / 64) * 64 : at;
    const other = below(found.length - length);
    const view = new DataView(found.buffer);
    switch (below(9)) {
      case 0:
        found[at]! ^= 1 << below(8);
        done.push(`a bit of byte ${at}`);
        break;
      case 1:
        found[at] = below(256);
        done.push(`byte ${at}`);
        break;
      case 2: {
        const place = Math.min(Math.floor(at / 4) * 4, found.length - 4);
        const value = EXTREMES[below(EXTREMES.length)]!;
        view.setInt32(place, Number(BigInt.asIntN(32, value)), true);
        done.push(`int32 at ${place} is ${value}`);
        break;
      }
      case 3: {
        const place = Math.min(Math.floor(at / 8) * 8, Math.floor((found.length - 8) / 8) * 8);
        const value = EXTREMES[below(EXTREMES.length)]!;
        view.setBigInt64(place, BigInt.asIntN(64, value), true);
        done.push(`int64 at ${place} is ${value}`);
        break;
      }
      case 4: {
        const piece = found.slice(at, at + length);
        found.copyWithin(at, other, other + length);
        found.set(piece, other);
        done.push(`${length} bytes at ${at} and ${other} swapped`);
        break;
      }
      case 5:
        found.copyWithin(at, other, other + length);
        done.push(`${length} bytes at ${at} are those at ${other}`);
        break;
      case 6: {
        const count =
          random() < 0.5 ? Math.min(64 * (1 + below(8)), found.length - aligned) : length;
        const kept = [found.subarray(0, aligned), found.subarray(aligned + count)];
        found = new Uint8Array(Buffer.concat(kept));
        done.push(`${count} bytes at ${aligned} taken out`);
        break;
      }
      case 7: {
        const count =
          random() < 0.5 ? Math.min(64 * (1 + below(64)), found.length - aligned) : length;
        const kept = [found.subarray(0, aligned + count), found.subarray(aligned)];
        found = new Uint8Array(Buffer.concat(kept));
        done.push(`${count} bytes at ${aligned} doubled`);
        break;
      }
      default:
        // Few, as what is behind is then not looked at.
        if (random() < 0.3) found = found.slice(0, at);
        else found.fill(random() < 0.5 ? 0 : 0xff, at, at + length);
        done.push(`cut or filled at ${at}`);
    }
    if (found.length < 16) break;
  }
  return { bytes: found, what: done.join(', ') };
}
