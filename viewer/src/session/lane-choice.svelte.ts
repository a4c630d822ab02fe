/** Which goroutines are shown, in which groups and order: what the user chose of that. */
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { Grouping } from '../lanes/lane-grouping.ts';
import { laneMatcher } from '../lanes/lane-match.ts';
import type { LaneOrder } from '../lanes/lane-order.ts';

export class LaneChoice {
  filterText = $state('');
  /** What is wrong with the text, if it is an expression. */
  problem = $derived(laneMatcher(this.filterText).problem);
  grouping = $state<Grouping>('start function');
  order = $state<LaneOrder>('first seen');
  /** Only goroutines that live within the window: of a server's thousands, those one looks at. */
  onlyInView = $state(true);
  /** Names of lanes, as `laneName` gives them: they outlive the numbers of lanes. */
  readonly pinned = new SvelteSet<string>();
  readonly hidden = new SvelteSet<string>();
  /** Keys of groups. */
  readonly hiddenGroups = new SvelteSet<string>();
  /** By key of a group: opened or closed by the user. */
  readonly opened = new SvelteMap<string, boolean>();

  hiddenCount = $derived(this.hidden.size + this.hiddenGroups.size);

  togglePin(name: string): void {
    if (!this.pinned.delete(name)) this.pinned.add(name);
  }

  unhide(): void {
    this.hidden.clear();
    this.hiddenGroups.clear();
  }
}
