/**
 * Tells the data of a body from what only marks its end, as a machine that is shown the bytes of a connection in
 * order. Data may be put in its place without the machine seeing it: it wants to know how much that was.
 */
export interface BodyFraming {
  /** So many of the next bytes are data, `Infinity` when only the connection's end ends them; 0: something else comes first. */
  readonly dataBytes: number;
  /** The end has come; the connection's next byte belongs to another answer. */
  readonly isComplete: boolean;
  /** So many bytes of data, at most `dataBytes`, were received. */
  takeData(count: number): void;
  /**
   * Reads what is between the pieces of data. Returns how many bytes that were; 0 when more are needed first.
   * @throws TributaryError `bad-response`
   */
  takeFraming(bytes: Uint8Array): number;
  /** The server has closed the connection in good order. */
  connectionEnded(): void;
}
