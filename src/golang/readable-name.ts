/**
 * Names of the symbol table as people write them.
 *
 * The linker escapes what an object file's names may not hold: dots in the last element
 * of an import path, quotes, control characters and bytes beyond ASCII become `%xx`
 * (cmd/internal/objabi, PathToPrefix).
 */
const utf8 = new TextDecoder();

/** `gopkg.in/yaml%2ev3.Marshal` to `gopkg.in/yaml.v3.Marshal`; anything else unchanged. */
export function readableName(name: string): string {
  if (!name.includes('%')) return name;
  return name.replace(/(?:%[0-9a-f]{2})+/g, (run) =>
    utf8.decode(Uint8Array.from(run.slice(1).split('%'), (hex) => Number.parseInt(hex, 16))),
  );
}
