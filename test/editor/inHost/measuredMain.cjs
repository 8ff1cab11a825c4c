// Stands in for the extension's main file, and measures what that one costs: VS Code starts it together with others, on
// one thread, before the tests begin. Work rather than the clock, which runs on while the machine does something else.
const { threadCpuUsage } = process;

/** Milliseconds of this thread. */
function workOf(action) {
  const before = threadCpuUsage();
  const result = action();
  const { user, system } = threadCpuUsage(before);
  return { result, ms: (user + system) / 1000 };
}

const { result: main, ms: loadMs } = workOf(() => require('./dist/extension.js'));

exports.activate = (context) => {
  const { result, ms: activateMs } = workOf(() => main.activate(context));
  globalThis.tributaryActivation = { loadMs, activateMs };
  return result;
};
exports.deactivate = () => main.deactivate?.();
