/** How long a client waits for its hub, in milliseconds. */
export interface HubTimings {
  readonly connectMs: number;
  /** For an answer that needs nothing but a moment of the hub. */
  readonly answerMs: number;
  /** While something else takes its time, the hub is asked for a sign of life so often. */
  readonly pulseMs: number;
  /** How long a data connection may stand still. */
  readonly idleMs: number;
  /** For the port of an upload: a hub that lives lets others go first. */
  readonly portMs: number;
  /** For a small file to be listed once the hub has all of it. */
  readonly checkMs: number;
  /** After so long without a byte from anybody a download does not try again. */
  readonly silenceMs: number;
}

export const DEFAULT_HUB_TIMINGS: HubTimings = {
  connectMs: 10_000,
  answerMs: 15_000,
  pulseMs: 15_000,
  idleMs: 30_000,
  portMs: 10 * 60_000,
  checkMs: 60_000,
  silenceMs: 45_000,
};
