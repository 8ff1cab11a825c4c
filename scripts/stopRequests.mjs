const PARENT_POLL_MS = 500;

/**
 * Calls back once when this process is to end: a signal, the terminal's end, or the end of the `npm` that started it
 * (a killed npm ends its shell, which tells nobody).
 * @param {(status: number) => void} onStop `status`: the exit code that tells why
 * @returns {() => void} takes it back
 */
export function onStopRequest(onStop) {
  let asked = false;
  const stop = (status) => {
    // npm and the terminal may both pass on the same Ctrl-C.
    if (asked) return;
    asked = true;
    onStop(status);
  };
  const listeners = { SIGINT: () => stop(130), SIGTERM: () => stop(143), SIGHUP: () => stop(129) };
  for (const [signal, listener] of Object.entries(listeners)) process.on(signal, listener);
  const parent = process.ppid;
  const poll = setInterval(() => {
    if (process.ppid !== parent) stop(143);
  }, PARENT_POLL_MS).unref();
  return () => {
    clearInterval(poll);
    for (const [signal, listener] of Object.entries(listeners)) process.off(signal, listener);
  };
}
