const IPV4_LOOPBACK = /^127(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;

/**
 * Whether only this machine can reach what listens there. An unusual way of writing one (`127.1`) counts as none, which is
 * the safe side: then a key is asked.
 * @param host with or without the brackets that IPv6 has in a URL
 */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || IPV4_LOOPBACK.test(bare);
}
