/**
 * Whether somebody who has `own` of a bounded number of places may have one more: never more than are left for all others.
 * One alone gets half of them, and whoever comes later still finds some.
 */
export function mayHaveOneMore(own: number, taken: number, places: number): boolean {
  return own < places - taken;
}
