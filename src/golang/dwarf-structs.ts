/**
 * Where the fields of structs are, as the debug information says.
 *
 * Source: DWARF 4 and 5, chapters 7.5.1 (unit headers), 7.5.3 (abbreviations) and 5.7
 * (structures). Go writes version 4 up to 1.24 and 5 from 1.25 on, in either with names in
 * place and offsets as constants.
 */
import { DwarfReader, type UnitSizes } from './dwarf-reader.ts';

/** Name of a field to its offset, bytes. */
export type FieldOffsets = Map<string, number>;

interface Attribute {
  name: number;
  form: number;
  /** Of DW_FORM_implicit_const. */
  constant: number;
}

interface Abbreviation {
  tag: number;
  hasChildren: boolean;
  attributes: readonly Attribute[];
}

interface Unit {
  sizes: UnitSizes;
  /** Where the entries end, and the next unit begins. */
  end: number;
  abbreviationsAt: number;
}

const TAG_MEMBER = 0x0d;
const TAG_STRUCTURE = 0x13;
const AT_NAME = 0x03;
const AT_LANGUAGE = 0x13;
const AT_DATA_MEMBER_LOCATION = 0x38;
const LANGUAGE_GO = 0x16;
const FORM_IMPLICIT_CONST = 0x21;
const COMPILE_UNIT = 1;

/**
 * Find structs by name.
 *
 * @param info - content of `.debug_info`
 * @param abbrev - content of `.debug_abbrev`
 * @param wanted - names with their package: `runtime.g`
 * @returns those that were found
 * @throws GoProgramError `damaged`
 */
export function dwarfStructs(
  info: Uint8Array,
  abbrev: Uint8Array,
  wanted: readonly string[],
): Map<string, FieldOffsets> {
  const found = new Map<string, FieldOffsets>();
  const missing = new Set(wanted);
  const reader = new DwarfReader(info);
  let tableAt = -1;
  let table = new Map<number, Abbreviation>();
  while (!reader.isAtEnd && missing.size > 0) {
    const unit = readUnit(reader);
    if (unit.abbreviationsAt >= 0) {
      if (unit.abbreviationsAt !== tableAt) {
        tableAt = unit.abbreviationsAt;
        table = readAbbreviations(new DwarfReader(abbrev, tableAt));
      }
      if (isGo(reader, unit, table)) readStructs(reader, unit, table, missing, found);
    }
    reader.at = unit.end;
  }
  return found;
}

/** A unit's header; `abbreviationsAt` is -1 for units of other kinds and versions. */
function readUnit(reader: DwarfReader): Unit {
  let byteLength = reader.unsigned(4);
  let offset = 4;
  if (byteLength === 0xffffffff) {
    byteLength = reader.unsigned(8);
    offset = 8;
  }
  const start = reader.at;
  reader.skip(byteLength);
  const end = reader.at;
  reader.at = start;
  const version = reader.unsigned(2);
  const isKnown = version >= 2 && version <= 5;
  if (!isKnown || (version === 5 && reader.unsigned(1) !== COMPILE_UNIT)) {
    return { sizes: { address: 8, offset, reference: offset }, end, abbreviationsAt: -1 };
  }
  const addressFirst = version === 5 ? reader.unsigned(1) : undefined;
  const abbreviationsAt = reader.unsigned(offset);
  const address = addressFirst ?? reader.unsigned(1);
  return {
    sizes: { address, offset, reference: version === 2 ? address : offset },
    end,
    abbreviationsAt,
  };
}

function readAbbreviations(reader: DwarfReader): Map<number, Abbreviation> {
  const table = new Map<number, Abbreviation>();
  for (let code = reader.uleb(); code !== 0; code = reader.uleb()) {
    const tag = reader.uleb();
    const hasChildren = reader.unsigned(1) !== 0;
    const attributes: Attribute[] = [];
    for (;;) {
      const name = reader.uleb();
      const form = reader.uleb();
      const constant = form === FORM_IMPLICIT_CONST ? reader.uleb() : 0;
      if (name === 0 && form === 0) break;
      attributes.push({ name, form, constant });
    }
    table.set(code, { tag, hasChildren, attributes });
  }
  return table;
}

/** Whether the unit's own entry says that it was written in Go. Leaves the position there. */
function isGo(reader: DwarfReader, { sizes, end }: Unit, table: Map<number, Abbreviation>) {
  const first = reader.at;
  let language: number | undefined;
  const attributes = first < end ? (table.get(reader.uleb())?.attributes ?? []) : [];
  for (const { name, form, constant } of attributes) {
    if (name !== AT_LANGUAGE) reader.skipForm(form, sizes);
    else if (form === FORM_IMPLICIT_CONST) language = constant;
    else language = reader.constantForm(form, sizes);
  }
  reader.at = first;
  return language === LANGUAGE_GO;
}

function readStructs(
  reader: DwarfReader,
  { sizes, end }: Unit,
  table: Map<number, Abbreviation>,
  missing: Set<string>,
  found: Map<string, FieldOffsets>,
): void {
  let depth = 0;
  let struct = '';
  let fields: FieldOffsets | undefined;
  let fieldDepth = 0;
  while (reader.at < end && missing.size > 0) {
    const code = reader.uleb();
    if (code === 0) {
      depth--;
      if (fields !== undefined && depth < fieldDepth) {
        found.set(struct, fields);
        missing.delete(struct);
        fields = undefined;
      }
      continue;
    }
    const abbreviation = table.get(code);
    // Padding or damage: the rest of the unit cannot be told apart.
    if (abbreviation === undefined) return;
    const { tag, hasChildren, attributes } = abbreviation;
    const isField = tag === TAG_MEMBER && fields !== undefined && depth === fieldDepth;
    if (hasChildren) depth++;
    if (tag !== TAG_STRUCTURE && !isField) {
      for (const { form } of attributes) reader.skipForm(form, sizes);
      continue;
    }
    let name = '';
    let offset: number | undefined;
    for (const attribute of attributes) {
      const { form } = attribute;
      if (attribute.name === AT_NAME) name = reader.textForm(form, sizes);
      else if (attribute.name !== AT_DATA_MEMBER_LOCATION) reader.skipForm(form, sizes);
      else if (form === FORM_IMPLICIT_CONST) offset = attribute.constant;
      else offset = reader.constantForm(form, sizes);
    }
    if (isField) {
      if (offset !== undefined) fields!.set(name, offset);
    } else if (fields === undefined && hasChildren && missing.has(name)) {
      struct = name;
      fields = new Map();
      fieldDepth = depth;
    }
  }
}
