/**
 * The views of stacks, which the file holds as a forest: a stack is its innermost frame and the
 * number of the stack without it (docs/format.md, part `stacks`).
 */
import type { View } from './view.ts';

export const STACK_VIEWS: readonly View[] = [
  {
    name: 'stacks',
    meaning: 'the frames of stacks, as events name them',
    columns: [
      ['stack', 'INTEGER', '', 'number, as in events'],
      ['position', 'INTEGER', '', '0 the innermost frame'],
      ['func', 'ENUM', '', 'function'],
      ['file', 'VARCHAR', '', 'source file'],
      ['line', 'INTEGER', '', 'line of the call'],
      ['inlined', 'BOOLEAN', '', 'the compiler inlined the call into the next frame'],
    ],
    sql: `WITH RECURSIVE path AS (
  SELECT stack, stack AS node, 0 AS position FROM recording_stacks()
  UNION ALL
  SELECT path.stack, nodes.parent, position + 1
  FROM path JOIN recording_stacks() AS nodes ON nodes.stack = path.node
  WHERE nodes.parent <> 0
)
SELECT path.stack, position, func, file, line, inlined
FROM path JOIN recording_stacks() AS nodes ON nodes.stack = path.node`,
  },
  {
    name: 'stack_paths',
    meaning: 'stacks as one text each, as flame graphs take them',
    columns: [
      ['stack', 'INTEGER', '', 'number, as in events'],
      ['path', 'VARCHAR', '', 'functions from the outermost on, separated by semicolons'],
      ['depth', 'INTEGER', 'frames', 'how many'],
    ],
    sql: `WITH RECURSIVE path AS (
  SELECT stack, func::VARCHAR AS path, 1 AS depth FROM recording_stacks() WHERE parent = 0
  UNION ALL
  SELECT nodes.stack, path.path || ';' || nodes.func::VARCHAR, path.depth + 1
  FROM path JOIN recording_stacks() AS nodes ON nodes.parent = path.stack
)
SELECT stack, path, depth FROM path`,
  },
];
