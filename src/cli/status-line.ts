/** The line on stderr that says how a recording goes. */
import { lostEvents } from '../format/index.ts';
import type { SessionStatus } from '../record/recording-session.ts';
import { formatBytes, formatCount, formatSeconds } from './format-quantity.ts';

/** Shares and rates between two looks at a recording. */
export interface StatusRates {
  eventsPerS: number;
  /** Share of one CPU, 1 is a whole one. */
  targetCpu: number;
  recorderCpu: number;
}

/** What changed from `before` to `now`; zeros when no time has passed. */
export function ratesBetween(before: SessionStatus | undefined, now: SessionStatus): StatusRates {
  const elapsedNs = now.elapsedNs - (before?.elapsedNs ?? 0);
  const perNs = (value: number, old: number | undefined) =>
    elapsedNs > 0 ? Math.max(0, (value - (old ?? 0)) / elapsedNs) : 0;
  return {
    eventsPerS: perNs(now.events, before?.events) * 1e9,
    targetCpu: perNs(now.targetCpuNs, before?.targetCpuNs),
    recorderCpu: perNs(now.recorderCpuNs, before?.recorderCpuNs),
  };
}

/** One line for people, without a line end. */
export function formatStatus(status: SessionStatus, rates: StatusRates): string {
  return [
    formatSeconds(status.elapsedNs),
    `${formatCount(status.events)} events`,
    `${formatCount(Math.round(rates.eventsPerS))}/s`,
    formatBytes(status.fileBytes),
    `${formatCount(lostEvents(status.lost))} lost`,
    `target ${percent(rates.targetCpu)} CPU`,
    `xgotop ${percent(rates.recorderCpu)}`,
    ...(status.processes.all > 1 ? [`${status.processes.running} processes`] : []),
  ].join('  ');
}

/** One line of JSON for programs: `--status json`. */
export function statusJson(status: SessionStatus, rates: StatusRates): string {
  return JSON.stringify({
    elapsed_ns: status.elapsedNs,
    events: status.events,
    events_per_s: Math.round(rates.eventsPerS),
    file_bytes: status.fileBytes,
    lost: status.lost,
    target_cpu: round3(rates.targetCpu),
    recorder_cpu: round3(rates.recorderCpu),
    processes: status.processes,
  });
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function round3(value: number): number {
  return Math.round(value * 1000) / 1000;
}
