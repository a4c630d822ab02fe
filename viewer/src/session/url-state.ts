/** What of the viewer's state stands in the URL's fragment, so that a view can be passed on. */

export interface UrlState {
  /** Left edge of the window, ns. */
  startNs?: number;
  /** Width of the window, ns. */
  spanNs?: number;
  playheadNs?: number;
  selectedGoid?: number;
}

/** `#t=…&z=…&at=…&sel=g:123`, all times in whole ns. */
export function writeUrlState(state: UrlState): string {
  const parts: string[] = [];
  if (state.startNs !== undefined) parts.push(`t=${Math.round(state.startNs)}`);
  if (state.spanNs !== undefined) parts.push(`z=${Math.round(state.spanNs)}`);
  if (state.playheadNs !== undefined) parts.push(`at=${Math.round(state.playheadNs)}`);
  if (state.selectedGoid !== undefined) parts.push(`sel=g:${state.selectedGoid}`);
  return `#${parts.join('&')}`;
}

/** The reverse; what is missing or makes no sense is left out. */
export function readUrlState(fragment: string): UrlState {
  const values = new URLSearchParams(fragment.replace(/^#/, ''));
  const state: UrlState = {};
  const startNs = wholeNumber(values.get('t'));
  const spanNs = wholeNumber(values.get('z'));
  const playheadNs = wholeNumber(values.get('at'));
  const selectedGoid = wholeNumber(/^g:(.*)$/.exec(values.get('sel') ?? '')?.[1] ?? null);
  if (startNs !== undefined) state.startNs = startNs;
  if (spanNs !== undefined && spanNs > 0) state.spanNs = spanNs;
  if (playheadNs !== undefined) state.playheadNs = playheadNs;
  if (selectedGoid !== undefined) state.selectedGoid = selectedGoid;
  return state;
}

function wholeNumber(text: string | null): number | undefined {
  if (text === null || !/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
