/**
 * Whether a request's `Host` is one by which this server may be reached: the address that it listens on, `localhost`, or a
 * literal of the loopback. Any other name is one that a web page made its browser look up (DNS rebinding).
 * @param localAddress where the connection came in
 */
export function isOwnHost(host: string | undefined, localAddress: string): boolean {
  const name = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/i.exec(host ?? '');
  const hostname = (name?.[1] ?? name?.[2] ?? '').toLowerCase();
  if (hostname === '') return false;
  if (hostname === 'localhost' || hostname === '::1' || /^127(?:\.\d{1,3}){3}$/.test(hostname)) return true;
  return hostname === localAddress.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
}
