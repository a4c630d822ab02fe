/** Events as an option names them: each by its name, or as a group of `record --events`. */
import { InvalidArgumentError } from 'commander';
import { EVENTS, STATE_EVENTS, type EventName } from '../format/index.ts';
import { EVENT_GROUPS, type EventGroup } from '../record/event-groups.ts';

/** Which events a group records. docs/events.md. */
export const EVENTS_OF_GROUP: Record<EventGroup, readonly EventName[]> = {
  sched: STATE_EVENTS,
  gc: [
    'gc_begin',
    'gc_end',
    'stw_begin',
    'stw_end',
    'gc_trigger',
    'gc_assist_begin',
    'gc_assist_end',
    'gc_heap_live',
    'gc_heap_goal',
    'gc_sweep_end',
  ],
  alloc: ['alloc'],
  chan: ['chan_send', 'chan_recv', 'chan_close', 'select'],
  sync: ['sem_acquire', 'sem_release', 'mutex_contended', 'cond_wait', 'cond_notify'],
  net: ['net_open', 'net_close', 'net_wait', 'net_ready'],
  timer: ['timer_set', 'timer_stop', 'timer_fire'],
  panic: ['panic', 'recover', 'fatal'],
  stack: ['stack_resize'],
  labels: ['go_labels'],
};

/**
 * Parse `go_create,alloc,gc`. A word that names a group and an event (`alloc`, `panic`) is the
 * group.
 *
 * @returns names of events, each once, in the order of docs/format.md
 * @throws InvalidArgumentError
 */
export function parseEvents(text: string): EventName[] {
  const chosen = new Set<string>();
  for (const word of text.split(',').map((part) => part.trim())) {
    if (word in EVENT_GROUPS) {
      for (const event of EVENTS_OF_GROUP[word as EventGroup]) chosen.add(event);
    } else if (word !== '' && (EVENTS as readonly string[]).includes(word)) chosen.add(word);
    else {
      throw new InvalidArgumentError(
        `there is no event '${word}'; groups: ${Object.keys(EVENT_GROUPS).join(', ')}; ` +
          `events: ${EVENTS.slice(1).join(', ')}`,
      );
    }
  }
  return EVENTS.filter((name): name is EventName => name !== '' && chosen.has(name));
}

/** Of the groups that were recorded those of which something is left; `sched` only when it is whole. */
export function groupsLeft(groups: readonly string[], events: readonly EventName[]): string[] {
  return groups.filter((group) => {
    if (!(group in EVENTS_OF_GROUP)) return true;
    const ofGroup = EVENTS_OF_GROUP[group as EventGroup];
    return group === 'sched'
      ? ofGroup.every((event) => events.includes(event))
      : ofGroup.some((event) => events.includes(event));
  });
}
