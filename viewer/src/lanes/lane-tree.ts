/** Goroutines as a tree: under each those that it started. */

export interface TreeLanes {
  /** Lanes of one root, parents before their children. */
  lanes: number[];
  /** How deep each stands, 0 the root. */
  depths: number[];
}

/**
 * Trees of some lanes. A lane whose parent is not among them is a root.
 *
 * @param lanes - in the order in which siblings are to stand
 */
export function laneTrees(
  lanes: readonly number[],
  table: { goid: Float64Array; pid?: Int32Array; parentGoid?: Float64Array },
): TreeLanes[] {
  const { goid, pid, parentGoid } = table;
  const laneOf = new Map<number, Map<number, number>>();
  for (const lane of lanes) {
    const process = pid?.[lane] ?? 0;
    let ofProcess = laneOf.get(process);
    if (ofProcess === undefined) laneOf.set(process, (ofProcess = new Map<number, number>()));
    ofProcess.set(goid[lane]!, lane);
  }
  const children = new Map<number, number[]>();
  const roots: number[] = [];
  for (const lane of lanes) {
    const parent = laneOf.get(pid?.[lane] ?? 0)?.get(parentGoid?.[lane] ?? 0);
    if (parent === undefined || parent === lane) {
      roots.push(lane);
      continue;
    }
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [lane]);
    else siblings.push(lane);
  }
  return roots.map((root) => {
    const tree: TreeLanes = { lanes: [], depths: [] };
    const open: [number, number][] = [[root, 0]];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [lane, depth] = next;
      tree.lanes.push(lane);
      tree.depths.push(depth);
      for (const child of children.get(lane)?.toReversed() ?? []) open.push([child, depth + 1]);
    }
    return tree;
  });
}
