/** The row that the keys move along: headers and lanes alike. It stays with what it names. */
import { rowKey } from '../lanes/lane-view.ts';
import type { RowLayout } from '../lanes/row-layout.ts';
import type { Summary } from '../worker/protocol.ts';

export class LaneCursor {
  /** As RowView has it; empty: nowhere yet. */
  key = $state('');
  #row = -1;

  /** Its row; -1 when what it names is not shown. */
  row(layout: RowLayout, summary: Summary): number {
    if (this.key === '') return -1;
    if (this.#row < layout.count && this.#row >= 0) {
      if (rowKey(layout, this.#row, summary) === this.key) return this.#row;
    }
    for (let row = 0; row < layout.count; row++) {
      if (rowKey(layout, row, summary) === this.key) return (this.#row = row);
    }
    return -1;
  }

  put(row: number, layout: RowLayout, summary: Summary): void {
    this.#row = row;
    this.key = row < 0 ? '' : rowKey(layout, row, summary);
  }

  /** So many rows down, or up when negative, as far as there are rows; returns where it is. */
  move(by: number, layout: RowLayout, summary: Summary): number {
    const from = this.row(layout, summary);
    const row = from < 0 ? (by > 0 ? 0 : layout.count - 1) : from + by;
    this.put(Math.min(Math.max(row, 0), layout.count - 1), layout, summary);
    return this.#row;
  }
}
